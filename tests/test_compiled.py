"""Networks are compiled once, whatever the lengths of the sounds, and TensorFlow has nothing to warn of."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from esc_core.inference.networks import Networks
from esc_core.inference.predictor import Predictor
from esc_core.models import architecture
from esc_core.models.network import compiled
from esc_core.training.fit.evaluation import compile_forward
from esc_core.training.quick.bases import open_base
from esc_core.unsupervised.embedders import network_embedder
from tests.small_model import write_small_model

SR = 16_000
SECONDS = np.linspace(0.5, 5, 10)
"""Ten lengths of sounds."""


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[keras.Model]:
    """Return a list that gets each network that Python runs: once while it is compiled, and never later."""
    seen: list[keras.Model] = []
    call = keras.Model.__call__

    def counted(self: keras.Model, *args, **kwargs):
        seen.append(self)
        return call(self, *args, **kwargs)

    monkeypatch.setattr(keras.Model, "__call__", counted)
    return seen


@pytest.fixture(autouse=True)
def _no_warning(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Let the test fail if TensorFlow warns that it compiles too often."""
    logger = tf.get_logger()
    logger.addHandler(caplog.handler)
    yield
    logger.removeHandler(caplog.handler)
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == []


def noise(seconds: float) -> np.ndarray:
    return 0.1 * np.random.default_rng(0).standard_normal(int(seconds * SR)).astype(np.float32)


@pytest.mark.parametrize("model", ["mel_cnn", "wave_cnn", "aclnet"])
def test_a_model_is_compiled_once_for_all_lengths(tmp_path: Path, calls: list[keras.Model], model: str) -> None:
    """All five networks together once, and each alone once, as “Why?” asks them one after the other."""
    write_small_model(tmp_path / "model", model=model)
    predictor = Predictor(tmp_path / "model")
    predictor.load()
    assert len(calls) == 5
    for seconds in SECONDS:
        assert predictor.predict(noise(seconds), SR, ask_unknown=False).probs.shape == (3,)
    assert len(calls) == 5
    for seconds in SECONDS:
        for fold in predictor.folds:
            predictor.clip_probs([noise(seconds)], fold=fold)
    assert len(calls) == 10


def test_an_embedder_is_compiled_once_for_all_lengths(calls: list[keras.Model]) -> None:
    inputs = keras.Input((64, None, 1))
    network = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(inputs))
    calls.clear()
    embedder = network_embedder("contrastive", network, ("key",), least=50)
    for seconds in SECONDS:
        assert embedder.embed(noise(seconds)).shape == (1,)
    assert calls == [network]


def test_a_base_is_compiled_once_for_all_lengths(tmp_path: Path, calls: list[keras.Model]) -> None:
    write_small_model(tmp_path / "model")
    base = open_base(tmp_path / "model", fold=1)
    before = len(calls)
    for seconds in SECONDS:
        assert base.embed(noise(seconds)).shape == (base.size,)
    assert len(calls) == before


@pytest.mark.parametrize("make", [compile_forward, lambda network: compiled(network, network.input_shape)])
def test_what_is_compiled_answers_as_the_network_does(make: Callable, calls: list[keras.Model]) -> None:
    """For batches of any size, and weights that change afterwards, as they do in training."""
    inputs = keras.Input((None, 2))
    network = keras.Model(inputs, keras.layers.GlobalMaxPooling1D()(keras.layers.Dense(3)(inputs)))
    calls.clear()
    run = make(network)
    assert len(calls) == 1
    for n in range(1, 11):
        x = np.random.default_rng(n).standard_normal((n, 3 * n, 2))
        weight, bias = network.get_weights()
        np.testing.assert_allclose(run(x), (x @ weight + bias).max(axis=1), rtol=1e-5, atol=1e-6)
        network.set_weights([weight + n, bias])
    assert len(calls) == 1


def test_networks_of_every_kind_take_any_length(tmp_path: Path) -> None:
    """A length that is fixed in a network would be one that it is compiled for."""
    for model in ("mel_cnn", "wave_cnn", "aclnet"):
        card = write_small_model(tmp_path / model, model=model)
        shape = Networks(tmp_path / model, card)._network(1).input_shape
        assert shape[0] is None
        assert shape[{"log_mel": 2, "waveform": 1}[architecture(model).input]] is None
