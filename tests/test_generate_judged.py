"""What generated sounds are worth: names, copies, diversity; and the experiment on classifiers, without training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from esc_core.config import FeatureConfig
from esc_core.dataset import load_dataset
from esc_core.errors import ParameterError, TrainingError
from esc_core.generate.generator import Generator
from esc_core.generate.worth.arms import ARMS, Arm, classifier_config, mixture
from esc_core.generate.worth.drawn import made_sounds, mel_of
from esc_core.generate.worth.experiment import Experiment
from esc_core.generate.worth.judge import judge, named_as_meant
from esc_core.generate.worth.judged import fingerprint, judged, read_judged, write_judged
from esc_core.generate.worth.outcome import COLUMNS, compare_arms
from esc_core.generate.worth.resemblance import RARE, diversity, find_copies, frechet_distance
from esc_core.training.data.splits import Split, fold_split
from tests.small_generator import random_generator
from tests.small_runs import NAMES, TINY, write_tones


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the data once for all tests."""
    return write_tones(tmp_path_factory.mktemp("data") / "tones")


def test_named_as_meant() -> None:
    """Two of three are, with Wilson's interval; each category has its share."""
    probs = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])
    named = named_as_meant(probs, np.array([0, 1, 1]), ("dog", "rain"), real=0.9)
    assert (named.n_correct, named.n, named.chance, named.real) == (2, 3, 0.5, 0.9)
    assert named.by_category == {"dog": 1.0, "rain": 0.5}
    assert named.interval == pytest.approx((0.208, 0.939), abs=1e-3)


def test_a_planted_copy_is_found() -> None:
    """Of twenty new sounds one is a training sound with a breath of noise: it alone is above the limit."""
    rng = np.random.default_rng(0)
    train, held_out, made = rng.standard_normal((60, 24)), rng.standard_normal((40, 24)), rng.standard_normal((20, 24))
    made[7] = train[31] + 1e-3 * rng.standard_normal(24)
    copies = find_copies(made, train, held_out)
    assert copies.nearest[7] == 31
    assert copies.similarity[7] > 0.999
    assert copies.similarity[7] > copies.limit
    assert np.flatnonzero(copies.similarity > 0.95).tolist() == [7]
    assert copies.share <= 3 / 20
    all_copied = find_copies(train[:20], train, held_out)
    assert (all_copied.share, all_copied.closer) == (1.0, 1.0)
    none = find_copies(held_out, train, held_out)
    assert none.share == pytest.approx(RARE, abs=0.03)
    assert none.closer == pytest.approx(0.5)


