"""Learning in seconds: a small head on what a network knows that has heard other sounds before.

Nothing of that network changes. Samples and copies of them in rooms and noise become embeddings, once; on these a
logistic regression is fitted for each fold that is held out. ``learn`` does it all, ``save`` writes a model folder.

background  what is none of the categories: the room tone that was recorded, or noise made here
bases       the network that has heard other sounds: a sound → its embedding
samples     a data set → the embeddings of its samples and of their copies
regression  embeddings → categories: logistic regression
head        categories and "none of these": as arrays, and as a network
scores      held-out answers → accuracy with interval, confusion, mistakes, learning curve
result      what came of it: what the page shows, and the card keeps
learn       a data set → heads, calibration, scores; start reading here
saved       what was learnt → a model folder
compared    the same samples learnt from scratch: what hearing other sounds before brings
"""

from esc_core.training.quick.bases import BASES, best_base
from esc_core.training.quick.learn import Learnt, learn
from esc_core.training.quick.saved import card_of, save

__all__ = ["BASES", "Learnt", "best_base", "card_of", "learn", "save"]
