"""The starter set: clips synthesised by this program, in ESC-50's layout and clearly labelled as synthetic.

synth       building blocks: noise, tones, struck bodies, events
recipe      from a recipe to a recording: room, background, microphone, level
animals     recipes for the categories of this group; likewise the next four
nature      rain, wind and the like
human       voices, breath, steps
interior    doors, keys, clocks
urban       engines, sirens, bells
clips       the list of clips, and the synthesis of each
folder      the set on disk, usable while it is being made

``python -m esc_core.dataset.starter FOLDER`` makes it in the background of the app.
"""

from esc_core.dataset.starter.clips import CATEGORIES, synthesise
from esc_core.dataset.starter.folder import make_starter_set, starter_is_whole, starter_progress

__all__ = ["CATEGORIES", "make_starter_set", "starter_is_whole", "starter_progress", "synthesise"]
