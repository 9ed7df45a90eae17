"""Lessons: each arm leaks exactly what it says, and is trained, scored and shown like a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esc_core.config import TrainConfig
from esc_core.dataset import Dataset, load_dataset
from esc_core.dataset.clips import Clip
from esc_core.disk.files import read_rows
from esc_core.errors import ParameterError, TrainingError
from esc_core.training.lessons.lessons import (
    TEST_FOLD,
    Arm,
    LessonSounds,
    leak_folds,
    leaks,
    lesson_arms,
    lesson_config,
)
from esc_core.training.lessons.teach import curves_of, lesson_curves, paired
from esc_core.training.process import control
from esc_core.training.process.control import submit_lesson
from esc_core.training.process.create import create_lesson, create_run
from esc_core.training.process.worker import work
from esc_core.training.runs.heartbeat import StoppedError
from esc_core.training.study.cell import cell_results
from esc_core.training.study.grid import Cell, Grid
from esc_core.training.study.results import as_markdown
from esc_core.training.study.results import read_rows as read_rows_of
from esc_core.training.study.tables import finished_rows, write_results
from tests.small_runs import TINY, write_tones

SHORT = replace(TINY, val_fold=TEST_FOLD, n_epochs=2, no_mix_epochs=0, augment=TINY.augment[:1])


def table(*, per_fold: int, takes: int, n_categories: int = 3, astray: int = 0) -> Dataset:
    """Make a data set without a disk; some recordings have clips in two folds."""
    clips = []
    for fold in range(1, 6):
        for target in range(n_categories):
            for i in range(per_fold):
                src = f"{fold}{target}{i // takes}"
                if i < astray:
                    src = f"x{target}{i}"
                clips.append(Clip(f"{fold}-{src}-{i}-{target}.wav", fold, target, f"c{target}", False, src, "A"))
    return Dataset(Path("nowhere"), tuple(clips))


def arms_of(dataset: Dataset, **settings: object) -> dict[str, Arm]:
    return {arm.name: arm for arm in lesson_arms("leak", dataset, **settings)}


def recordings(dataset: Dataset, sounds: LessonSounds) -> set[str]:
    return {dataset.clips[i].src_file for i in sounds.clips}


@given(
    per_fold=st.integers(2, 8),
    takes=st.integers(1, 4),
    astray=st.integers(0, 1),
    n_categories=st.integers(2, 5),
    seed=st.integers(0, 2**31 - 1),
)
def test_each_arm_leaks_what_it_says(per_fold: int, takes: int, astray: int, n_categories: int, seed: int) -> None:
    """Nothing from the sealed fold anywhere; whole folds leak nothing; kept copies leak siblings only."""
    dataset = table(per_fold=per_fold, takes=takes, n_categories=n_categories, astray=astray)
    arms = arms_of(dataset, seed=seed)
    test_fold, sealed_fold = leak_folds(seed)
    assert list(arms) == ["scattered", "copies_kept", "whole_folds"]
    assert len({len(arm.train) for arm in arms.values()}) == 1
    for arm in arms.values():
        assert {dataset.clips[i].fold for i in arm.sealed.clips} == {sealed_fold}
        assert not arm.sealed.copies.any()
        used = recordings(dataset, arm.train) | recordings(dataset, arm.test)
        assert not used & recordings(dataset, arm.sealed)
        pairs = {(int(i), bool(copy)) for i, copy in zip(arm.train.clips, arm.train.copies, strict=True)}
        tested = {(int(i), bool(copy)) for i, copy in zip(arm.test.clips, arm.test.copies, strict=True)}
        assert not pairs & tested  # the very same samples are never in both
        assert (len(pairs), len(tested)) == (len(arm.train), len(arm.test))
        assert arm.config.seed == seed
    honest, kept = arms["whole_folds"], arms["copies_kept"]
    assert vars(leaks(dataset, honest.train, honest.test)) == {"same_clip": 0, "siblings": 0}
    assert {dataset.clips[i].fold for i in honest.test.clips} == {test_fold}
    assert leaks(dataset, kept.train, kept.test).same_clip == 0
    assert not kept.test.copies.any()


def test_five_repeats_test_and_seal_each_fold_once() -> None:
    """So that it does not matter which is harder; the first is the one that a class sees."""
    folds = [leak_folds(seed) for seed in range(7, 12)]
    assert sorted(test for test, _ in folds) == sorted(sealed for _, sealed in folds) == [1, 2, 3, 4, 5]
    assert all(test != sealed for test, sealed in folds)
    assert leak_folds(0) == (4, 5)
    assert lesson_config("leak", seed=1).val_fold == 3
    assert lesson_config("augmentation", seed=1).val_fold == TEST_FOLD
    assert {clip_fold(arm) for arm in lesson_arms("leak", table(per_fold=2, takes=1), seed=1)} == {4}


def clip_fold(arm: Arm) -> int:
    """Return the fold that no arm is trained on."""
    [fold] = {int(i) // 6 + 1 for i in arm.sealed.clips}  # six clips a fold
    return fold


def test_the_leaky_arms_leak() -> None:
    """With four takes a recording most test sounds have one in training; scattered copies leak the clips themselves."""
    dataset = table(per_fold=8, takes=4, n_categories=10)
    arms = arms_of(dataset)
    n_leaks = {name: leaks(dataset, arm.train, arm.test) for name, arm in arms.items()}
    assert n_leaks["scattered"].same_clip > 0.5 * len(arms["scattered"].test)
    assert n_leaks["copies_kept"].siblings > 0.8 * len(arms["copies_kept"].test)
    assert [len(arm.test) for arm in arms.values()] == [160, 80, 80]
    counts = np.bincount(dataset.labels[arms["copies_kept"].test.clips])
    assert counts.tolist() == [8] * 10
    single = table(per_fold=8, takes=1, n_categories=10)
    kept = arms_of(single)["copies_kept"]
    assert leaks(single, kept.train, kept.test).siblings == 0


def test_leaks_are_counted() -> None:
    """By clip first, then by recording."""
    dataset = table(per_fold=2, takes=2, n_categories=2)
    train = LessonSounds(np.array([0, 2]), np.array([False, True]))
    test = LessonSounds(np.array([0, 1, 2, 3, 8]), np.array([True, False, False, True, False]))
    assert vars(leaks(dataset, train, test)) == {"same_clip": 2, "siblings": 2}


def test_augmentation_differs_in_the_chain_only() -> None:
    """Same clips, same seed, same everything else."""
    dataset = table(per_fold=4, takes=2)
    without, augmented = lesson_arms("augmentation", dataset, seed=3)
    for part in ("train", "test"):
        np.testing.assert_array_equal(getattr(without, part).clips, getattr(augmented, part).clips)
    assert replace(without.config, augment=augmented.config.augment) == augmented.config
    assert augmented.config.augment == TrainConfig.augment
    assert len(without.sealed) == 0
    assert vars(leaks(dataset, without.train, without.test)) == {"same_clip": 0, "siblings": 0}


@pytest.mark.parametrize("lesson", ["leak", "augmentation"])
def test_clips_that_cannot_be_read_are_in_no_arm(lesson: str) -> None:
    """One of each fold is bad; the others are tested as before."""
    dataset = table(per_fold=4, takes=2)
    bad = {int(np.flatnonzero(dataset.folds == fold)[0]) for fold in range(1, 6)}
    names = [dataset.clips[i].filename for i in bad]
    for arm in lesson_arms(lesson, dataset, unreadable=names):
        used = {int(i) for part in (arm.train, arm.test, arm.sealed) for i in part.clips}
        assert not used & bad
    held_out = lesson_arms(lesson, dataset, unreadable=names)[-1]
    before = lesson_arms(lesson, dataset)[-1]
    assert set(before.test.clips.tolist()) - set(held_out.test.clips.tolist()) == bad & set(before.test.clips.tolist())


def test_what_cannot_be_taught() -> None:
    """An unknown lesson, and data without the sealed fold."""
    with pytest.raises(ParameterError, match="lesson must be one of leak, augmentation, got 'x'"):
        lesson_arms("x", table(per_fold=2, takes=1))
    dataset = table(per_fold=2, takes=1)
    less = Dataset(dataset.root, tuple(clip for clip in dataset.clips if clip.fold != 5))
    with pytest.raises(TrainingError, match="fold 5 holds no clips to test on"):
        lesson_arms("leak", less)


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the data once for all tests."""
    return write_tones(tmp_path_factory.mktemp("data") / "tones")


