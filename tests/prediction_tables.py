"""Tables of predictions with known scores, and of training files without a leak."""

from __future__ import annotations

import numpy as np
import pandas as pd

from esc_core.dataset.categories import CATEGORIES
from esc_core.dataset.official import official_clips

CLIPS = list(official_clips().values())


def table(*, wrong: int = 0, seed: int = 0) -> pd.DataFrame:
    """All of ESC-50, correctly classified except for `wrong` clips drawn at random."""
    rows = pd.DataFrame(
        {
            "filename": [c.filename for c in CLIPS],
            "predicted": [c.category for c in CLIPS],
            "fold": [c.fold for c in CLIPS],
        }
    )
    for i in np.random.default_rng(seed).choice(len(CLIPS), wrong, replace=False):
        rows.loc[i, "predicted"] = CATEGORIES[(CLIPS[i].target + 1) % 50]
    return rows


def as_bytes(frame: pd.DataFrame) -> bytes:
    """Write a table as CSV."""
    return frame.to_csv(index=False).encode()


def clean_training() -> pd.DataFrame:
    """For each fold the clips of the other four, except those whose recording is in it, too."""
    rows = []
    for fold in range(1, 6):
        held_out = {clip.src_file for clip in CLIPS if clip.fold == fold}
        rows += [(c.filename, fold) for c in CLIPS if c.fold != fold and c.src_file not in held_out]
    return pd.DataFrame(rows, columns=["filename", "fold"])
