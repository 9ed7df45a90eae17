"""The parts of the Explore page.

filters     which clips are shown
cards       a page of clips as cards
table       all clips as a table
overview    counts, silence, levels and siblings
map_job     the map, opened or made in the background
map         all clips on a map that was made without labels
guess       a quiz: listen, guess, then compare
"""
