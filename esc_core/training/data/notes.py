"""What a split leaves out, and what scores on it can't say, in sentences for log, command line and page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from esc_core.dataset import Dataset
from esc_core.dataset.remarks import CROSSING_SHARE, crossing_sentence
from esc_core.training.data.splits import Split
from esc_core.training.runs.status import RunNotes
from esc_core.words import counted, listed, readable


def split_notes(dataset: Dataset, split: Split, unreadable: Mapping[str, str]) -> RunNotes:
    """Return what a split leaves out.

    Parameters
    ----------
    dataset : Dataset
        The clips of the run's categories.
    split : Split
        Positions in `dataset`.
    unreadable : mapping of str to str
        File names of clips that can't be read, each with the reason; names of other clips are passed over.

    Returns
    -------
    RunNotes
        Without remarks for a data set like ESC-50.
    """
    bad = {clip.filename: unreadable[clip.filename] for clip in dataset.clips if clip.filename in unreadable}
    missing = [k for k in range(len(dataset.categories)) if k not in dataset.labels[split.train]]
    remarks = [*_shared(dataset, split), *_never_trained(dataset, split, missing), *_unscored(dataset, split)]
    names = tuple(dataset.categories[k] for k in missing)
    return RunNotes(n_clips=len(dataset.clips), unreadable=bad, never_trained=names, remarks=tuple(remarks))


def _shared(dataset: Dataset, split: Split) -> Iterator[str]:
    n_left, n_all = len(split.left_out), len(split.left_out) + len(split.train)
    if n_left and n_left >= CROSSING_SHARE * n_all:
        are = "is" if n_left == 1 else "are"
        why = f": {crossing}" if (crossing := crossing_sentence(dataset)) else ""
        clips = counted(n_all, "training clip", "training clips")
        yield f"{n_left} of {clips} {are} left out, since parts of the same recordings are held out{why}."


def _never_trained(dataset: Dataset, split: Split, missing: list[int]) -> Iterator[str]:
    """Yield a sentence for each reason why categories have no training clips."""
    by_reason: dict[str, list[str]] = {}
    for k in missing:
        by_reason.setdefault(_why(dataset, split, k), []).append(readable(dataset.categories[k]))
    for why, names in by_reason.items():
        yield f"Never trained on: {listed(names)}, since {why}. No clip of {_it(names)} can be classified correctly."


def _why(dataset: Dataset, split: Split, k: int) -> str:
    own = dataset.labels == k
    if own[split.left_out].any():
        return "the clips in other folds come from recordings that are held out too"
    held = np.unique(dataset.folds[np.concatenate([split.val, split.test])])
    if np.isin(dataset.folds[own], held).all():
        return "all clips lie in a fold that is held out"
    return "the clips in other folds can't be read"


def _unscored(dataset: Dataset, split: Split) -> Iterator[str]:
    lacking = [k for k in range(len(dataset.categories)) if k not in dataset.labels[split.val]]
    if names := [readable(dataset.categories[k]) for k in lacking]:
        it = _it(names)
        yield f"Not scored: {listed(names)}. The validation fold has no clip of {it}."


def _it(names: list[str]) -> str:
    return "it" if len(names) == 1 else "them"