def test_a_lesson_is_a_run(tones: Path, tmp_path: Path) -> None:
    """It is trained by the worker, arm by arm; its rows hold scores with intervals, on the test and the sealed fold."""
    run = create_run(SHORT, tones, lesson="leak")
    work(run)
    status = run.status()
    assert (status.state, status.epoch, status.n_epochs) == ("done", 6, 6)
    assert run.lesson == "leak"
    dataset, curves = load_dataset(tones), lesson_curves(run)
    arms = arms_of(dataset, config=SHORT)
    assert [curve.name for curve in curves] == list(arms)
    for curve, arm in zip(curves, arms.values(), strict=True):
        assert (curve.n_train, curve.n_test, curve.n_sealed) == (len(arm.train), len(arm.test), 6)
        assert (curve.same_clip, curve.siblings) == tuple(vars(leaks(dataset, arm.train, arm.test)).values())
        assert [row["epoch"] for row in curve.rows] == [1, 2]
        for row in curve.rows:
            for score, interval in (("accuracy", "interval"), ("sealed_accuracy", "sealed_interval")):
                assert 0 <= row[interval][0] <= row[score] <= row[interval][1] <= 1
            assert len(row["correct"]) == len(curve.recordings) == curve.n_test
            assert row["correct"].count("1") / curve.n_test == pytest.approx(row["accuracy"])
            assert 0 <= row["train_accuracy"] <= 1
    seconds = [row["seconds"] for curve in curves for row in curve.rows]
    assert seconds == sorted(seconds)
    assert curves_of(read_rows(run.folder / "lesson.jsonl")) == curves

    results = cell_results(run)  # as a study takes them
    assert [result["arm"] for result in results] == list(arms)
    assert [result["accuracy"] for result in results] == [curve.rows[-1]["accuracy"] for curve in curves]
    assert sum(result["seconds"] for result in results) == pytest.approx(seconds[-1], abs=0.2)
    grid = Grid("leak", "How much?", (Cell({}, SHORT),), "leak")
    rows = read_rows_of(grid.cells[0], run.folder, results)
    write_results(tmp_path, grid, rows, command="again")
    found = finished_rows(tmp_path, grid, data="8 kHz, 16-bit copy")[grid.cells[0].id]
    assert [row.values for row in found] == [row.values for row in rows]
    assert as_markdown(grid, rows).count("\n") == 4


