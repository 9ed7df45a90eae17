"""How the Augment page writes the transforms and the values of their parameters."""

from __future__ import annotations

from esc_core.augment import REGISTRY
from esc_core.augment.ranges import Parameter

DOMAINS = {"waveform": "waveform", "spectrogram": "spectrogram", "pair": "two sounds"}
"""What a transform acts on, in the order in which the page offers them."""


def title(name: str) -> str:
    """Return a transform's title with what it acts on."""
    cls = REGISTRY[name]
    return f"{cls.title} · {DOMAINS[cls.domain]}"


def by_domain(name: str) -> tuple[int, str]:
    """Return a sort key: what the transform acts on, then its title."""
    cls = REGISTRY[name]
    return list(DOMAINS).index(cls.domain), cls.title


def slider_format(parameter: Parameter) -> str:
    """Return the format of a slider's values: with their unit, and no more digits than the step needs."""
    if parameter.shown_as == "percent":
        return "percent"
    if parameter.shown_as == "factor":
        return "×%.2f"
    step = 1.0 if parameter.whole else parameter.step
    digits = next((digits for digits in (0, 1) if round(step * 10**digits, 6) >= 1), 2)
    return f"%.{digits}f {parameter.unit}".strip()
