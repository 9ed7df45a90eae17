"""What a finished run becomes.

envelope  the sealed test fold, scored once
compare   two runs side by side, clip by clip
export    .keras, .tflite with labels, predictions as a table; a run as a model in Classify
pack      runs of all folds joined into a model folder
"""
