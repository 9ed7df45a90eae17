"""The name of the copy of a data set; every score is stored with it."""

from __future__ import annotations

import soundfile as sf

from esc_core.audio import file_fault
from esc_core.dataset.clips import Dataset

_BITS = {"PCM_U8": "8-bit", "PCM_S8": "8-bit", "PCM_16": "16-bit", "PCM_24": "24-bit", "VORBIS": "Ogg Vorbis"}


def data_name(dataset: Dataset) -> str:
    """Return the name of the copy of the data that a score was measured on, such as "16 kHz, 8-bit copy"."""
    if dataset.synthetic:
        return "synthetic starter sounds"
    path = next((p for p in map(dataset.path, dataset.clips) if file_fault(p) is None), None)
    if path is None:
        return "no readable clip"
    info = sf.info(path)
    if (info.samplerate, info.subtype) == (44_100, "PCM_16"):
        return "original, 44.1 kHz, 16-bit"
    return f"{info.samplerate / 1000:g} kHz, {_BITS.get(info.subtype, info.subtype)} copy"
