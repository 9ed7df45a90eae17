"""The parts of the Train page, from the start of a run to its comparison with others.

start           presets as large buttons
network         a network drawn layer by layer; its first filters
setup           a run with the user's own settings
curves          learning curves
confusion       the confusion matrix
after           using, scoring and exporting a finished run
manage          rename, delete, settings, log
watch           one run: progress, curves, confusion, clips
runs            all runs, and two of them side by side
lesson_charts   charts and sentences of the two lessons
replay          a recorded lesson
lessons         the two lessons
"""
