"""Training: a run is a process and a folder, and nobody has to keep watch over it.

What the page, the command line and a study call:

presets     recipes that are known to work, by name
expected    how long a run will take, from a measured step
control     create, submit, stop, resume, delete; submit a lesson
runs        a run on disk as readers see it: state, curves, guesses (status: their types); the list of all runs
envelope    the sealed test fold, scored once
lessons     the leak, and whether augmentation helps: their arms, and what each of them leaks
teach       a lesson trained, and its curves
export      .keras, .tflite with labels, predictions as a table; a run as a model in Classify
pack        five runs joined into a model folder

What happens behind it, in the order in which a run goes through it:

names       names that people can say
splits      the official folds, no recording in two parts; categories and limits
dtype       which number format is faster here
inputs      what a network hears, computed or reopened (chains, copies, sources: its parts)
turns       the queue, made of locks
worker      the process: ``python -m esc_core.training.worker RUN``
heartbeat   its signs of life, and its ear for being stopped
clock       time spent and time left
balance     answers to rare categories
fit         one fold: epochs, and looks at the held-out clips
batches     augmented clips, drawn in a thread beside the training
steps       optimizer, schedule, and the compiled step
checkpoint  all that is needed to go on
record      curves, guesses, the model and its card
files       files that are read while they are written
locks       locks that the system frees
memory      what is freed in one step kept for the next
"""
