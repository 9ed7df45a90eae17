"""Folds of data sets of one's own, as properties over odd collections."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esc_core.dataset.own.folds import deal

SAMPLES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), max_size=60).map(
    lambda pairs: [(f"g{group}", f"c{category}") for group, category in pairs]
)
"""Any collection: groups may hold samples of many categories."""

APART = st.lists(st.lists(st.integers(1, 6), min_size=1, max_size=9), min_size=1, max_size=5).map(
    lambda sizes: [
        (f"c{c}g{g}", f"c{c}") for c, groups in enumerate(sizes) for g, n in enumerate(groups) for _ in range(n)
    ]
)
"""Collections in which each group holds samples of one category, as most do."""


def dealt(samples: list[tuple[str, str]]) -> np.ndarray:
    return deal([group for group, _ in samples], [category for _, category in samples])


@given(SAMPLES | APART)
def test_no_group_lies_in_two_folds(samples: list[tuple[str, str]]) -> None:
    found = defaultdict(set)
    for (group, _), fold in zip(samples, dealt(samples), strict=True):
        found[group].add(fold)
    assert all(len(folds) == 1 for folds in found.values())


@given(SAMPLES | APART)
def test_no_category_is_held_out_as_a_whole(samples: list[tuple[str, str]]) -> None:
    """Whichever fold is held out, each of its categories has samples left to train on."""
    folds = dealt(samples)
    for fold in set(folds.tolist()) - {0}:
        held, train = (
            {category for (_, category), k in zip(samples, folds, strict=True) if (k == fold) is inside}
            for inside in (True, False)
        )
        assert held <= train


@given(SAMPLES | APART)
def test_folds_are_numbered_from_one_without_gaps(samples: list[tuple[str, str]]) -> None:
    used = sorted(set(dealt(samples).tolist()) - {0})
    assert used == list(range(1, len(used) + 1))
    assert len(used) in (0, 2, 3, 4, 5)


@given(SAMPLES | APART, st.randoms(use_true_random=False))
def test_the_order_of_samples_does_not_matter(samples: list[tuple[str, str]], random: object) -> None:
    folds = dict(zip(samples, dealt(samples).tolist(), strict=True))
    shuffled = sorted(samples, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert dict(zip(shuffled, dealt(shuffled).tolist(), strict=True)) == folds


@given(APART)
def test_groups_of_one_category_are_spread_evenly(samples: list[tuple[str, str]]) -> None:
    """As many folds as the rarest category has groups, at most five; each fold has as many of its groups, or one less.

    The group of a category that has no other is in no fold.
    """
    folds = dict(zip((group for group, _ in samples), dealt(samples).tolist(), strict=True))
    by_category = defaultdict(list)
    for group, category in set(samples):
        by_category[category].append(folds[group])
    n_groups = [len(own) for own in by_category.values() if len(own) > 1]
    n_folds = min([5, *n_groups]) if n_groups else 0
    for own in by_category.values():
        counts = Counter(own)
        if len(own) == 1 or not n_folds:
            assert set(own) == {0}
        else:
            assert set(counts) == set(range(1, n_folds + 1))
            assert max(counts.values()) - min(counts.values()) <= 1


@pytest.mark.parametrize(
    ("samples", "folds"),
    [
        ([], []),
        ([("a", "x"), ("b", "y")], [0, 0]),
        ([("a", "x"), ("b", "x")], [1, 2]),
        ([("a", "x"), ("b", "x"), ("c", "y"), ("d", "y"), ("n", "background")], [1, 2, 1, 2, 0]),
        ([("a", "x"), ("a", "y"), ("b", "x"), ("c", "y")], [1, 1, 2, 2]),
        # a group with the only samples of a category is always trained on, and with it those of its other categories
        ([("a", "x"), ("a", "only"), ("b", "x"), ("c", "x")], [0, 0, 1, 2]),
    ],
)
def test_small_collections(samples: list[tuple[str, str]], folds: list[int]) -> None:
    assert dealt(samples).tolist() == folds
