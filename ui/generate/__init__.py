"""The parts of the Generate page, from the choice of a generator to its training.

choose  which generator, and what it has heard
sounds  sounds of a generator as tracks of the player and as cards
listen  a grid of sounds of one category
walk    from one sound to another, and from one category to another
learn   training a generator: presets, progress, losses, samples by epoch
"""
