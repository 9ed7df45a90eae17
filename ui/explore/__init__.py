"""The parts of the Explore page.

filters      which clips are shown
cards        a page of clips as cards
table        all clips as a table
overview     counts, silence, levels and siblings
map_job      the map, shipped, opened or made in the background
map_colours  what gives each clip on the map its colour
map_sound    a sound of the user on the map
map_cards    below the map: clips of a lasso or cluster, clips most like a sound, what was measured
map          all clips on a map that was made without labels
guess        a quiz: listen, guess, then compare
"""
