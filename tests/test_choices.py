"""What a run trains on: categories, limits, strategies for rare categories, presets, and the time it will take."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from esc_core import cli
from esc_core.cli.training import train_config
from esc_core.config import BALANCES, TrainConfig
from esc_core.dataset import Dataset, load_dataset
from esc_core.dataset.clips import Clip
from esc_core.errors import ParameterError, TrainingError
from esc_core.features import extract
from esc_core.inference import crop_frames
from esc_core.models import ARCHITECTURES
from esc_core.training import train as training
from esc_core.training.data.balance import class_weights, clip_shares, epoch_clips
from esc_core.training.data.batches import Batches, steps_per_epoch
from esc_core.training.data.inputs import COPYING, READING, Sounds, make_source, prepare, still_to_prepare
from esc_core.training.data.splits import split_for
from esc_core.training.fit.steps import train_step
from esc_core.training.presets import PRESETS, Preset, preset, ten_categories
from esc_core.training.process import worker
from esc_core.training.process.create import create_run
from esc_core.training.study.grid import read_grid
from esc_core.training.timing import expected as timing
from esc_core.training.timing.expected import expected_seconds, known_seconds
from esc_core.training.timing.preparation import Stopwatch
from tests.small_runs import TINY, write_tones

CATEGORIES = ("dog", "rooster", "pig", "cow")


def table(rows: list[tuple[int, int, str]]) -> Dataset:
    """Make a data set of (fold, target, recording) without a disk."""
    clips = (
        Clip(f"{fold}-{src}-{i}-{target}.wav", fold, target, CATEGORIES[target], target < 2, src, "A")
        for i, (fold, target, src) in enumerate(rows)
    )
    return Dataset(Path("nowhere"), tuple(clips))


@given(
    rows=st.lists(
        st.tuples(st.integers(1, 5), st.integers(0, 3), st.sampled_from("abcdefghijkl")), min_size=1, max_size=60
    ),
    folds=st.permutations(range(1, 6)),
    sealed=st.booleans(),
    categories=st.none() | st.lists(st.sampled_from(CATEGORIES), min_size=2, max_size=4, unique=True),
    limits=st.dictionaries(st.sampled_from(CATEGORIES), st.integers(1, 5)),
    balance=st.sampled_from(BALANCES),
    seed=st.integers(0, 9),
)
def test_no_clip_and_no_recording_in_two_parts(
    rows: list, folds: list[int], sealed: bool, categories: list | None, limits: dict, balance: str, seed: int
) -> None:
    """Whatever a config asks for, and of what an epoch goes through: no clip and no recording lies in two parts."""
    config = replace(
        TINY,
        val_fold=folds[0],
        test_fold=folds[1] if sealed else None,
        categories=None if categories is None else tuple(categories),
        limits=limits,
        balance=balance,
        seed=seed,
    )
    try:
        dataset, split = split_for(table(rows), config)
    except TrainingError:
        return
    if categories is not None:
        assert set(dataset.categories) == set(categories)
    used = split.train[epoch_clips(dataset.labels[split.train], balance=balance)]
    assert set(used) == set(split.train)
    parts = [used, split.val, split.test]
    for one in range(3):
        for other in range(one):
            assert not set(parts[one]) & set(parts[other])
            recordings = [{dataset.clips[i].src_file for i in parts[k]} for k in (one, other)]
            assert not recordings[0] & recordings[1]
    assert {dataset.clips[i].fold for i in split.val} == {config.val_fold}
    assert {dataset.clips[i].fold for i in split.test} <= {config.test_fold}
    for name, most in limits.items():
        assert sum(dataset.clips[i].category == name for i in split.train) <= most


def test_limits_keep_the_others_as_they_are() -> None:
    """A limit on dogs draws dogs, the same for the same seed; roosters and the held-out clips stay."""
    dataset = table(
        [(fold, target, f"{fold}{target}{i}") for fold in range(1, 6) for target in (0, 1) for i in range(6)]
    )
    _, whole = split_for(dataset, TINY)
    _, few = split_for(dataset, replace(TINY, limits={"dog": 3}))
    dogs, roosters = (set(np.flatnonzero(dataset.labels == k)) for k in (0, 1))
    assert len(set(few.train) & dogs) == 3
    assert set(few.train) & roosters == set(whole.train) & roosters
    assert set(few.train) <= set(whole.train)
    np.testing.assert_array_equal(few.val, whole.val)
    np.testing.assert_array_equal(few.train, split_for(dataset, replace(TINY, limits={"dog": 3}))[1].train)
    others = {tuple(split_for(dataset, replace(TINY, limits={"dog": 3}, seed=k))[1].train) for k in range(8)}
    assert len(others) > 1


def test_one_category_is_too_few() -> None:
    """The sentence names it."""
    with pytest.raises(TrainingError, match="there is only one category, dog; at least two are needed"):
        split_for(table([(1, 0, "a"), (2, 0, "b")]), TINY)


LABELS = np.array([0] * 8 + [1] * 2 + [3] * 4)


def test_class_weights_make_categories_count_alike() -> None:
    """Clips times weight is the same for each category, and a clip counts 1 on average."""
    weights = class_weights(LABELS, n_classes=4)
    np.testing.assert_allclose([8 * weights[0], 2 * weights[1], 4 * weights[3]], len(LABELS) / 3, rtol=1e-6)
    assert weights[2] == 0
    assert weights[LABELS].mean() == pytest.approx(1)


def test_a_weighted_step() -> None:
    """The loss is that of each clip times its category's weight, mixtures by their shares."""
    import keras
    import tensorflow as tf

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, use_bias=False)])
    weights = np.array([2.0, 0.5], np.float32)
    x = np.random.default_rng(0).normal(size=(3, 3)).astype(np.float32)
    y = np.array([[1, 0], [0, 1], [0.4, 0.6]], np.float32)
    log_probs = np.log(np.asarray(tf.nn.softmax(model(x))))
    expected = np.mean(-(y * log_probs).sum(axis=1) * np.array([2.0, 0.5, 1.1]))
    step = train_step(model, keras.optimizers.SGD(0.1), weights=weights)
    assert float(step(tf.constant(x), tf.constant(y))) == pytest.approx(expected, rel=1e-5)


