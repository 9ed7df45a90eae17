"""ESC-50 as published: its 2000 clips with their folds, available without any sound on disk."""

from __future__ import annotations

from functools import lru_cache

from esc_core.dataset.categories import CATEGORIES, ESC10
from esc_core.dataset.clips import Clip
from esc_core.dataset.known import original_md5
from esc_core.dataset.layout import clip_stem


@lru_cache(maxsize=1)
def official_clips() -> dict[str, Clip]:
    """Return the 2000 clips of ESC-50 by their id.

    ESC-50's file names contain fold, recording, take and target.

    Returns
    -------
    dict of str to Clip
        In the order of ``esc50.csv``.
    """
    return {clip_stem(name): _clip(name) for name in original_md5()}


def _clip(filename: str) -> Clip:
    fold, src_file, take, target = clip_stem(filename).split("-")
    return Clip(
        filename=filename,
        fold=int(fold),
        target=int(target),
        category=CATEGORIES[int(target)],
        esc10=int(target) in ESC10,
        src_file=src_file,
        take=take,
    )
