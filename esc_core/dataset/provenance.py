"""The name of the copy of a data set; every score is stored with it."""

from __future__ import annotations

from contextlib import suppress

from esc_core.audio import Header, header
from esc_core.dataset.clips import Dataset
from esc_core.errors import AudioError

_BITS = {"PCM_U8": "8-bit", "PCM_S8": "8-bit", "PCM_16": "16-bit", "PCM_24": "24-bit", "VORBIS": "Ogg Vorbis"}


def data_name(dataset: Dataset) -> str:
    """Return the name of the copy of the data that a score was measured on, such as "16 kHz, 8-bit copy"."""
    if dataset.synthetic:
        return "synthetic starter sounds"
    first = _first_header(dataset)
    if first is None:
        return "no readable clip"
    if (first.sr, first.coding) == (44_100, "PCM_16"):
        return "original, 44.1 kHz, 16-bit"
    return f"{first.sr / 1000:g} kHz, {_BITS.get(first.coding, first.coding)} copy"


def _first_header(dataset: Dataset) -> Header | None:
    for clip in dataset.clips:
        with suppress(AudioError):
            return header(dataset.path(clip))
    return None
