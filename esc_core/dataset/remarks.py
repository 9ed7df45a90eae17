"""What makes scores on a data set mean little: recordings in two folds, categories in one, folds without clips."""

from __future__ import annotations

import numpy as np

from esc_core.dataset.clips import Dataset
from esc_core.words import listed, readable, shortened

N_OFFICIAL_FOLDS = 5
"""Folds of ESC-50: a model of ESC-50 has a network for each, so that one without clips is worth a word."""

CROSSING_SHARE = 0.01
"""Recordings in more than one fold are worth a word from this share on; 4 of ESC-50's 1524 are."""


def fold_remarks(dataset: Dataset) -> list[str]:
    """Return what is odd about the folds of a data set.

    Parameters
    ----------
    dataset : Dataset
        The clips.

    Returns
    -------
    list of str
        Sentences; none for a data set like ESC-50.
    """
    remarks = []
    if len(dataset.categories) == 1:
        only = readable(shortened(dataset.categories[0]))
        remarks.append(f"There is only one category, {only}: a score on it says nothing.")
    folds = dataset.fold_numbers
    last = N_OFFICIAL_FOLDS if dataset.official else max(folds, default=0)
    if len(folds) < 2:
        remarks.append(_too_few(dataset))
    if empty := [str(fold) for fold in range(1, last + 1) if fold not in folds]:
        one = len(empty) == 1
        remarks.append(f"{'Fold' if one else 'Folds'} {', '.join(empty)} {'has' if one else 'have'} no clips.")
    if crossing := crossing_sentence(dataset):
        remarks.append(
            f"{crossing[0].upper()}{crossing[1:]}. Clips of one recording must lie in one fold: a model that has "
            "heard other parts of a test recording gets a score that is too high."
        )
    return remarks + [_untrained(names, fold) for fold in folds if (names := never_trained(dataset, fold))]


def _too_few(dataset: Dataset) -> str:
    if not dataset.fold_numbers:
        return "All clips are in fold 0, which is never held out, so no test is possible."
    if 0 in dataset.folds:
        return f"Only fold {dataset.fold_numbers[0]} can be held out: there is no second test."
    return f"All clips are in fold {dataset.fold_numbers[0]}: nothing is left to train on when it is held out."


def _untrained(names: list[str], fold: int) -> str:
    return (
        f"When fold {fold} is held out, no clip is left to train on of {listed([readable(name) for name in names])}: "
        "the other folds have none, or only from the same recordings."
    )


def crossing_sentence(dataset: Dataset) -> str:
    """Return how many recordings lie in more than one fold: "5 of 6 recordings lie in two folds".

    Parameters
    ----------
    dataset : Dataset
        The clips.

    Returns
    -------
    str
        The beginning of a sentence, without a full stop; empty if hardly any do.
    """
    folds: dict[str, set[int]] = {}
    for clip in dataset.clips:
        folds.setdefault(clip.src_file, set()).add(clip.fold)
    crossing = [len(own) for own in folds.values() if len(own) > 1]
    if len(crossing) < CROSSING_SHARE * len(folds) or not crossing:
        return ""
    if len(folds) == 1:
        return f"all clips have the same src_file, {shortened(next(iter(folds)))}, and so count as one recording"
    many = "two folds" if max(crossing) == 2 else "two or more folds"
    return f"{len(crossing)} of {len(folds)} recordings {'lies' if len(crossing) == 1 else 'lie'} in {many}"


def never_trained(dataset: Dataset, fold: int) -> list[str]:
    """Return the categories that are tested in a fold and have no clip to train on in the others.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    fold : int
        The fold that is held out.

    Returns
    -------
    list of str
        Their names; clips of recordings that also lie in the fold do not train.
    """
    recordings = np.array([clip.src_file for clip in dataset.clips])
    held = dataset.folds == fold
    train = ~held & ~np.isin(recordings, recordings[held])
    left = set(dataset.labels[held].tolist()) - set(dataset.labels[train].tolist())
    return [dataset.categories[k] for k in sorted(left)]
