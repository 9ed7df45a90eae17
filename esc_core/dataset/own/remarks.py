"""What a set lacks before something can be learnt or tested, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from esc_core.config import OwnLimits
from esc_core.dataset.own.contents import Contents, Sample
from esc_core.dataset.own.names import is_background
from esc_core.words import counted, listed, readable

FEW_SAMPLES = 5
"""Samples of a category below which little can be learnt of it."""

UNEVEN = 4
"""A category is rare if the largest one has more than this many times its samples."""

NEARLY_FULL = 0.9
"""Share of a limit from which on a remark is made, before it bites."""


def remarks_on(contents: Contents, *, n_folds: int, n_bytes: int, limits: OwnLimits) -> list[str]:
    """Return what should be added or changed; nothing for a set that can be learnt and tested.

    Parameters
    ----------
    contents : Contents
        The set.
    n_folds : int
        Folds that were dealt; 0 if no test is possible.
    n_bytes : int
        Size of its sounds, in bytes.
    limits : OwnLimits
        The limits of a set.

    Returns
    -------
    list of str
        Sentences.
    """
    # two seconds of the room are enough, and nobody tests them
    categories = [name for name in contents.categories if not is_background(name)]
    by_category = {name: [s for s in contents.samples if s.category == name] for name in categories}
    return [
        *_on_categories(len(by_category), limits),
        *_on_counts({name: len(own) for name, own in by_category.items()}),
        *_on_groups(by_category, n_folds),
        *_on_limits(len(contents.samples), n_bytes, limits),
    ]


def _on_categories(n: int, limits: OwnLimits) -> list[str]:
    if n < limits.few_categories:
        return ["Add at least two categories: with fewer, there is nothing to tell apart."]
    if n > limits.many_categories:
        return [f"There are {n} categories: from about {limits.many_categories} on, each needs many samples."]
    return []


def _on_counts(counts: dict[str, int]) -> list[str]:
    most = max(counts.values(), default=0)
    empty = [name for name, n in counts.items() if n == 0]
    few = [name for name, n in counts.items() if 0 < n < FEW_SAMPLES]
    rare = [name for name, n in counts.items() if n >= FEW_SAMPLES and n * UNEVEN < most]
    sentences = []
    if empty and most:
        sentences.append(f"{_names(empty)} {_has(empty)} no sample yet.")
    if few:
        sentences.append(f"{_names(few)} {_has(few)} fewer than {FEW_SAMPLES} samples: record some more.")
    if rare:
        sentences.append(
            f"{_names(rare)} {_has(rare)} far fewer samples than the largest category, which has {most}: "
            "a model will seldom choose what it has seldom heard."
        )
    return sentences


def _on_groups(by_category: dict[str, list[Sample]], n_folds: int) -> list[str]:
    single = [name for name, own in by_category.items() if own and len({sample.group for sample in own}) == 1]
    if not any(by_category.values()):
        return []
    if n_folds == 0:
        return [
            "No test is possible yet: at least two categories need sounds from two different recordings, one to learn "
            "from and one to test on."
        ]
    sentences = []
    if single:
        n = len(by_category[single[0]])
        sentences.append(
            f"{_names(single)} {_has(single)} sounds from one recording only, so nothing of "
            f"{'it' if len(single) == 1 else 'them'} can be tested: {counted(n, 'sample', 'samples')} of one "
            f"{readable(single[0])} {'is' if n == 1 else 'are'} still one {readable(single[0])}."
        )
    return sentences


def _on_limits(n_samples: int, n_bytes: int, limits: OwnLimits) -> list[str]:
    sentences = []
    if n_samples >= NEARLY_FULL * limits.max_samples:
        sentences.append(f"The set has {n_samples:,} of at most {limits.max_samples:,} samples.")
    if n_bytes >= NEARLY_FULL * limits.max_bytes:
        sentences.append(f"The sounds take {n_bytes / 1e9:.1f} of at most {limits.max_bytes / 1e9:g} GB.")
    return sentences


def _names(names: Sequence[str]) -> str:
    return listed([readable(name) for name in names])


def _has(names: Sequence[str]) -> str:
    return "has" if len(names) == 1 else "have"
