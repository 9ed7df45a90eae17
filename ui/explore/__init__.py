"""The parts of the Explore page.

filters     which clips are shown
cards       a page of clips as cards
table       all of them as a table
overview    what they have in common
guess       guess first, then look
"""
