"""Two forms of a network: the twin that trains faster, and the one that only answers."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from esc_core.config import TrainConfig
from esc_core.models import ARCHITECTURES, architecture
from esc_core.models.folded import folded
from esc_core.training.fit.twin import training_twin


def network(name: str) -> keras.Model:
    """Build a small network whose batch norms have seen something."""
    keras.utils.set_random_seed(1)
    config = TrainConfig(model=name, width=4, dropout=0.0, augment=architecture(name).chain)
    model = architecture(name).build(config, n_classes=5, mean=-4.0, std=2.0)
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 2, w.shape) for w in layer.get_weights()])
    return model


def sounds(model: keras.Model) -> np.ndarray:
    """Make a batch of what a network takes."""
    shape = (3, 64, 80, 1) if len(model.input_shape) == 4 else (3, 16_000, 1)
    return np.random.default_rng(2).normal(-4 if len(shape) == 4 else 0, 1, shape).astype(np.float32)


@pytest.mark.parametrize("name", list(ARCHITECTURES))
def test_a_folded_network_gives_the_same_logits(name: str) -> None:
    """For each architecture, and with a convolution's batch norms gone."""
    model = network(name)
    answering = folded(model)
    x = sounds(model)
    expected = np.asarray(model(x, training=False))
    np.testing.assert_allclose(answering(x, training=False), expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
    kinds = [type(layer).__name__ for layer in answering.layers]
    left = kinds.count("BatchNormalization")
    # after a depthwise convolution, and on the coefficients of the MFCCs, they stay
    assert left == {"mfcc_cnn": 1}.get(name, left)
    assert left < [type(layer).__name__ for layer in model.layers].count("BatchNormalization")
    assert np.ptp(expected) > 0.1


@pytest.mark.parametrize("name", ["mel_cnn", "aclnet"])
def test_the_twin_trains_as_the_network_does(name: str) -> None:
    """In float32 a step leaves the same weights and batch norms, but for rounding."""
    weights = []
    for as_twin in (False, True):
        model = network(name)
        trained = training_twin(model, "float32") if as_twin else model
        trained.compile(keras.optimizers.SGD(0.01), keras.losses.CategoricalCrossentropy(from_logits=True))
        trained.fit(sounds(model), np.eye(5, dtype=np.float32)[[0, 3, 4]], verbose=0)
        model.set_weights(trained.get_weights())
        weights.append(model.get_weights())
    assert len(weights[0]) == len(weights[1])
    for plain, twin in zip(*weights, strict=True):
        np.testing.assert_allclose(twin, plain, rtol=2e-3, atol=2e-4)


def test_the_twin_computes_in_mixed_precision() -> None:
    """Its convolutions do; its weights, its first and its last layer stay in float32."""
    model = network("mel_cnn")
    twin = training_twin(model, "mixed_bfloat16")
    dtypes = {layer.name: layer.compute_dtype for layer in twin.layers}
    assert {dtypes[layer.name] for layer in twin.layers if isinstance(layer, keras.layers.Conv2D)} == {"bfloat16"}
    assert (dtypes["normalise"], dtypes["logits"]) == ("float32", "float32")
    assert {weight.dtype for weight in twin.get_weights()} == {np.dtype("float32")}
    for before, after in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_narrow_layers_over_time_stay_exact() -> None:
    """Convolutions of one and of eight channels of a waveform, which mixed precision would slow down."""
    twin = training_twin(network("aclnet"), "mixed_bfloat16")
    dtypes = {layer.name: layer.compute_dtype for layer in twin.layers}
    assert (dtypes["conv1"], dtypes["conv2"], dtypes["conv3"]) == ("float32", "float32", "bfloat16")
    assert dtypes["logits"] == "float32"
