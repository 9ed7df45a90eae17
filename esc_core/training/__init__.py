"""Training: each run is a process and a folder, and goes on without the page or shell that started it.

priority    how much of the processor training takes
presets     recipes by name: network, epochs, schedule
measure     a process that times steps and preparation, so that the server needs no TensorFlow for an estimate
expected    how long a run will take, from a measured step and what is to be prepared
preparing   how long all takes besides the steps: clips, copies, loading, storing
create      the folder of a new run, once its settings are checked
control     submit, stop, resume, delete; submit a lesson
runs        a run on disk, the queue, and the worker's signs of life
worker      the process: ``python -m esc_core.training.worker RUN``
train       how one run is trained, from its settings to a model; start reading here
data        what it trains on: splits, copies, batches
fit         one fold: steps, epochs, evaluations, checkpoints
record      what a run writes: curves, guesses, the model and its card
envelope    the sealed test fold, scored once
lessons     the leak, and whether augmentation helps
study       a grid of runs over workers and machines
compare     two runs side by side, clip by clip
export      .keras, .tflite with labels, predictions as a table; a run as a model in Classify
pack        five runs joined into a model folder
heads       small networks on YAMNet's embeddings, without a run: seconds
quick       own categories learnt in seconds from a few samples of each
"""
