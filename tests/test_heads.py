"""Heads on embeddings: what they learn, that any number of patches will do, and what joining seeds means."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from esc_core.dataset import Clip, Dataset
from esc_core.errors import ParameterError
from esc_core.models.compact import compact, rounded
from esc_core.models.network import load_network
from esc_core.yamnet.heads import HeadConfig, pooled, train_head
from studies.yamnet_heads import CONDITIONS, training_clips, versions

QUICK = HeadConfig(n_hidden=16, n_steps=150, batch_size=16, seeds=(0, 1))


def sound(category: int, n_patches: int, seed: int) -> np.ndarray:
    """Return embeddings in which ten numbers of a category are high in one of the patches, the others low noise."""
    rng = np.random.default_rng(seed)
    embeddings = rng.uniform(0, 0.3, (n_patches, 1024)).astype(np.float32)
    embeddings[rng.integers(n_patches), 10 * category : 10 * category + 10] += 3
    return embeddings


@pytest.fixture(scope="module")
def samples() -> tuple[np.ndarray, np.ndarray]:
    targets = np.arange(12) % 3
    return np.stack([pooled(sound(t, 1 + i % 5, i)) for i, t in enumerate(targets)]), targets


def test_pooled_is_mean_then_maximum() -> None:
    embeddings = np.zeros((4, 1024), np.float32)
    embeddings[1, 7] = 2
    features = pooled(embeddings)
    assert features.shape == (2048,)
    assert (features[7], features[1024 + 7], features.sum()) == (0.5, 2, 2.5)


def test_four_samples_a_category_are_enough(samples: tuple[np.ndarray, np.ndarray]) -> None:
    """New sounds of one to nine patches are told apart, and the same patch twice changes nothing."""
    head = train_head(*samples, n_classes=3, config=QUICK)
    for category in range(3):
        for n_patches in (1, 4, 9):
            x = sound(category, n_patches, 100 + n_patches)[None]
            logits = head(x).numpy()
            assert logits.shape == (1, 3)
            assert logits.argmax() == category
            np.testing.assert_allclose(head(np.repeat(x, 2, axis=1)).numpy(), logits, atol=1e-4)


def test_seeds_are_averaged(samples: tuple[np.ndarray, np.ndarray]) -> None:
    """The logits of two seeds together are the mean of those of each alone."""
    one, other, both = (
        train_head(*samples, n_classes=3, config=HeadConfig(n_hidden=16, n_steps=150, batch_size=16, seeds=seeds))
        for seeds in ((0,), (1,), (0, 1))
    )
    x = sound(1, 5, 7)[None]
    alone = np.stack([one(x).numpy(), other(x).numpy()])
    assert np.abs(alone[0] - alone[1]).max() > 0.01
    np.testing.assert_allclose(both(x).numpy(), alone.mean(axis=0), atol=1e-3)


@pytest.mark.parametrize(("n", "targets"), [(0, []), (2, [0]), (2, [0, 3]), (2, [-1, 0])])
def test_samples_that_do_not_fit(n: int, targets: list[int]) -> None:
    with pytest.raises(ParameterError, match=r"(at least 1 sample|a target in \[0, 3\)), got"):
        train_head(np.zeros((n, 2048), np.float32), np.array(targets, int), n_classes=3, config=QUICK)


def test_16_bits_keep_eleven_significant_ones() -> None:
    """As a half-precision float does, but for any exponent."""
    values = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    np.testing.assert_array_equal(rounded(values), values.astype(np.float16).astype(np.float32))
    np.testing.assert_allclose(rounded(values * 1e-9), values * 1e-9, rtol=2**-11)
    assert rounded(np.zeros(3, np.float32)).tolist() == [0, 0, 0]


def test_a_compressed_head_is_smaller_and_answers_alike(samples: tuple[np.ndarray, np.ndarray], tmp_path: Path) -> None:
    head = train_head(*samples, n_classes=3, config=QUICK)
    for layer in head.layers:
        layer.set_weights([rounded(weights) for weights in layer.get_weights()])
    path = tmp_path / "fold1.keras"
    head.save(path)
    before = path.stat().st_size
    compact(path)
    assert path.stat().st_size < 0.7 * before
    x = sound(2, 3, 5)[None]
    np.testing.assert_array_equal(load_network(path)(x).numpy(), head(x).numpy())


def test_a_head_sees_no_recording_of_its_fold(tmp_path: Path) -> None:
    """Neither the clips of the fold nor others cut from the same recordings."""
    rows = ((1, "7"), (2, "7"), (2, "8"), (3, "9"))
    clips = tuple(Clip(f"{fold}-{source}-A-0.wav", fold, 0, "dog", False, source, "A") for fold, source in rows)
    dataset = Dataset(tmp_path, clips)
    assert training_clips(dataset, 1).tolist() == [False, False, True, True]
    assert training_clips(dataset, 3).tolist() == [True, True, True, False]


def test_each_version_has_a_seed_of_its_own() -> None:
    """The conditions are those of the measurements of the other models: the same seeds in the same order."""
    made = versions()
    assert [name for name in made if name in CONDITIONS] == ["clean", "room", "room20", "room10", "noise10", "noise0"]
    assert [made[name][1] for name in CONDITIONS] == [900, 901, 902, 903, 904, 905]
    assert len({seed for _, seed in made.values()}) == len(made)
