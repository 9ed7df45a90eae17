"""A run that trains a generator: queued, stopped and resumed as a classifier's run is.

presets      recipes by name
networks     generator and critic, as they are trained
data         what they hear: windows of the training folds, scaled
adversaries  both as they learn from each other: one compiled step
samples      what a generator makes while it learns, on disk
fit          the training loop
train        how a run trains a generator; start reading here
worker       the process of such a run
expected     how long such a run will take here
measure      the process that times that
"""
