"""How well a model withstands rooms, noise and telephones: a fixed suite of corruptions, and scores under each of them.

suite      the corruptions in five severities each, and the seed of each draw
sample     which clips are taken, in which order, and what is heard behind each of them
rows       a score: one model, one corruption, one severity; its table on disk
worker     processes that corrupt clips beside the network
measure    model and data set → scores, out of fold; a run that was cut goes on
summary    scores → mean accuracy, mean corruption error
"""
