"""Training: each run is a process and a folder, and goes on without the page or shell that started it.

runs      a run on disk, the queue, and the worker's signs of life
data      what it trains on: splits, copies, batches
fit       one fold: steps, epochs, evaluations, checkpoints
presets   recipes by name: network, epochs, schedule
timing    how long a run will take, from what was timed on this machine
record    what a run writes: curves, guesses, the model and its card
lessons   the leak, and whether augmentation helps
train     how one run is trained, from its settings to a model; start reading here
process   how a run is created, started, worked off, stopped and resumed
finished  what a finished run becomes: a test score, a comparison, files to keep, a model
study     a grid of runs over workers and machines
quick     own categories learnt in seconds from a few samples of each, without a run
"""
