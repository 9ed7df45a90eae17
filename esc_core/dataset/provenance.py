"""The name of a data set, of its copy, with which every score is stored, and what tells whether it has changed."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress

from esc_core.audio import Header, header
from esc_core.dataset.clips import Dataset
from esc_core.errors import AudioError

_BITS = {"PCM_U8": "8-bit", "PCM_S8": "8-bit", "PCM_16": "16-bit", "PCM_24": "24-bit", "VORBIS": "Ogg Vorbis"}


def data_name(dataset: Dataset) -> str:
    """Return the name of the copy of the data that a score was measured on, such as "16 kHz, 8-bit copy" of ESC-50."""
    if dataset.synthetic:
        return "synthetic starter sounds"
    first = _first_header(dataset)
    if first is None:
        return "no readable clip"
    coding = f"{first.sr / 1000:g} kHz, {_BITS.get(first.coding, first.coding)}"
    if not dataset.official:
        return f"{set_name(dataset)}, {coding}"
    return f"original, {coding}" if (first.sr, first.coding) == (44_100, "PCM_16") else f"{coding} copy"


def set_name(dataset: Dataset) -> str:
    """Return the name of a data set for people: ESC-50, ESC-10, its own title, or that of its folder."""
    if dataset.title or dataset.synthetic:
        return dataset.title or "Synthetic starter sounds"
    if dataset.official:
        return "ESC-10" if all(clip.esc10 for clip in dataset.clips) else "ESC-50"
    return dataset.root.resolve().name or "Data set"


def state_of(dataset: Dataset) -> str:
    """Return what tells whether clips, categories, recordings and folds of a data set are still the same."""
    rows = sorted([clip.clip_id, clip.category, clip.src_file, clip.fold] for clip in dataset.clips)
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]


def _first_header(dataset: Dataset) -> Header | None:
    for clip in dataset.clips:
        with suppress(AudioError):
            return header(dataset.path(clip))
    return None