def test_a_lesson_on_augmentation(tones: Path) -> None:
    """Nothing is sealed there; a stop ends it between two steps."""
    run = create_run(SHORT, tones, lesson="augmentation")
    work(run)
    without, augmented = lesson_curves(run)
    assert without.recordings == augmented.recordings
    difference = paired(augmented, without)
    assert difference is not None
    assert difference.accuracy == pytest.approx(augmented.last["accuracy"] - without.last["accuracy"])
    assert without.rows[-1]["sealed_accuracy"] is None
    assert without.rows != augmented.rows
    again = create_run(SHORT, tones, lesson="augmentation")
    again.stop_file.touch()
    with pytest.raises(StoppedError):
        work(again)


def test_a_lesson_is_submitted_with_its_settings(tones: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On ten categories at most, with the seed that was asked for."""
    started = []
    monkeypatch.setattr(control, "start_worker", started.append)
    run = submit_lesson("leak", tones, seed=4)
    assert started == [run]
    assert run.config == lesson_config("leak", seed=4)
    with pytest.raises(ParameterError, match="lesson must be one of"):
        submit_lesson("x", tones)
    assert started == [run]


def test_a_lesson_can_be_shorter(tones: Path) -> None:
    """The number of epochs changes, and with it the warm-up; the precision too if asked for; all else stays."""
    config = create_lesson("leak", tones, seed=1, n_epochs=6, dtype="float32").config
    assert (config.n_epochs, config.warmup_epochs, config.no_mix_epochs, config.dtype) == (6, 0, 0, "float32")
    assert replace(config, n_epochs=24, warmup_epochs=2, dtype="auto") == lesson_config("leak", seed=1)