def test_balanced_drawing() -> None:
    """Each category has the same share."""
    shares = clip_shares(LABELS)
    assert shares.sum() == pytest.approx(1)
    for k in (0, 1, 3):
        assert shares[k == LABELS].sum() == pytest.approx(1 / 3)


def test_rare_categories_are_repeated() -> None:
    """Every clip once, then the rare ones until all categories are equal, spread evenly."""
    indices = epoch_clips(LABELS, balance="augment_rare")
    assert np.bincount(LABELS[indices]).tolist() == [8, 8, 0, 8]
    np.testing.assert_array_equal(indices[: len(LABELS)], np.arange(len(LABELS)))
    assert np.bincount(indices).tolist() == [1] * 8 + [4] * 2 + [2] * 4
    for balance in BALANCES[:3]:
        np.testing.assert_array_equal(epoch_clips(LABELS, balance=balance), np.arange(len(LABELS)))


@pytest.mark.parametrize("balance", BALANCES)
def test_what_an_epoch_draws(balance: str) -> None:
    """Rare categories come up as often as the others if that is the strategy."""
    rng = np.random.default_rng(0)
    mel = rng.uniform(0.5, 1.5, (len(LABELS), 16, 40)).astype(np.float32)
    config = replace(TINY, balance=balance, batch_size=2, augment=TINY.augment[:1])
    source = make_source(Sounds(mel), np.arange(len(LABELS)), config)
    made = Batches(source, LABELS, n_classes=4, config=config)
    assert made.n_steps == steps_per_epoch(LABELS, config) == (12 if balance == "augment_rare" else 7)
    drawn = sum(y.sum(axis=0) for epoch in range(1, 41) for _, y in made.epoch(epoch))
    shares = drawn / drawn.sum()
    even = balance in ("sampling", "augment_rare")
    expected = np.array([1 / 3, 1 / 3, 0, 1 / 3]) if even else np.array([8, 2, 0, 4]) / 14
    np.testing.assert_allclose(shares, expected, atol=0.06)


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the data once for all tests."""
    return write_tones(tmp_path_factory.mktemp("data") / "tones", per_fold=4)


def test_copies_are_made_of_training_clips_only(tones: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies are made of the training part after categories, limits, and sealed fold."""
    given: list[np.ndarray] = []

    class EnoughError(Exception):
        pass

    def prepare(dataset: Dataset, config: TrainConfig, train: np.ndarray, **_: object) -> None:
        given.append(train)
        raise EnoughError

    monkeypatch.setattr(training, "prepare", prepare)
    config = replace(TINY, test_fold=3, categories=("dog", "rain"), limits={"dog": 2})
    with pytest.raises(TrainingError):
        worker.work(create_run(config, tones))
    dataset, split = split_for(load_dataset(tones), config)
    np.testing.assert_array_equal(given[0], split.train)
    assert {dataset.clips[i].fold for i in given[0]} <= {2, 4, 5}


