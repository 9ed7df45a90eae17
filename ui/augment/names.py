"""How the Augment page writes the transforms and the values of their parameters."""

from __future__ import annotations

from esc_core.augment import REGISTRY
from esc_core.augment.base import GROUPS
from esc_core.augment.ranges import Parameter
from esc_core.words import percent


def title(name: str) -> str:
    """Return a transform's title; one that acts on the spectrogram says so."""
    cls = REGISTRY[name]
    return f"{cls.title} (on the spectrogram)" if cls.domain == "spectrogram" else cls.title


def in_menu(name: str) -> str:
    """Return a transform's entry in a list: its group, then its title."""
    return f"{REGISTRY[name].group}: {title(name)}"


def menu_order(name: str) -> tuple[int, bool, str]:
    """Return a sort key: by group, in each group those on waveforms first, then by title."""
    cls = REGISTRY[name]
    return GROUPS.index(cls.group), cls.domain == "spectrogram", cls.title


def in_words(parameter: Parameter, value: float) -> str:
    """Return a value as people write it, with its unit: "7.3 kHz", "−2.5 semitones", "×1.25", "40%"."""
    if parameter.shown_as == "percent":
        return percent(value)
    if parameter.shown_as == "factor":
        return f"×{value:.2f}"
    if parameter.unit == "Hz":
        return f"{value / 1000:.1f} kHz" if round(value) >= 1000 else f"{value:.0f} Hz"
    return (slider_format(parameter) % value).replace("-", "−")


def slider_format(parameter: Parameter) -> str:
    """Return the format of a slider's values: with their unit, and no more digits than the step needs."""
    if parameter.shown_as == "percent":
        return "percent"
    if parameter.shown_as == "factor":
        return "×%.2f"
    step = 1.0 if parameter.whole else parameter.step
    digits = next((digits for digits in (0, 1) if round(step * 10**digits, 6) >= 1), 2)
    return f"%.{digits}f {parameter.unit}".strip()
