"""Training: splits by fold, one fold's training, a run's folder.

splits      the official folds, no recording in two parts
fit         one fold
runs        a run on disk
pack        five runs joined into a model folder
"""