def test_a_run_with_rare_dogs(tones: Path) -> None:
    """Categories, limits and each strategy are trained as asked; the card has the number of clips."""
    for balance in BALANCES:
        config = replace(
            TINY, n_epochs=1, no_mix_epochs=0, categories=("rain", "dog"), limits={"dog": 3}, balance=balance
        )
        run = create_run(config, tones)
        worker.work(run)
        card = json.loads((run.model_dir / "card.json").read_text())
        assert card["labels"] == ["dog", "rain"]
        assert card["n_train"] == 3 + 16
        assert sum(name.endswith("-0") for name in card["trained_on"]) == 3
        assert TrainConfig.from_dict(card["train_config"]) == config


def test_the_quick_presets_take_ten_categories() -> None:
    """Those of ESC-10 first, in the data's order; all where there are no more."""
    clips = (Clip(f"1-{t}-A-{t}.wav", 1, t, f"c{t}", t in (3, 14), str(t), "A") for t in range(15))
    dataset = Dataset(Path("nowhere"), tuple(clips))
    names = ten_categories(dataset)
    assert names == ("c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c14")
    assert ten_categories(table([(1, 0, "a")])) is None
    chosen = {name: PRESETS[name].config(dataset).categories for name in PRESETS}
    assert chosen == {"one-minute": names, "five-minutes": names, "one-fold": None}


def settings_of(*arguments: object) -> TrainConfig:
    return train_config(cli.command_parser().parse_args(["train", *map(str, arguments)]))


