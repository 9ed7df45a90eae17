"""Clips of a data set on any page.

bar         the clip in hand in one line, with links to what can be done with it
picker      choosing a clip by category
view        a clip in full: player, picture, siblings
picture     how its picture is made
guessed     clips as cards that say what a run took them for
"""
