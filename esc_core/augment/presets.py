"""Chains to begin with, each with a sentence that says why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from esc_core.config import MEL_CHAIN


@dataclass(frozen=True)
class ChainPreset:
    """A chain with a reason.

    Attributes
    ----------
    title : str
        Its name for people.
    why : str
        What it stands for: one sentence.
    steps : tuple of dict
        The chain, as `Compose.from_json` reads it.
    """

    title: str
    why: str
    steps: tuple[dict[str, Any], ...]


PRESETS: dict[str, ChainPreset] = {
    "pitch": ChainPreset(
        "Pitch shift",
        "The first of the study's three: does a model that has heard every dog a little higher and lower know more "
        "dogs?",
        ({"name": "pitch_shift", "n_steps": [-3.0, 3.0]},),
    ),
    "stretch": ChainPreset(
        "Time stretch",
        "The second of the study's three: the same event done faster or slower, at the same pitch.",
        ({"name": "time_stretch", "rate": [0.8, 1.25]},),
    ),
    "noise": ChainPreset(
        "Noise",
        "The third of the study's three: what is left when the recording hisses, from hardly to strongly.",
        ({"name": "noise", "snr_db": [5.0, 30.0], "color": "white"},),
    ),
    "street": ChainPreset(
        "Street",
        "Outdoors by a road: traffic rumbles, the wind colours the sound, and the source is now near, now far.",
        (
            {"name": "equalizer", "gain_db": [-6.0, 6.0], "n_points": [3, 6]},
            {"name": "noise", "snr_db": [0.0, 15.0], "color": ["brown", "pink"]},
            {"name": "gain", "gain_db": [-9.0, 3.0]},
        ),
    ),
    "phone": ChainPreset(
        "Phone line",
        "300 to 3400 Hz, driven a little too far, with a hiss: what an emergency call centre hears.",
        (
            {"name": "band_pass", "low_hz": 300.0, "high_hz": 3400.0},
            {"name": "soft_clip", "drive_db": [3.0, 12.0]},
            {"name": "noise", "snr_db": [15.0, 30.0], "color": "white"},
        ),
    ),
    "room": ChainPreset(
        "Small room",
        "Echoes of a furnished room, in which most recordings of everyday life are made.",
        ({"name": "reverb", "rt60": [0.2, 0.5], "drr_db": [-3.0, 6.0]},),
    ),
    "strong": ChainPreset(
        "Strong",
        "Everything at once, further than training should go: find out where you yourself lose the label.",
        (
            {"name": "pitch_shift", "n_steps": [-6.0, 6.0]},
            {"name": "time_stretch", "rate": [0.7, 1.4]},
            {"name": "reverb", "rt60": [0.4, 1.5], "drr_db": [-9.0, 3.0]},
            {"name": "equalizer", "gain_db": [-12.0, 12.0], "n_points": [3, 6]},
            {"name": "noise", "snr_db": [0.0, 15.0], "color": ["white", "pink", "brown"]},
        ),
    ),
    "model": ChainPreset(
        "As the shipped model trained",
        "Its own chain, on spectrograms: a window of time, another sound mixed in, bands moved, coloured and masked.",
        MEL_CHAIN,
    ),
}
"""By the name they have in a link."""
