"""Splits by fold: the official folds as they are, and no recording in two parts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from esc_core.config import FOLD_NUMBERS, GeneratorConfig, TrainConfig, require
from esc_core.dataset import Dataset
from esc_core.dataset.remarks import crossing_sentence
from esc_core.errors import TrainingError
from esc_core.words import counted

_NO_FOLD = -1
"""In place of the fold of a clip that can't be read: it takes part in nothing. Fold 0 is trained on."""


@dataclass(frozen=True)
class Split:
    """Positions of clips in ``dataset.clips``; no recording lies in two of the three.

    Attributes
    ----------
    train, val, test : numpy.ndarray, shape (n,), int
        `val` is evaluated during training; `test` stays sealed and may be empty.
    left_out : numpy.ndarray, shape (n,), int
        Training clips whose recording also lies in a held-out fold.
    """

    train: np.ndarray
    val: np.ndarray
    test: np.ndarray
    left_out: np.ndarray


def fold_split(
    dataset: Dataset, *, val_fold: int, test_fold: int | None = None, unreadable: Collection[str] = ()
) -> Split:
    """Split by the official folds.

    Four recordings of ESC-50 have clips in two folds; a training clip whose recording also lies in a held-out fold is
    left out, and so is a validation clip whose recording lies in the test fold.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    val_fold : int
        Validation fold, one of the data's.
    test_fold : int, optional
        Sealed test fold, one of the data's.
    unreadable : collection of str
        File names of clips that can't be read; they are in no part.

    Returns
    -------
    Split
        Positions of the clips.

    Raises
    ------
    ParameterError
        If a fold is outside 1–10, or both are the same.
    TrainingError
        If the training or validation part is empty; the sentence says why.
    """
    require(val_fold in FOLD_NUMBERS, "val_fold must be in 1–10", val_fold)
    require(
        test_fold in (None, *FOLD_NUMBERS) and test_fold != val_fold,
        "test_fold must be another fold in 1–10",
        test_fold,
    )
    folds = np.where([clip.filename in unreadable for clip in dataset.clips], _NO_FOLD, dataset.folds)
    recordings = np.array([clip.src_file for clip in dataset.clips])
    test = folds == test_fold if test_fold else np.zeros(len(folds), bool)
    val = (folds == val_fold) & ~np.isin(recordings, recordings[test])
    train = (folds != _NO_FOLD) & (folds != val_fold) & ~test
    shared = train & np.isin(recordings, recordings[val | test])
    train &= ~shared
    if not train.any() or not val.any():
        why = _why_empty(dataset, folds, val_fold=val_fold, n_shared=int(shared.sum()))
        raise TrainingError(f"fold {val_fold} leaves no clips to train on or to validate with: {why}")
    return Split(*(np.flatnonzero(part) for part in (train, val, test, shared)))


def _why_empty(dataset: Dataset, folds: np.ndarray, *, val_fold: int, n_shared: int) -> str:
    n_bad = int((folds == _NO_FOLD).sum())
    but = f", and {counted(n_bad, 'clip', 'clips')} can't be read" if n_bad else ""
    if not (folds == val_fold).any():
        return f"there is no clip in fold {val_fold}{but}"
    if n_shared:
        clips = counted(n_shared, "clip of another fold is", "clips of other folds are")
        return f"{clips} from recordings that also lie in a held-out fold; {crossing_sentence(dataset)}"
    if crossing := crossing_sentence(dataset):
        return f"{crossing}{but}"
    return f"all clips lie in held-out folds{but}"


def chosen_clips(dataset: Dataset, categories: Sequence[str] | None) -> Dataset:
    """Return a data set with the clips of some categories only.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    categories : sequence of str or None
        Names to keep, all if None.

    Returns
    -------
    Dataset
        Its categories are in the data set's order, whatever the order of the names.

    Raises
    ------
    TrainingError
        If the data set lacks a category.
    """
    if categories is None:
        return dataset
    unknown = [name for name in categories if name not in dataset.categories]
    if unknown:
        raise TrainingError(f"the data set has no category {unknown[0]!r}")
    return replace(dataset, clips=tuple(clip for clip in dataset.clips if clip.category in categories))


def limit_clips(dataset: Dataset, train: np.ndarray, limits: Mapping[str, int], *, seed: int) -> np.ndarray:
    """Limit the number of training clips of some categories; those kept are drawn with a seed.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    train : numpy.ndarray, shape (n,), int
        Positions of the training clips.
    limits : mapping of str to int
        The most clips to keep, by category.
    seed : int
        Decides which clips are kept.

    Returns
    -------
    numpy.ndarray, shape (n_kept,), int
        Positions, in order.

    Raises
    ------
    TrainingError
        If the data set lacks a category.
    """
    unknown = [name for name in limits if name not in dataset.categories]
    if unknown:
        raise TrainingError(f"limits names the category {unknown[0]!r}, which is not among those that are trained")
    kept = []
    for i, name in enumerate(dataset.categories):
        own = train[dataset.labels[train] == i]
        # each category has a generator of its own, so that a limit on one does not change the others' clips
        rng = np.random.default_rng([seed, *name.encode()])
        kept.append(rng.permutation(own)[: limits.get(name, len(own))])
    return np.sort(np.concatenate(kept))


def split_for(
    dataset: Dataset, config: TrainConfig | GeneratorConfig, *, unreadable: Collection[str] = ()
) -> tuple[Dataset, Split]:
    """Select and split the clips of a run.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    config : TrainConfig or GeneratorConfig
        Categories, folds, limits, and seed.
    unreadable : collection of str
        File names of clips that can't be read.

    Returns
    -------
    dataset : Dataset
        The clips of the run's categories, also those that can't be read.
    split : Split
        Positions in `dataset`.

    Raises
    ------
    TrainingError
        If the data set lacks a category, or a part is empty.
    """
    dataset = chosen_clips(dataset, config.categories)
    split = fold_split(dataset, val_fold=config.val_fold, test_fold=config.test_fold, unreadable=unreadable)
    if len(dataset.categories) < 2:
        raise TrainingError(f"there is only one category, {dataset.categories[0]}; at least two are needed")
    train = limit_clips(dataset, split.train, config.limits, seed=config.seed)
    return dataset, replace(split, train=train)
