"""What makes a score mean little is said in words: recordings in two folds, categories in one, folds without clips."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from esc_core.dataset import load_dataset
from esc_core.dataset.clips import Clip, Dataset
from esc_core.dataset.remarks import crossing_sentence, fold_remarks
from esc_core.errors import TrainingError
from esc_core.training.data.notes import split_notes
from esc_core.training.data.splits import fold_split

NAMES = ("dog", "rooster", "rain")


def table(*rows: tuple[int, int, str]) -> Dataset:
    """Make a data set of (fold, target, recording) without a disk."""
    clips = (
        Clip(f"{fold}-{src}-{i}.wav", fold, target, NAMES[target], False, src, "A")
        for i, (fold, target, src) in enumerate(rows)
    )
    return Dataset(Path("nowhere"), tuple(clips))


def good(*, folds: range = range(1, 6), targets: int = 2) -> list[tuple[int, int, str]]:
    """Return rows with nothing odd: a recording of each category in each fold."""
    return [(fold, target, f"{fold}{target}") for fold in folds for target in range(targets)]


def remarks(dataset: Dataset, *, val_fold: int = 1, unreadable: tuple[str, ...] = ()) -> list[str]:
    """Return what is said before a run."""
    bad = dict.fromkeys(unreadable, "the file is missing")
    return list(split_notes(dataset, fold_split(dataset, val_fold=val_fold, unreadable=bad), bad).sentences)


def test_nothing_is_said_of_a_good_data_set() -> None:
    assert fold_remarks(table(*good())) == []
    assert remarks(table(*good())) == []


@pytest.mark.real_data
def test_nothing_is_said_of_esc_50(esc50_dir: Path) -> None:
    """Four of its 1524 recordings lie in two folds, which is left out without a word."""
    dataset = load_dataset(esc50_dir)
    assert fold_remarks(dataset) == []
    assert [remarks(dataset, val_fold=fold) for fold in range(1, 6)] == [[]] * 5


def test_recordings_in_two_folds() -> None:
    """Five of six cross; the clips that share theirs with the held-out fold do not train."""
    rows = [(fold, 0, src) for src in "abcde" for fold in (1, 2)] + [(3, 0, "f"), (3, 1, "f"), (1, 1, "a")]
    assert crossing_sentence(table(*rows)) == "5 of 6 recordings lie in two folds"
    said = fold_remarks(table(*rows))
    assert said[0] == (
        "5 of 6 recordings lie in two folds. Clips of one recording must lie in one fold: a model that has heard other "
        "parts of a test recording gets a score that is too high."
    )
    assert remarks(table(*rows)) == [
        "5 of 7 training clips are left out, since parts of the same recordings are held out: "
        "5 of 6 recordings lie in two folds."
    ]
    rows.append((4, 0, "a"))
    assert crossing_sentence(table(*rows)) == "5 of 6 recordings lie in two or more folds"


def test_one_recording_for_all() -> None:
    """A constant `src_file` leaves nothing to train on, and the sentence says why."""
    dataset = table(*((fold, target, "0") for fold, target, _ in good()))
    why = "all clips have the same src_file, 0, and so count as one recording"
    assert fold_remarks(dataset)[0].startswith(f"A{why[1:]}. ")
    message = f"fold 1 leaves no clips to train on or to validate with: 8 clips of other folds are .*; {why}$"
    with pytest.raises(TrainingError, match=message):
        fold_split(dataset, val_fold=1)


def test_a_category_in_one_fold() -> None:
    """It can't be learnt while the fold is held out, and not be scored while another is."""
    dataset = table(*good(), (1, 2, "x"), (1, 2, "y"))
    assert fold_remarks(dataset) == [
        "When fold 1 is held out, no clip is left to train on of rain: the other folds have none, or only from the "
        "same recordings."
    ]
    split = fold_split(dataset, val_fold=1)
    notes = split_notes(dataset, split, {})
    assert notes.never_trained == ("rain",)
    assert notes.remarks == (
        "Never trained on: rain, since all clips lie in a fold that is held out. No clip of it can be classified "
        "correctly.",
    )
    assert remarks(dataset, val_fold=2) == ["Not scored: rain. The validation fold has no clip of it."]


def test_a_category_of_one_recording() -> None:
    """Its clips in other folds are left out, so that it is never trained on."""
    dataset = table(*good(), (1, 2, "x"), (2, 2, "x"), (3, 2, "x"))
    assert remarks(dataset)[1] == (
        "Never trained on: rain, since the clips in other folds come from recordings that are held out too. No clip of "
        "it can be classified correctly."
    )


def test_a_category_whose_clips_are_bad() -> None:
    """Those of other folds can't be read."""
    dataset = table(*good(), (1, 2, "x"), (2, 2, "y"))
    assert remarks(dataset, unreadable=("2-y-11.wav",)) == [
        "1 of 12 clips can't be read and is left out: `python -m esc_core data validate` names it.",
        "Never trained on: rain, since the clips in other folds can't be read. No clip of it can be classified "
        "correctly.",
    ]


def test_a_single_category() -> None:
    assert fold_remarks(table(*good(targets=1))) == ["There is only one category, dog: a score on it says nothing."]


def test_a_fold_without_clips() -> None:
    """It is named for all, and again where it is to be held out."""
    official = tuple(
        replace(clip, filename=f"{clip.fold}-{i}-A-{clip.target}.wav") for i, clip in enumerate(table(*good()).clips)
    )
    assert fold_remarks(Dataset(Path("nowhere"), official[:-2])) == ["Fold 5 has no clips."]  # ESC-50 has five
    assert fold_remarks(table(*good(folds=range(1, 4)))) == []  # a data set of three
    assert fold_remarks(table(*good(folds=range(1, 3)), *good(folds=range(4, 5)))) == ["Fold 3 has no clips."]
    dataset = table(*good(folds=range(1, 5)))
    with pytest.raises(TrainingError, match=r"to validate with: there is no clip in fold 5$"):
        fold_split(dataset, val_fold=5)
    with pytest.raises(TrainingError, match=r"to validate with: all clips lie in held-out folds$"):
        fold_split(table(*good(folds=range(1, 2))), val_fold=1)


def test_fold_0_is_always_trained_on() -> None:
    """It is no fold to hold out, and its clips are no bad ones."""
    dataset = table(*good(folds=range(1, 3)), (0, 2, "x"), (0, 2, "y"))
    assert dataset.fold_numbers == (1, 2)
    assert fold_remarks(dataset) == []
    split = fold_split(dataset, val_fold=1)
    assert {dataset.clips[i].fold for i in split.train} == {0, 2}
    assert len(split.train) == 4
    none = table((0, 0, "a"), (0, 1, "b"))
    assert fold_remarks(none) == ["All clips are in fold 0, which is never held out, so no test is possible."]
    assert fold_remarks(table((0, 0, "a"), (0, 1, "c"), (1, 0, "b"))) == [
        "Only fold 1 can be held out: there is no second test."
    ]


def test_a_fold_that_cannot_be_read() -> None:
    dataset = table(*good())
    with pytest.raises(TrainingError, match=r"there is no clip in fold 1, and 2 clips can't be read$"):
        fold_split(dataset, val_fold=1, unreadable=("1-10-0.wav", "1-11-1.wav"))
