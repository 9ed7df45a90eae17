"""Which clips are taken, in which order, and what is heard behind each of them."""

from __future__ import annotations

import zlib
from collections import defaultdict
from dataclasses import replace

import numpy as np

from esc_core.config import require
from esc_core.dataset import Dataset
from esc_core.dataset.clips import Clip
from esc_core.errors import DatasetError
from esc_core.robustness.suite import SEED, draw_seed
from esc_core.words import readable


def choose_clips(dataset: Dataset, *, n_clips: int | None = None, fold: int | None = None) -> Dataset:
    """Return a fixed sample of a data set, with as many clips of each fold and category as the number allows.

    A smaller sample is part of a larger one, and a clip's rank depends on nothing but the clips of its fold and
    category.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    n_clips : int, optional
        How many; all if left out, or if there are no more.
    fold : int, optional
        Only clips of this fold.

    Returns
    -------
    Dataset
        The clips by fold, and within a fold in the order of the table.

    Raises
    ------
    DatasetError
        If the fold has no clip.
    ParameterError
        If `n_clips` is below 1.
    """
    require(n_clips is None or n_clips >= 1, "n_clips must be at least 1", n_clips)
    chosen = [clip for clip in dataset.clips if fold is None or clip.fold == fold]
    if not chosen:
        raise DatasetError(f"there is no clip of fold {fold}")
    if n_clips is not None:
        kept = {clip.filename for clip in _ranked(chosen)[:n_clips]}
        chosen = [clip for clip in chosen if clip.filename in kept]
    return replace(dataset, clips=tuple(sorted(chosen, key=lambda clip: clip.fold)))


def _ranked(clips: list[Clip]) -> list[Clip]:
    """Return clips in rounds, one of each fold and category; within a round, folds and categories take turns."""
    folds = sorted({clip.fold for clip in clips})
    categories = sorted({clip.category for clip in clips})
    cells: dict[tuple[int, str], list[Clip]] = defaultdict(list)
    for clip in sorted(clips, key=lambda clip: (zlib.crc32(f"{SEED} {clip.clip_id}".encode()), clip.clip_id)):
        cells[clip.fold, clip.category].append(clip)

    def rank(clip: Clip) -> tuple[int, int, int]:
        category = categories.index(clip.category)
        turn = (folds.index(clip.fold) - category) % len(folds)
        return cells[clip.fold, clip.category].index(clip), turn, category

    return sorted(clips, key=rank)


def sample_name(chosen: Dataset, dataset: Dataset, *, fold: int | None = None) -> str:
    """Return how clips were chosen, as tables say it: "all", "400 of 2000" or "fold 1"."""
    n = len(dataset.clips) if fold is None else int((dataset.folds == fold).sum())
    part = "all" if len(chosen.clips) == n else f"{len(chosen.clips)} of {n}"
    if fold is None:
        return part
    return f"fold {fold}" if part == "all" else f"{part}, fold {fold}"


def background_of(clip: Clip, dataset: Dataset) -> Clip:
    """Return the clip that is heard behind another one: of its fold, of another category and recording.

    It is of the same fold since the network that is asked was not trained on that fold. A clip of a training fold would
    be a sound that this network knows by heart, and the test would then depend on how well it remembers.

    Parameters
    ----------
    clip : Clip
        The clip that is to be recognised.
    dataset : Dataset
        All clips, not only the sample, so that a clip's background is the same in each sample.

    Returns
    -------
    Clip
        Drawn by the clip's id.

    Raises
    ------
    DatasetError
        If the fold has clips of one category only.
    """
    others = sorted(
        (
            other
            for other in dataset.clips
            if other.fold == clip.fold and other.category != clip.category and other.src_file != clip.src_file
        ),
        key=lambda other: other.clip_id,
    )
    if not others:
        raise DatasetError(
            f"there is no background for {readable(clip.category)}: fold {clip.fold} has no clip of another category"
        )
    return others[int(np.random.default_rng(draw_seed("background", clip.clip_id, 1)).integers(len(others)))]
