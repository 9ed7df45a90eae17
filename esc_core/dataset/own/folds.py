"""Groups of samples → folds: no group in two folds, each fold with each category where there are groups enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

MOST_FOLDS = 5
"""Folds where groups suffice, as many as ESC-50 has."""


def deal(groups: Sequence[str], categories: Sequence[str], *, most: int = MOST_FOLDS) -> np.ndarray:
    """Return the fold of each sample.

    There are as many folds as the category with the fewest groups has groups, from two on; a category with a single
    group does not count. The same samples always get the same folds, in whatever order they come.

    Parameters
    ----------
    groups, categories : sequence of str, length n
        Group and category of each sample. A group may hold samples of more than one category.
    most : int
        Largest number of folds.

    Returns
    -------
    numpy.ndarray, shape (n,), int
        Folds from 1 on. 0 is never held out: the group of a category that has no other group, without which nothing
        of it would be left to train on. All are 0 if no test is possible.
    """
    members: dict[str, Counter[str]] = {}
    for group, category in zip(groups, categories, strict=True):
        members.setdefault(group, Counter())[category] += 1
    folds = _renumbered(_rescued(_dealt(members, most), members))
    return np.array([folds[group] for group in groups], int)


def _dealt(members: dict[str, Counter[str]], most: int) -> dict[str, int]:
    """Deal the groups, those of the rarest categories first, large ones before small ones."""
    n_groups = Counter(category for own in members.values() for category in own)
    free = {group: own for group, own in members.items() if all(n_groups[category] > 1 for category in own)}
    n_free = Counter(category for own in free.values() for category in own)
    n_folds = max(2, min([most, *(n for n in n_free.values() if n > 1)]))
    placed: list[Counter[str]] = [Counter() for _ in range(n_folds)]  # groups of each category, by fold
    sizes: list[Counter[str]] = [Counter() for _ in range(n_folds)]  # samples of each category, by fold
    folds = dict.fromkeys(members, 0)
    for group in sorted(free, key=lambda name: (min(n_free[c] for c in free[name]), -free[name].total(), name)):
        own = free[group]

        def load(k: int, own: Counter[str] = own) -> tuple[int, int, int, int]:
            return sum(placed[k][c] for c in own), sum(sizes[k][c] for c in own), sizes[k].total(), k

        fold = min(range(n_folds), key=load)
        placed[fold].update(dict.fromkeys(own, 1))
        sizes[fold].update(own)
        folds[group] = fold + 1
    return folds


def _rescued(folds: dict[str, int], members: dict[str, Counter[str]]) -> dict[str, int]:
    """Move a group to fold 0 where all of a category would be held out at once; groups of many categories do that."""
    folds = dict(folds)
    for category in sorted({category for own in members.values() for category in own}):
        own = [group for group in members if category in members[group]]
        if len({folds[group] for group in own}) == 1 and folds[own[0]] != 0:
            folds[min(own, key=lambda group: (members[group].total(), group))] = 0
    return folds


def _renumbered(folds: dict[str, int]) -> dict[str, int]:
    used = sorted(set(folds.values()) - {0})
    if len(used) < 2:
        return dict.fromkeys(folds, 0)
    numbers = {0: 0, **{fold: k for k, fold in enumerate(used, start=1)}}
    return {group: numbers[fold] for group, fold in folds.items()}
