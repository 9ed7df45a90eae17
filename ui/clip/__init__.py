"""Clips of a data set on any page.

bar         the selected clip in one line, with links to other pages
choices     categories to choose from when a sound is to be guessed
picker      choosing a clip by category
picture     settings of its spectrogram
view        a clip in full: player, picture, siblings
guessed     a run's validation clips as cards with its guesses
"""
