"""Chains to begin with, each with a sentence on what it stands for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from esc_core.config import MEL_CHAIN


@dataclass(frozen=True)
class ChainPreset:
    """A chain with a title and a reason.

    Attributes
    ----------
    title : str
        Its name for the user.
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
        "The first of the study's three: does a model recognise more dogs if it was trained on each one a little "
        "higher and lower?",
        ({"name": "pitch_shift", "n_steps": [-3.0, 3.0]},),
    ),
    "stretch": ChainPreset(
        "Time stretch",
        "The second of the study's three: the same event done faster or slower, at the same pitch.",
        ({"name": "time_stretch", "rate": [0.8, 1.25]},),
    ),
    "noise": ChainPreset(
        "Noise",
        "The third of the study's three: how much is left when the recording hisses, from barely to strongly.",
        ({"name": "noise", "snr_db": [5.0, 30.0], "color": "white"},),
    ),
    "street": ChainPreset(
        "Street",
        "Outdoors by a road: traffic rumbles, wind colours the sound, and the source is sometimes near, sometimes far.",
        (
            {"name": "equalizer", "gain_db": [-6.0, 6.0], "n_points": [3, 6]},
            {"name": "noise", "snr_db": [0.0, 15.0], "color": ["brown", "pink"]},
            {"name": "gain", "gain_db": [-9.0, 3.0]},
        ),
    ),
    "phone": ChainPreset(
        "Phone line",
        "300 to 3400 Hz, slightly overdriven, with a hiss: as an emergency call sounds.",
        (
            {"name": "band_pass", "low_hz": 300.0, "high_hz": 3400.0},
            {"name": "soft_clip", "drive_db": [3.0, 12.0]},
            {"name": "noise", "snr_db": [15.0, 30.0], "color": "white"},
        ),
    ),
    "room": ChainPreset(
        "Small room",
        "Echoes of a furnished room, where most recordings of everyday life are made.",
        ({"name": "reverb", "rt60": [0.2, 0.5], "drr_db": [-3.0, 6.0]},),
    ),
    "strong": ChainPreset(
        "Strong",
        "Everything at once, and further than training should go. When can you no longer recognise the sound?",
        (
            {"name": "pitch_shift", "n_steps": [-6.0, 6.0]},
            {"name": "time_stretch", "rate": [0.7, 1.4]},
            {"name": "reverb", "rt60": [0.4, 1.5], "drr_db": [-9.0, 3.0]},
            {"name": "equalizer", "gain_db": [-12.0, 12.0], "n_points": [3, 6]},
            {"name": "noise", "snr_db": [0.0, 15.0], "color": ["white", "pink", "brown"]},
        ),
    ),
    "model": ChainPreset(
        "As the shipped model was trained",
        "Its own chain, on spectrograms: a random window, another sound mixed in, bands shifted, coloured and masked.",
        MEL_CHAIN,
    ),
}
"""The presets by their name in a link."""
