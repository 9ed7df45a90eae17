"""What the Augment page calls the transforms and their parameters."""

from __future__ import annotations

from esc_core.augment import REGISTRY
from esc_core.augment.ranges import Parameter
from esc_core.words import readable

DOMAINS = {"waveform": "sound", "spectrogram": "picture", "pair": "two sounds"}
"""What a transform acts on, in the order in which the page offers them."""

LABELS = {
    "cutoff_hz": "Edge",
    "low_hz": "Lower edge",
    "high_hz": "Upper edge",
    "gain_db": "Gain",
    "n_points": "Points of the curve",
    "drive_db": "Drive",
    "freq_mask_param": "Widest mask",
    "n_freq_masks": "Masks",
    "time_mask_param": "Longest mask",
    "n_time_masks": "Masks",
    "snr_db": "Sound over noise",
    "color": "Colour",
    "position": "Place",
    "ratio": "Share of the first sound",
    "mixup_alpha": "Alpha",
    "cutmix_alpha": "Alpha",
    "n_steps": "Pitch",
    "rate": "Speed",
    "seconds": "Time",
    "fill": "What comes in",
    "threshold_db": "Silence begins below",
    "rt60": "Reverberation time",
    "drr_db": "Direct over echoes",
    "n_frames": "Length of the window",
    "share": "Moved by",
    "n_bands": "Mel bands",
}
"""A parameter's name for people."""

SHARES = ("position", "ratio", "share")
"""Parameters that are parts of a whole."""


def title(name: str) -> str:
    """Return a transform's name for people, with what it acts on."""
    return f"{readable(name).capitalize()} · {DOMAINS[REGISTRY[name].domain]}"


def by_domain(name: str) -> tuple[int, str]:
    """Sort transforms by what they act on, then by name."""
    return list(DOMAINS).index(REGISTRY[name].domain), name


def slider_format(name: str, parameter: Parameter) -> str:
    """Return how a slider writes its numbers: with their unit, and no more digits than the slider has steps."""
    if name in SHARES:
        return "percent"
    if name == "rate":
        return "×%.2f"
    step = 1.0 if parameter.whole else parameter.step
    digits = next((digits for digits in (0, 1) if round(step * 10**digits, 6) >= 1), 2)
    return f"%.{digits}f {parameter.unit}".strip()
