"""Sounds that a network makes up: a generator and a critic that learn from each other, and what came of it.

generator    a trained generator: points and categories → log-mel, in NumPy; its card and its file
networks     both networks, as they are trained
data         what they hear: windows of the training folds, scaled
adversaries  generator and critic as they learn from each other: one compiled step
fit          the training loop
samples      what a generator makes while it learns, on disk
presets      recipes by name
train        how a run trains a generator; start reading here
worker       the process of such a run
expected     how long such a run will take here
measure      the process that times that
installed    all generators that are here
sound        log-mel → waveform, an approximation
walk         from one point to another, and from one category to another
drawn        as many sounds of each category as are wanted
resemblance  beside real ones: copies, and diversity
judge        are they named as meant, are they copies, are they diverse?
judged       what was found of each generator, as a table
arms         what a classifier is trained on: real clips, generated ones, both
outcome      the experiment's table → its arms beside each other
experiment   do they help a classifier?
"""
