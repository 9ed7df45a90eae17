"""Recognition of ESC-50's clips, whatever folder or upload they come from."""

from __future__ import annotations

import csv
import hashlib
from functools import lru_cache

from esc_core.config import ASSETS_DIR
from esc_core.dataset.layout import clip_stem


@lru_cache(maxsize=1)
def original_md5() -> dict[str, str]:
    """Return the MD5 of each of the 2000 original clips by file name, from ``assets/esc50-md5.csv``."""
    with (ASSETS_DIR / "esc50-md5.csv").open(newline="", encoding="utf-8") as file:
        return {row["filename"]: row["md5"] for row in csv.DictReader(file)}


@lru_cache(maxsize=1)
def _stems() -> tuple[dict[str, str], dict[str, str]]:
    table = original_md5()
    stems = {name: clip_stem(name) for name in table}
    return {md5: stems[name] for name, md5 in table.items()}, {stem.lower(): stem for stem in stems.values()}


def known_clip_id(name: str, data: bytes | None = None) -> str | None:
    """Recognise a clip of ESC-50 by the MD5 of the original, or by its file name.

    Parameters
    ----------
    name : str
        File name; folders and extension don't matter, so that a converted copy is recognised.
    data : bytes, optional
        The file's content.

    Returns
    -------
    str or None
        The clip's id, such as ``1-100032-A-0``; its first digit is the fold. None if it is not recognised.
    """
    by_md5, by_name = _stems()
    if data is not None and (clip_id := by_md5.get(hashlib.md5(data, usedforsecurity=False).hexdigest())):
        return clip_id
    return by_name.get(clip_stem(name).lower().removesuffix(".wav"))  # a converted copy may be called x.wav.mp3
