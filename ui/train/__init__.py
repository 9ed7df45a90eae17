"""The parts of the Train page, in the order in which a run is met.

words           states, times and names of runs in words
start           presets as big buttons
setup           a run of one's own
network         a network drawn layer by layer
progress        how far a run is
curves          learning curves
confusion       the confusion matrix
watch           one run: progress, curves, confusion, clips
after           what a finished run is good for
manage          rename, delete, settings, log
runs            all runs, and two of them side by side
lessons         the two lessons
lesson_charts   their charts and sentences
replay          a recorded lesson
"""
