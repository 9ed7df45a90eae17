"""The name of the copy of a data set; every score is stored with it."""

from __future__ import annotations

import soundfile as sf

from esc_core.dataset.clips import Dataset
from esc_core.errors import AudioError

_BITS = {"PCM_U8": "8-bit", "PCM_S8": "8-bit", "PCM_16": "16-bit", "PCM_24": "24-bit", "VORBIS": "Ogg Vorbis"}


def data_name(dataset: Dataset) -> str:
    """Return the name of the copy of the data that a score was measured on, such as "16 kHz, 8-bit copy"."""
    if dataset.synthetic:
        return "synthetic starter sounds"
    path = dataset.path(dataset.clips[0])
    try:
        info = sf.info(path)
    except (OSError, sf.LibsndfileError) as error:
        raise AudioError(f"{path.name} can't be read as sound: {error}") from error
    if (info.samplerate, info.subtype) == (44_100, "PCM_16"):
        return "original, 44.1 kHz, 16-bit"
    return f"{info.samplerate / 1000:g} kHz, {_BITS.get(info.subtype, info.subtype)} copy"
