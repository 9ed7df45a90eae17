"""Sounds that a network makes up: it learns two tones, goes on to the bit, walks, and never hears a held-out fold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esc_core.config import FeatureConfig, GeneratorConfig, TrainConfig
from esc_core.errors import ModelError, ParameterError, TrainingError
from esc_core.features import level_mel, log_mel, mel_power
from esc_core.generate.generator import Generator, GeneratorCard, load_generator
from esc_core.generate.sound import PEAK, approximate_waveform
from esc_core.generate.training.adversaries import Adversaries
from esc_core.generate.training.data import Windows, plain_windows
from esc_core.generate.training.fit import GeneratorEpoch, fit_generator
from esc_core.generate.walk import between_categories, between_points
from esc_core.training.fit.checkpoint import Checkpoint

pytestmark = pytest.mark.timeout(900)  # TensorFlow compiles a step for each training, on a busy machine for minutes

FEATURES = FeatureConfig(sr=8_000, n_fft=512, hop_length=200, n_mels=32, fmax=4_000.0)
HZ = (400.0, 1_600.0)
"""A tone for each category, far apart."""

TINY = GeneratorConfig(
    n_epochs=40,
    batch_size=16,
    width=4,
    n_latent=8,
    averaging=0.9,
    learning_rate=4e-3,
    critic_rate=4e-3,
    show_every=20,
    augment=({"name": "crop_stretch", "n_frames": 16, "rate": 1.0},),
    features=FEATURES,
)


def two_tones() -> tuple[np.ndarray, np.ndarray]:
    """Mel power of 32 clips of a second, and which of both tones each clip is."""
    rng = np.random.default_rng(0)
    labels = np.arange(32) % 2
    t = np.arange(FEATURES.sr) / FEATURES.sr
    waves = [np.sin(2 * np.pi * HZ[k] * t) + 0.05 * rng.standard_normal(t.size) for k in labels]
    return np.stack([mel_power(y.astype(np.float32), FEATURES) for y in waves]), labels


def card(windows: Windows, epoch: int) -> GeneratorCard:
    return GeneratorCard(
        labels=("low", "high"),
        val_fold=5,
        n_clips=32,
        epochs=epoch,
        seed=0,
        n_latent=TINY.n_latent,
        n_frames=windows.n_frames,
        low=windows.low,
        high=windows.high,
        features=FEATURES,
    )


def trained(
    config: GeneratorConfig = TINY,
    *,
    checkpoint: Checkpoint | None = None,
    stop_after: int | None = None,
    seen: list[int] | None = None,
) -> tuple[Generator | None, list[GeneratorEpoch]]:
    mel, labels = two_tones()
    reports: list[GeneratorEpoch] = []
    generator = fit_generator(
        mel,
        labels,
        np.arange(32),
        card=card,
        n_classes=2,
        config=config,
        on_epoch=reports.append,
        on_step=lambda epoch, step: stop_after is None or epoch <= stop_after,
        on_samples=lambda epoch, made: None if seen is None else seen.append(epoch),
        checkpoint=checkpoint,
    )
    return generator, reports


@pytest.fixture(scope="module")
def learnt() -> Generator:
    """Train once for all tests that only look at the result."""
    generator, _ = trained()
    assert generator is not None
    return generator


def peak_hz(y: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(y * np.hanning(y.size)))
    return float(spectrum.argmax() * FEATURES.sr / y.size)


def untrained() -> tuple[Adversaries, Generator]:
    import keras

    keras.utils.set_random_seed(3)
    pair = Adversaries(TINY, n_classes=2, n_frames=16)
    mel, labels = two_tones()
    windows = Windows(mel, labels, np.arange(32), n_classes=2, config=TINY)
    return pair, Generator(card(windows, 0), pair.generator_weights())


def test_it_learns_two_tones_and_makes_both(learnt: Generator) -> None:
    """The waveform of each category has its peak at the category's tone, to a band's width."""
    for label, hz in enumerate(HZ):
        made = learnt.log_mel(learnt.points(4, seed=1), learnt.category(label, n=4))
        assert made.shape == (4, 32, 16)
        peaks = [peak_hz(approximate_waveform(one, FEATURES)) for one in made]
        assert peaks == pytest.approx([hz] * 4, rel=0.15)


def test_both_computations_agree() -> None:
    """What Keras trains and what NumPy computes is the same spectrogram."""
    pair, generator = untrained()
    points = generator.points(3, seed=0)
    weights = between_categories(0, 1, np.array([0.0, 0.3, 1.0]), n_classes=2)
    keras_says = np.asarray(pair.averaged([points, weights]))[..., 0]
    assert generator.card.scaled(generator.log_mel(points, weights)) == pytest.approx(keras_says, abs=1e-4)
    assert keras_says.std() > 0.05


def test_the_critic_is_bounded() -> None:
    """Spectral normalisation: after steps no kernel of the critic stretches its input, whatever the rate."""
    pair, _ = untrained()
    mel, labels = two_tones()
    windows = Windows(mel, labels, np.arange(32), n_classes=2, config=TINY)
    import tensorflow as tf

    for epoch in range(1, 9):
        for batch in windows.epoch(epoch):
            pair.step(*map(tf.constant, batch))
    image = np.zeros((2, 32, 16, 1), np.float32)
    pair.critic([image, np.eye(2, dtype=np.float32)], training=True)  # normalises what the last step moved
    kernels = [v for v in pair.critic.trainable_variables if len(v.shape) > 1]
    norms = [np.linalg.svd(np.asarray(v).reshape(-1, v.shape[-1]), compute_uv=False)[0] for v in kernels]
    assert len(norms) == 7
    assert max(norms) < 1.5


def test_going_on_is_the_same_as_never_stopping(tmp_path: Path) -> None:
    """Stopped in its third epoch and resumed, it ends with the same weights, to the bit."""
    config = replace(TINY, n_epochs=4, show_every=2)
    whole, reports = trained(config)
    checkpoint, seen = Checkpoint(tmp_path / "checkpoint.npz"), []
    stopped, before = trained(config, checkpoint=checkpoint, stop_after=2, seen=seen)
    assert stopped is None
    assert checkpoint.epoch() == 2
    resumed, after = trained(config, checkpoint=checkpoint, seen=seen)
    assert whole is not None
    assert resumed is not None
    assert [*before, *after] == reports
    assert seen == [2, 4]
    for name, values in whole._weights.items():
        assert np.array_equal(values, resumed._weights[name]), name


def test_a_held_out_clip_is_never_read() -> None:
    """Rows that are not trained on may hold anything: no batch changes."""
    mel, labels = two_tones()
    train = np.arange(0, 32, 2)
    spoilt = mel.copy()
    spoilt[1::2] = np.nan
    batches = [list(Windows(one, labels, train, n_classes=2, config=TINY).epoch(1)) for one in (mel, spoilt)]
    for first, second in zip(*batches, strict=True):
        for a, b in zip(first, second, strict=True):
            assert np.array_equal(a, b)
    assert np.array_equal(
        plain_windows(mel, train, n_frames=16, per_clip=2), plain_windows(spoilt, train, n_frames=16, per_clip=2)
    )


def test_the_scale_is_kept(learnt: Generator) -> None:
    """What is scaled comes back, and what is louder than the scale is cut at its end."""
    mel, _ = two_tones()
    x = log_mel(level_mel(mel[0]))
    back = learnt.card.log_mel(learnt.card.scaled(x))
    inside = (x > learnt.card.low) & (x < learnt.card.high)
    assert inside.mean() > 0.9
    assert back[inside] == pytest.approx(x[inside], abs=1e-4)
    assert back.max() == pytest.approx(min(x.max(), learnt.card.high), abs=1e-4)


def test_a_stored_generator_makes_the_same(learnt: Generator, tmp_path: Path) -> None:
    """16 bits are enough, the card comes back whole, and a damaged file is named."""
    path = tmp_path / "made.npz"
    learnt.save(path)
    again = load_generator(path)
    assert again.card == learnt.card
    points = learnt.points(2, seed=5)
    one = learnt.category(1, n=2)
    assert again.log_mel(points, one) == pytest.approx(learnt.log_mel(points, one), abs=0.05)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ModelError, match=r"made\.npz holds no generator"):
        load_generator(path)


def test_the_same_seed_is_the_same_sound(learnt: Generator) -> None:
    """Points of a seed do not depend on how many are drawn; another seed gives another sound."""
    assert np.array_equal(learnt.points(5, seed=7)[:2], learnt.points(2, seed=7))
    made = [learnt.log_mel(learnt.points(1, seed=seed), learnt.category(0))[0] for seed in (7, 8)]
    assert np.abs(made[0] - made[1]).max() > 1e-3
    waves = [approximate_waveform(made[0], FEATURES, seed=seed) for seed in (0, 0, 1)]
    assert np.array_equal(waves[0], waves[1])
    assert not np.array_equal(waves[0], waves[2])


def test_a_waveform_comes_back_from_its_spectrogram() -> None:
    """A tone keeps its height, its length and its pauses, and no sample is clipped; silence stays silence."""
    t = np.arange(FEATURES.sr) / FEATURES.sr
    y = (0.4 * np.sin(2 * np.pi * 1_000 * t) * (t < 0.5)).astype(np.float32)
    back = approximate_waveform(log_mel(mel_power(y, FEATURES)), FEATURES)
    assert abs(back.size - y.size) <= FEATURES.hop_length
    assert np.abs(back).max() == pytest.approx(PEAK)
    assert peak_hz(back[: back.size // 2]) == pytest.approx(1_000, rel=0.06)
    loud, quiet = np.square(back[:3_600]).mean(), np.square(back[4_800:]).mean()
    assert quiet < 1e-3 * loud
    silence = np.full((32, 16), np.log10(2e-9), np.float32)
    assert not approximate_waveform(silence, FEATURES).any()
    with pytest.raises(ParameterError, match="log_mel must have shape"):
        approximate_waveform(silence[:30], FEATURES)


def test_a_walk_begins_and_ends_at_its_points() -> None:
    """The ends are the two points to the bit; on the way the length never shrinks as on a straight line."""
    a, b = np.random.default_rng(0).standard_normal((2, 64)).astype(np.float32)
    way = between_points(a, b, np.linspace(0, 1, 5))
    assert np.array_equal(way[0], a)
    assert np.array_equal(way[-1], b)
    lengths = np.linalg.norm(way, axis=1)
    assert np.diff(lengths) == pytest.approx(np.diff(lengths)[0], abs=1e-4)
    cosine = [float(p @ a / np.linalg.norm(p) / np.linalg.norm(a)) for p in way]
    assert np.diff(np.arccos(np.clip(cosine, -1, 1))) == pytest.approx(np.arccos(cosine[-1]) / 4, abs=1e-3)
    assert between_points(a, a, np.array([0.5]))[0] == pytest.approx(a)
    with pytest.raises(ParameterError, match="shares must be in"):
        between_points(a, b, np.array([1.2]))


def test_a_walk_between_categories_adds_up_to_one(learnt: Generator) -> None:
    """Its ends are the two categories, and so are the sounds."""
    weights = between_categories(1, 0, np.array([0.0, 0.25, 1.0]), n_classes=2)
    assert weights.tolist() == [[0, 1], [0.25, 0.75], [1, 0]]
    point = learnt.points(1, seed=2)
    made = learnt.log_mel(np.repeat(point, 3, axis=0), weights)
    assert made[0] == pytest.approx(learnt.log_mel(point, learnt.category(1))[0], abs=1e-5)
    assert made[2] == pytest.approx(learnt.log_mel(point, learnt.category(0))[0], abs=1e-5)


def test_settings_come_back_and_say_their_kind() -> None:
    """A generator's settings are told from a classifier's, and neither reads the other's."""
    config = replace(TINY, categories=("dog", "rain"))
    values = config.to_dict()
    assert values["kind"] == "generator"
    assert GeneratorConfig.from_dict(values) == config
    with pytest.raises(ParameterError, match="no setting of this name"):
        TrainConfig.from_dict(values)
    with pytest.raises(ParameterError, match="averaging must be in"):
        replace(TINY, averaging=1.0)
    mel, labels = two_tones()
    with pytest.raises(TrainingError, match="at least 2 clips"):
        Windows(mel, labels, np.array([0]), n_classes=2, config=TINY)
