"""The parts of the Explore page.

filters     which clips are shown
cards       a page of clips as cards
table       all clips as a table
overview    counts, silence, levels and siblings
guess       a quiz: listen, guess, then compare
"""
