"""What a run trains on, from the clips of a data set to batches.

splits      the official folds, no recording in two parts; categories and limits
notes       what a split leaves out, and what its scores can't say
chains      a chain in two parts: steps that make copies once, and steps that act on every batch
copies      augmented copies of the training clips, made once in several processes
sources     clips and copies as levelled sounds
inputs      features and copies, computed or reopened
balance     strategies for rare categories
batches     augmented clips, drawn in a background thread
"""
