"""The parts of the Train page, from the start of a run to its comparison with others.

start           presets as large buttons
setup           a run with the user's own settings
network         a network drawn layer by layer; its first filters
curves          learning curves
confusion       the confusion matrix
watch           one run: progress, curves, confusion, clips
after           using, scoring and exporting a finished run
manage          rename, delete, settings, log
runs            all runs, and two of them side by side
lessons         the two lessons
lesson_charts   their charts and sentences
replay          a recorded lesson
"""
