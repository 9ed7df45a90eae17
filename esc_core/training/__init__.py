"""Training: splits by fold, one fold's training, a run's folder.

splits      the official folds, no recording in two parts
chains      a run's chain: what makes copies once, what acts at every step
copies      augmented copies of the training clips, made in several processes
sources     clips and copies as levelled sounds, examples of a batch, held-out crops
inputs      what a run reads, computed or reopened
fit         one fold
dtype       which precision trains faster here
runs        a run on disk
pack        five runs joined into a model folder
"""
