"""Data and models, loaded once for all sessions; each cache knows when a file has changed.

changed   when a file was changed
visitor   who visits, and the data sets of their own that they may open
data      the data set in use, and its clips that can't be read
models    models and their cards
sounds    clips as pictures, sound, figures and tracks of the player
answers   answers of models about files and clips
generators  generators of sounds, and what was found of them
"""

from ui.loaders.answers import answer, clip_answer, kept_answer, known_as
from ui.loaders.data import bad_clips, dataset, dataset_at
from ui.loaders.generators import generator_at, judged, judged_file
from ui.loaders.models import (
    cards,
    cards_of,
    damaged_models,
    default_predictor,
    model_changed,
    model_folder,
    predictor,
    set_of,
)
from ui.loaders.sounds import clip_sound, clip_track, sampling_rate, sound_stats, thumbnail, thumbnails

__all__ = [
    "answer",
    "bad_clips",
    "cards",
    "cards_of",
    "clip_answer",
    "clip_sound",
    "clip_track",
    "damaged_models",
    "dataset",
    "dataset_at",
    "default_predictor",
    "generator_at",
    "judged",
    "judged_file",
    "kept_answer",
    "known_as",
    "model_changed",
    "model_folder",
    "predictor",
    "sampling_rate",
    "set_of",
    "sound_stats",
    "thumbnail",
    "thumbnails",
]
