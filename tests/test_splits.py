"""Splits: the official folds, and no recording in two parts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esc_core.dataset import load_dataset
from esc_core.dataset.clips import Clip, Dataset
from esc_core.errors import ParameterError, TrainingError
from esc_core.training.data.splits import Split, fold_split

LEFT_OUT: dict[int, list[str]] = {
    1: [],
    2: ["3-131943-A-37", "3-134049-A-1"],
    3: ["2-131943-A-38", "2-134049-A-6"],
    4: ["5-209698-A-38", "5-234879-A-1", "5-234879-B-1"],
    5: ["4-209698-A-37", "4-234879-A-6"],
}
"""Clips of the real ESC-50 that may not train where a fold is held out, since their recording lies in that fold too."""


def table(*rows: tuple[int, str]) -> Dataset:
    """Make a data set of (fold, recording) without a disk."""
    clips = (Clip(f"{fold}-{src}-{i}.wav", fold, 0, "dog", False, src, "A") for i, (fold, src) in enumerate(rows))
    return Dataset(Path("nowhere"), tuple(clips))


def parts(split: Split) -> list[list[int]]:
    return [part.tolist() for part in (split.train, split.val, split.test, split.left_out)]


# Positions:    0         1         2         3         4         5         6         7
ROWS = ((1, "a"), (1, "b"), (2, "c"), (2, "b"), (3, "d"), (3, "c"), (4, "e"), (5, "f"))
"""Recording b lies in folds 1 and 2, c in folds 2 and 3."""


def test_one_fold_is_held_out() -> None:
    """The training clip of a recording that is also held out is left out; the rest trains."""
    assert parts(fold_split(table(*ROWS), val_fold=1)) == [[2, 4, 5, 6, 7], [0, 1], [], [3]]
    assert parts(fold_split(table(*ROWS), val_fold=2)) == [[0, 4, 6, 7], [2, 3], [], [1, 5]]
    assert parts(fold_split(table(*ROWS), val_fold=5)) == [[0, 1, 2, 3, 4, 5, 6], [7], [], []]


def test_two_folds_are_held_out() -> None:
    """The sealed fold is whole; a validation clip of a recording in it is used nowhere."""
    assert parts(fold_split(table(*ROWS), val_fold=2, test_fold=1)) == [[4, 6, 7], [2], [0, 1], [5]]
    assert parts(fold_split(table(*ROWS), val_fold=1, test_fold=3)) == [[6, 7], [0, 1], [4, 5], [2, 3]]
    assert parts(fold_split(table(*ROWS), val_fold=4, test_fold=5)) == [[0, 1, 2, 3, 4, 5], [6], [7], []]


@given(
    rows=st.lists(st.tuples(st.integers(1, 5), st.sampled_from("abcdefgh")), min_size=1, max_size=40),
    folds=st.permutations(range(1, 6)),
    sealed=st.booleans(),
)
def test_no_clip_and_no_recording_in_two_parts(rows: list, folds: list[int], sealed: bool) -> None:
    """Whatever the recordings and folds are, the parts are disjoint, and each clip lies where its fold allows."""
    dataset, val_fold, test_fold = table(*rows), folds[0], folds[1] if sealed else None
    try:
        split = fold_split(dataset, val_fold=val_fold, test_fold=test_fold)
    except TrainingError:
        trained = {src for fold, src in rows if fold not in (val_fold, test_fold)}
        watched = {src for fold, src in rows if fold == val_fold}
        sealed_away = {src for fold, src in rows if sealed and fold == test_fold}
        assert not watched - sealed_away or not trained - watched - sealed_away
        return
    train, val, test, left_out = parts(split)
    used = train + val + test
    assert len(set(used)) == len(used)
    recordings = [{rows[i][1] for i in part} for part in (train, val, test)]
    assert not recordings[0] & recordings[1]
    assert not recordings[0] & recordings[2]
    assert not recordings[1] & recordings[2]
    assert test == [i for i, row in enumerate(rows) if row[0] == test_fold]
    assert {rows[i][0] for i in val} == {val_fold}
    assert sorted(train + left_out) == [i for i, row in enumerate(rows) if row[0] not in (val_fold, test_fold)]
    assert {rows[i][1] for i in left_out} <= {src for fold, src in rows if fold in (val_fold, test_fold)}


@pytest.mark.parametrize(
    ("val_fold", "test_fold", "message"),
    [
        (0, None, "val_fold must be in 1–10, got 0"),
        (11, None, "val_fold must be in 1–10, got 11"),
        (1, 0, "test_fold must be another fold in 1–10, got 0"),
        (1, 11, "test_fold must be another fold in 1–10, got 11"),
        (1, 1, "test_fold must be another fold in 1–10, got 1"),
    ],
)
def test_folds_are_one_to_ten(val_fold: int, test_fold: int | None, message: str) -> None:
    """Another number, or one fold twice, is refused with the rule."""
    with pytest.raises(ParameterError, match=re.escape(message)):
        fold_split(table(*ROWS), val_fold=val_fold, test_fold=test_fold)


@pytest.mark.parametrize(
    "rows", [[(1, "a")], [(2, "a")], [(1, "a"), (2, "a")]], ids=["no train", "no val", "one recording"]
)
def test_nothing_left(rows: list) -> None:
    """A part without clips is an error before any training."""
    with pytest.raises(TrainingError, match="fold 1 leaves no clips to train on or to validate with"):
        fold_split(table(*rows), val_fold=1)


@pytest.fixture(scope="module")
def esc50(esc50_dir: Path) -> Dataset:
    """Read the table of the real ESC-50."""
    return load_dataset(esc50_dir)


@pytest.mark.real_data
@pytest.mark.parametrize("val_fold", range(1, 6))
def test_the_real_folds(esc50: Dataset, val_fold: int) -> None:
    """Each fold holds 400 clips; the clips left out are those of the four recordings in two folds, and no others."""
    split = fold_split(esc50, val_fold=val_fold)
    assert sorted(esc50.clips[i].clip_id for i in split.left_out) == LEFT_OUT[val_fold]
    assert [len(part) for part in parts(split)] == [1600 - len(LEFT_OUT[val_fold]), 400, 0, len(LEFT_OUT[val_fold])]


@pytest.mark.real_data
def test_the_real_folds_with_a_sealed_one(esc50: Dataset) -> None:
    """Folds 4 and 5 share two recordings: with both held out only the watched clips go, beside folds of their own."""
    split = fold_split(esc50, val_fold=4, test_fold=5)
    assert [len(part) for part in parts(split)] == [1200, 398, 400, 0]
    missing = set(range(2000)) - {i for part in parts(split) for i in part}
    assert {esc50.clips[i].clip_id for i in missing} == set(LEFT_OUT[5])
    split = fold_split(esc50, val_fold=2, test_fold=5)
    assert [len(part) for part in parts(split)] == [1196, 400, 400, 4]
    assert sorted(esc50.clips[i].clip_id for i in split.left_out) == sorted(LEFT_OUT[2] + LEFT_OUT[5])