def test_frechet_distance() -> None:
    """It is 0 for the same set, the squared gap of the means, and that of the deviations: (3 - 1)² in each number."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((4_000, 3))
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-6)
    assert frechet_distance(x, x + np.array([1, 0, 2])) == pytest.approx(5, rel=1e-6)
    x = (x - x.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(x, rowvar=False))).T
    assert frechet_distance(x, 3 * x) == pytest.approx(3 * (3 - 1) ** 2, rel=1e-3)


def test_a_collapsed_generator_is_far_from_real_sounds() -> None:
    """One sound again and again is far from real ones, farther than their halves from each other."""
    rng = np.random.default_rng(2)
    real, folds = rng.standard_normal((200, 8)), np.repeat([1, 2, 3, 4], 50)
    collapsed = diversity(np.repeat(real[:1], 100, axis=0), real, folds)
    good = diversity(rng.standard_normal((100, 8)), real, folds)
    assert collapsed.floor == good.floor
    assert collapsed.n == 100
    assert collapsed.distance > 10 * collapsed.floor
    assert good.distance < 3 * good.floor
    with pytest.raises(ParameterError, match="at least 2 folds"):
        diversity(real, real, np.ones(200))


class Parrot(Generator):
    """A generator that only repeats clips that it has heard."""

    def __init__(self, mel: np.ndarray, labels: np.ndarray, split: Split, base: Generator) -> None:
        self.card = base.card
        self._own = {int(k): mel[[i for i in split.train if labels[i] == k]] for k in np.unique(labels)}

    def log_mel(self, points: np.ndarray, categories: np.ndarray) -> np.ndarray:
        n = self.card.n_frames
        own = [self._own[int(c.argmax())][i % 8, :, :n] for i, c in enumerate(categories)]
        return np.log10(np.stack(own) + 2e-9)


def test_a_generator_that_repeats_its_clips_is_found_out(tones: Path) -> None:
    """Each of its sounds is nearest to the very clip that it repeats, and nearer than any real one is."""
    dataset = load_dataset(tones)
    features = TINY.features
    rng = np.random.default_rng(0)
    # each clip has a spectrum of its own, which hardly changes with time
    spectra = 10 ** rng.standard_normal((len(dataset.clips), 16, 1))
    mel = (spectra * rng.uniform(0.9, 1.1, (len(dataset.clips), 16, 60))).astype(np.float32)
    split = fold_split(dataset, val_fold=5)
    parrot = Parrot(mel, dataset.labels, split, random_generator(NAMES, features=features))
    always_dog = np.array([[1.0, 0.0, 0.0]])
    found = judge(
        parrot, dataset, mel, split, classify=lambda mels: always_dog.repeat(len(mels), axis=0), per_category=4
    )
    assert found.named is not None
    assert (found.named.accuracy, found.named.real) == (1 / 3, 1 / 3)
    repeated = [i for k in range(3) for i in [i for i in split.train if dataset.labels[i] == k][:4]]
    assert found.copies.nearest.tolist() == repeated
    assert (found.copies.share, found.copies.closer) == (1.0, 1.0)
    with pytest.raises(ParameterError, match="the categories must be dog, rooster, rain"):
        judge(parrot, replace(dataset, clips=dataset.clips[:1]), mel, split)


def test_generated_clips_never_enter_a_held_out_part(tones: Path) -> None:
    """They are rows after the real ones, only trained on; a generator that has heard the fold is refused."""
    dataset = load_dataset(tones)
    split = fold_split(dataset, val_fold=3)
    mel = np.ones((len(dataset.clips), 16, 60), np.float32)
    generator = random_generator(NAMES, features=TINY.features, val_fold=3)
    for arm in ARMS:
        mixed = mixture(mel, dataset.labels, split, generator, arm, val_fold=3, seed=0)
        assert np.array_equal(mixed.val, split.val)
        assert (mixed.val < len(dataset.clips)).all()
        assert not set(mixed.train) & set(mixed.val)
        real = mixed.train[mixed.train < len(dataset.clips)]
        assert np.array_equal(real, split.train if arm.real else split.train[:0])
        assert np.array_equal(mixed.mel[: len(mel)], mel)
        assert mixed.n_generated == {"generated_50": 12, "generated_100": 24, "generated_only": 24}.get(arm.name, 0)
        made = mixed.labels[mixed.train[mixed.train >= len(mel)]]
        assert len(set(np.bincount(made, minlength=3))) == 1
    heard = random_generator(NAMES, features=TINY.features, val_fold=4)
    with pytest.raises(TrainingError, match="has heard fold 3"):
        mixture(mel, dataset.labels, split, heard, ARMS[2], val_fold=3, seed=0)


def test_made_sounds_are_mel_power() -> None:
    """As many of each category as asked for, other ones by another seed, the same by the same."""
    generator = random_generator(("dog", "rain"), features=TINY.features)
    made, labels = made_sounds(generator, per_category=3, seed=1)
    assert made.shape == (6, 16, 32)
    assert labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert np.array_equal(made, made_sounds(generator, per_category=3, seed=1)[0])
    assert not np.array_equal(made, made_sounds(generator, per_category=3, seed=2)[0])
    assert mel_of(made) == pytest.approx(10.0**made, rel=1e-5)


@pytest.mark.parametrize("n_train", [320, 480, 640])
def test_all_arms_have_as_many_steps(n_train: int) -> None:
    """With half as many and with twice as many clips the epochs are fewer, so that the steps are the same."""
    for arm in ARMS:
        config = classifier_config(arm, val_fold=2, seed=1, n_train=n_train)
        assert config.n_epochs * (n_train // config.batch_size) == 600
        assert (len(config.augment) > 1) is arm.augmented


class Counted(Experiment):
    """The experiment without training: each cell is right about a known share."""

    cells: list[tuple[str, int, int]]

    def generator(self, fold: int, split: Split) -> Generator:
        return random_generator(NAMES, features=FeatureConfig(), val_fold=fold)

    def _cell(self, arm: Arm, fold: int, seed: int, split: Split, generator: Generator) -> dict[str, Any]:
        if len(self.cells) == self.most:
            raise KeyboardInterrupt
        self.cells.append((arm.name, fold, seed))
        correct = "110" if arm.name == "real" else "111" if arm.name == "augmented" else "000"
        row = dict.fromkeys(COLUMNS, 0) | {"arm": arm.name, "fold": fold, "seed": seed, "dtype": "float32"}
        return row | {"correct": "c" + correct * (len(split.val) // 3)}

    most = 10_000


def test_the_experiment_goes_on_where_it_was_stopped(tones: Path, tmp_path: Path) -> None:
    """Each cell is stored as it is done, and none is trained twice; the summary has gains with intervals."""
    dataset = load_dataset(tones)
    first = Counted(dataset, tmp_path, n_seeds=2)
    first.cells, first.most = [], 7
    with pytest.raises(KeyboardInterrupt):
        first.run()
    second = Counted(dataset, tmp_path, n_seeds=2)
    second.cells = []
    rows = second.run()
    assert first.cells + second.cells == [
        (arm.name, fold, seed) for fold in range(1, 6) for seed in range(2) for arm in ARMS
    ]
    assert len(rows) == 50
    outcome = second.outcome()
    assert outcome is not None
    assert (outcome.folds, outcome.n_seeds) == ((1, 2, 3, 4, 5), 2)
    found = outcome.arms
    assert {name: one.accuracy for name, one in found.items()} == pytest.approx(
        {"real": 2 / 3, "augmented": 1, "generated_50": 0, "generated_100": 0, "generated_only": 0}
    )
    assert {name: one.gap.accuracy for name, one in found.items()} == pytest.approx(
        {"real": 0, "augmented": 1 / 3, "generated_50": -2 / 3, "generated_100": -2 / 3, "generated_only": -2 / 3}
    )
    low, high = found["real"].interval
    assert 0.3 < low < 2 / 3 < high < 0.95
    held_out = {fold: [str(i) for i in range(6)] for fold in range(1, 6)}
    with pytest.raises(TrainingError, match="the table is of 5 held-out clips in fold 1, the data of 6"):
        compare_arms([row | {"correct": row["correct"][:-1]} for row in rows], held_out)
    with pytest.raises(TrainingError, match="two rows of real, fold 1, seed 0"):
        compare_arms([*rows, rows[0]], held_out)
    assert compare_arms([], held_out) is None


def test_an_experiment_that_is_still_running_is_compared_where_it_is_whole() -> None:
    """Folds count that have all arms and as many repeats as the best of them; before that there is nothing to say."""
    row = {"n_steps": "600", "generator_epochs": "150", "correct": "c10", "data": "original"}
    held_out = {fold: ["a", "b"] for fold in (1, 2, 3)}
    keys = [(arm.name, fold, seed) for fold in (1, 2, 3) for seed in (0, 1) for arm in ARMS]
    rows = [row | {"arm": arm, "fold": str(fold), "seed": str(seed)} for arm, fold, seed in keys]
    for n, folds, n_seeds in ((4, None, 0), (5, (1,), 1), (9, (1,), 1), (10, (1,), 2), (17, (1,), 2), (20, (1, 2), 2)):
        found = compare_arms(rows[:n], held_out)
        assert (found and (found.folds, found.n_seeds)) == (folds and (folds, n_seeds))


def test_what_was_found_of_a_generator_becomes_a_row(tones: Path, tmp_path: Path) -> None:
    """Judged again it replaces its row, and another one joins it; the nearest clip is named; a damaged table is."""
    dataset, generator = load_dataset(tones), random_generator(NAMES, features=TINY.features)
    mel = np.random.default_rng(0).uniform(0, 1, (len(dataset.clips), 16, 60)).astype(np.float32)
    split = fold_split(dataset, val_fold=5)
    right = np.eye(3).repeat(4, axis=0)
    found = judge(generator, dataset, mel, split, classify=lambda mels: right[: len(mels)], per_category=4)
    table = tmp_path / "results" / "generators.csv"
    for name in ("first", "second", "first"):
        generator.save(tmp_path / f"{name}.npz")
        row = judged(tmp_path / f"{name}.npz", generator.card, found, dataset.clips, model="mel_cnn", seed=1)
        write_judged(table, row)
    rows = read_judged(table.parent)
    assert [one.generator for one in rows] == ["first", "second"]
    first = rows[0]
    assert (first.n, first.n_correct, first.accuracy, first.model, first.epochs) == (12, 12, 1.0, "mel_cnn", 40)
    assert first.interval == pytest.approx((0.7575, 1.0), abs=1e-3)
    assert first.file == fingerprint(tmp_path / "first.npz")
    assert first.nearest_clip == dataset.clips[found.copies.nearest[found.copies.similarity.argmax()]].filename
    assert (first.distance, first.floor) == pytest.approx((found.diversity.distance, found.diversity.floor), abs=1e-4)
    assert read_judged(tmp_path) == []
    with pytest.raises(TrainingError, match="needs a model that names the sounds"):
        judged(tmp_path / "first.npz", generator.card, replace(found, named=None), dataset.clips, model="", seed=1)
    table.write_text(table.read_text().replace(",12,12,", ",12,13,", 1))
    with pytest.raises(TrainingError, match=r"the table generators\.csv in .* is damaged: 13 of 12 sounds"):
        read_judged(table.parent)