def test_presets_on_the_command_line(tones: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A preset implies model and epochs; what is said beside it counts; it excludes a file."""
    given = ("--data", tones, "--val-fold", 2, "--preset", "one-minute")
    config = preset("one-minute").config(load_dataset(tones), val_fold=2)
    assert settings_of(*given) == config
    assert settings_of(*given, "--seed", 3, "--width", 4) == replace(config, seed=3, width=4)
    wave = settings_of(*given, "--model", "wave_cnn")
    assert wave.augment == settings_of("--data", tones, "--val-fold", 2, "--model", "wave_cnn").augment
    with pytest.raises(SystemExit):
        settings_of(*given, "--config", "x.json")
    with pytest.raises(SystemExit):
        settings_of("--help")
    words = re.sub(r"-\n\s+", "-", capsys.readouterr().out).split()
    assert {*PRESETS, *ARCHITECTURES} <= {word.strip(",)") for word in words}
    with pytest.raises(ParameterError, match="preset must be one of"):
        settings_of(*given[:-1], "x")


@pytest.mark.parametrize(
    ("n_epochs", "warmup", "no_mix"),
    [(1, 0, 0), (4, 0, 1), (7, 1, 1), (40, 3, 10), (60, 5, 15), (85, 5, 15), (200, 5, 15), (5000, 5, 15)],
)
def test_one_schedule_for_all(tones: Path, tmp_path: Path, n_epochs: int, warmup: int, no_mix: int) -> None:
    """Preset, command line, file and study take warm-up and final epochs without mixing from the number of epochs."""
    given, path = ("--data", tones, "--val-fold", 2), tmp_path / "config.json"
    usual = settings_of(*given, "--epochs", n_epochs)
    assert (usual.n_epochs, usual.warmup_epochs, usual.no_mix_epochs) == (n_epochs, warmup, no_mix)
    data = load_dataset(tones)
    assert preset("one-fold").config(data, val_fold=2, n_epochs=n_epochs) == usual
    assert settings_of(*given, "--preset", "one-fold", "--epochs", n_epochs) == usual
    short = replace(usual, learning_rate=3e-3)
    assert settings_of(*given, "--preset", "one-minute", "--epochs", n_epochs) == short
    assert preset("one-minute").config(data, val_fold=2, n_epochs=n_epochs) == short
    path.write_text(json.dumps({"n_epochs": n_epochs}))
    assert settings_of(*given, "--config", path) == usual
    path.write_text(json.dumps(TrainConfig(dtype="auto").to_dict()))  # as a run of 85 epochs stores it
    assert settings_of(*given, "--config", path, "--epochs", n_epochs) == usual
    (tmp_path / "grid.toml").write_text(f"folds = [2]\n[settings]\nn_epochs = {n_epochs}\n[factors.a.b]\n")
    [cell] = read_grid(tmp_path / "grid.toml").cells
    assert cell.config == replace(usual, dtype="float32")


def test_a_schedule_of_its_own_is_scaled(tones: Path) -> None:
    """What a recipe says itself keeps its share of the epochs; none stays none, and an epoch with mixing is left."""
    assert preset("five-minutes").config(load_dataset(tones)).n_epochs == 200
    for n_epochs, warmup in ((200, 5), (40, 3), (2, 0)):
        config = settings_of("--data", tones, "--val-fold", 2, "--preset", "five-minutes", "--epochs", n_epochs)
        assert (config.warmup_epochs, config.no_mix_epochs) == (warmup, 0)
    own = TrainConfig(n_epochs=50, warmup_epochs=5, no_mix_epochs=25)
    scaled = {n: own.with_epochs(n) for n in (100, 25, 1)}
    assert {n: (c.n_epochs, c.warmup_epochs, c.no_mix_epochs) for n, c in scaled.items()} == {
        100: (100, 10, 50),
        25: (25, 3, 13),  # 2.5 and 12.5: halves go up
        1: (1, 0, 0),
    }
    with pytest.raises(ParameterError, match=r"n_epochs must be in \[1, 5000\], got 0"):
        own.with_epochs(0)


def test_a_preset_of_another_network(tones: Path) -> None:
    """Its chain is the network's usual one, unless the preset has its own."""
    wave = Preset("wave", "Wave", "A network on waveforms.", ten=True, settings={"model": "wave_cnn", "n_epochs": 20})
    assert wave.config(load_dataset(tones)).augment == ARCHITECTURES["wave_cnn"].chain
    chain = [{"name": "random_crop", "seconds": 1.0}]
    own = replace(wave, settings={**wave.settings, "augment": chain})
    assert own.config(load_dataset(tones)).augment == tuple(chain)


class FakeClock:
    """A clock that goes on by a second whenever it is read."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def test_the_expected_time(tones: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Preparation, steps and evaluations by what they were measured to take, once per network, whatever the epochs."""
    dataset, measured, clock = load_dataset(tones), [], FakeClock()

    def step_seconds(config: TrainConfig) -> dict[str, float]:
        measured.append(config.width)
        clock.now += 19  # with the reading after it 20 s, of which the timed steps take 8 * (0.5 + 0.25)
        return {"float32": 0.5, "mixed_bfloat16": 0.25}

    monkeypatch.setattr(timing, "step_seconds", step_seconds)
    assert known_seconds(TINY, dataset) is None
    # 48 training clips in batches of 4; after each of the 4 epochs 12 held-out clips and 48 others are evaluated, whole
    n_steps, n_crops = 4 * 12, 4 * (12 + 48) * TINY.features.clip_frames / crop_frames(TINY.augment)
    seconds, overhead, reading = 0.5 * (n_steps + n_crops / 3 / 4), 20 - 6, 1.0 * len(dataset.clips)
    assert expected_seconds(TINY, dataset, clock=clock) == pytest.approx(overhead + reading + seconds)
    assert known_seconds(TINY, dataset) == pytest.approx(overhead + reading + seconds)
    extract(dataset, TINY.features)
    assert known_seconds(TINY, dataset) == pytest.approx(overhead + seconds), "what lies in the cache takes no time"
    assert known_seconds(replace(TINY, dtype="auto"), dataset) == pytest.approx(overhead + seconds / 2)
    assert expected_seconds(replace(TINY, n_epochs=8), dataset) == pytest.approx(overhead + 2 * seconds)
    assert known_seconds(replace(TINY, width=3), dataset) is None
    assert measured == [2]
    with pytest.raises(TrainingError, match="no category 'x'"):
        expected_seconds(replace(TINY, categories=("x", "dog")), dataset)


def test_augmented_copies_take_their_time(tones: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain with steps on waveforms waits for its copies, until these lie in the cache."""
    dataset, clock = load_dataset(tones), FakeClock()
    monkeypatch.setattr(timing, "step_seconds", lambda config: {"float32": 0.5, "mixed_bfloat16": 0.25})
    noisy = replace(TINY, augment=({"name": "gain", "gain_db": [-6, 6]}, *TINY.augment), n_copies=3)
    expected_seconds(TINY, dataset, clock=clock)
    assert known_seconds(noisy, dataset) is None, "how long a copy takes was not measured"
    chosen, split = split_for(dataset, noisy)
    with_copies = expected_seconds(noisy, dataset, clock=clock)
    assert still_to_prepare(chosen, noisy, split.train) == {READING: len(chosen.clips), COPYING: 3 * len(split.train)}
    prepare(chosen, noisy, split.train)
    assert still_to_prepare(chosen, noisy, split.train) == {READING: 0, COPYING: 0}
    # a second of the clock for each clip and copy
    saved = with_copies - (known_seconds(noisy, dataset) or 0.0)
    assert saved == pytest.approx(len(chosen.clips) + 3 * len(split.train))


def test_stopwatch_times_what_is_done() -> None:
    """An activity's first item has no beginning; the others have the seconds between them."""
    readings, told = iter([9.0, 10.0, 12.0, 16.0, 100.0]), []
    watch = Stopwatch(lambda *progress: told.append(progress), clock=lambda: next(readings))
    for done in (1, 2, 4):
        watch("reading", done, 4)
    watch("copying", 1, 1)
    assert watch.per_item() == {"reading": 2.0}
    assert (watch.began, watch.seconds) == (9.0, 6.0)
    assert told[-1] == ("copying", 1, 1)
