"""A run from its submission to the end of its process.

priority  how much of the processor training takes
measure   a process that times steps and preparation, so that the server needs no TensorFlow for an estimate
create    the folder of a new run, once its settings are checked
control   submit, stop, resume, delete; submit a lesson
worker    the process itself: ``python -m esc_core.training.process.worker RUN``
"""
