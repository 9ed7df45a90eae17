"""Sounds that a network makes up: a generator and a critic that learn from each other, and what came of it.

generator  a trained generator: points and categories → log-mel, in NumPy; its card and its file
installed  all generators that are here
walk       from one point to another, and from one category to another
sound      log-mel → waveform, an approximation
training   a run that trains a generator
worth      what its sounds are worth: by themselves, and for a classifier that learns from them
"""
