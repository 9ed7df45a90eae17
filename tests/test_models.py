"""Networks: AclNet's published figures, shapes by hand, sounds of any length, layers and filters for pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import keras
import librosa
import numpy as np
import pytest

from esc_core.config import FeatureConfig, TrainConfig
from esc_core.errors import ModelError, ParameterError
from esc_core.models import ARCHITECTURES, architecture, clip_multiply_adds
from esc_core.models.aclnet import build_aclnet
from esc_core.models.layers import LayerRow, first_filters, input_shape, list_layers, multiply_adds
from esc_core.models.mel_cnn import N_MFCC, build_mel_cnn

PUBLISHED = {
    ("dwsc", 16_000, 0.125): 15,
    ("dwsc", 16_000, 0.5): 155,
    ("dwsc", 16_000, 1.0): 569,
    ("sc", 44_100, 0.125): 84,
    ("sc", 44_100, 0.5): 1197,
    ("sc", 44_100, 1.0): 4737,
    ("sc", 44_100, 1.5): 10627,
}
"""Thousands of parameters in AclNet's paper, by kind, rate and width."""


def aclnet(kind: str, sr: int, width: float, *, seconds: float = 1.0) -> list[LayerRow]:
    model = build_aclnet(kind=kind, sr=sr, width=width, n_classes=50)
    return list_layers(model, (round(seconds * sr), 1))


def operations(rows: list[LayerRow]) -> float:
    """Count in millions as the paper seems to: batch norm two operations a value, ReLU one, pooling its size.

    The paper has the ReLU before the pooling, on as many values as the batch norm.
    """
    others = {"BatchNormalization": 3, "MaxPooling1D": 110, "MaxPooling2D": 4}
    total = sum(row.multiply_adds + others.get(row.kind, 0) * int(np.prod(row.shape)) for row in rows)
    return total / 1e6


@pytest.mark.parametrize(("kind", "sr", "width"), PUBLISHED)
def test_aclnet_has_the_published_parameters(kind: str, sr: int, width: float) -> None:
    """To the thousand, for every configuration that the paper gives a count of."""
    assert round(sum(row.parameters for row in aclnet(kind, sr, width)) / 1000) == PUBLISHED[kind, sr, width]


@pytest.mark.parametrize(
    ("width", "seconds", "published"), [(0.125, 1.5, 131), (0.5, 1.5, 255), (1.0, 1.5, 647), (1.5, 1.0, 867)]
)
def test_aclnet_has_the_published_multiply_adds(width: float, seconds: float, published: float) -> None:
    """With standard convolutions at 44.1 kHz, in millions, within 1%.

    The paper says "a second" of all four; only the last is that of a second. The first three exceed the sum of their
    parts by 41.4, half of a second's front end, and agree with what the same layers cost for 1.5 s, a training crop.
    """
    assert operations(aclnet("sc", 44_100, width, seconds=seconds)) == pytest.approx(published, rel=0.01)


@pytest.mark.parametrize(("width", "ours"), [(0.125, 4.517), (0.5, 15.214), (1.0, 46.335)])
def test_separable_convolutions_cost_what_their_shapes_say(width: float, ours: float) -> None:
    """In millions a second at 16 kHz, summed by hand; the paper's 7.3, 35.4 and 118 are more than its layers need.

    With n places and channels from a to b, a depthwise 3×3 costs 9na and a pointwise one nab.
    """
    total = 8_000 * 9 * 16 + 2_000 * 5 * 16 + 2_000 * 16 * 64  # conv 1, conv 2
    places, channels = (64, 100), [round(n * width) for n in (32, 64, 64, 128, 128, 256, 256, 512, 512)]
    total += 64 * 100 * 9 * channels[0]
    for i in range(1, 9):
        if i % 2:
            places = (places[0] // 2, places[1] // 2)
        n, a, b = places[0] * places[1], channels[i - 1], channels[i]
        total += 9 * n * a + n * a * b
    total += channels[-1] * 50
    assert multiply_adds(build_aclnet(kind="dwsc", sr=16_000, width=width, n_classes=50), (16_000, 1)) == total
    assert total / 1e6 == pytest.approx(ours, abs=0.001)


@pytest.mark.parametrize(
    ("kind", "sr", "first", "second"),
    [
        ("sc", 16_000, (8_000, 8), (4_000, 64)),
        ("dwsc", 16_000, (8_000, 16), (2_000, 64)),
        ("sc", 44_100, (22_050, 8), (11_025, 64)),
        ("dwsc", 44_100, (22_050, 16), (5_513, 64)),
    ],
)
def test_aclnet_has_the_published_shapes(kind: str, sr: int, first: tuple, second: tuple) -> None:
    """For a second of sound: two strided convolutions, a map of 64 × 100, halved five times."""
    shapes = {row.name: row.shape for row in aclnet(kind, sr, 0.5)}
    convs = [shapes.get(f"conv{n}", shapes.get(f"conv{n}_pointwise")) for n in range(1, 12)]
    assert convs[:2] == [first, second]
    assert shapes["frames"] == (100, 64)
    assert shapes["channels_by_time"] == (64, 100, 1)
    assert convs[2:] == [
        (64, 100, 16),
        (32, 50, 32),
        (32, 50, 32),
        (16, 25, 64),
        (16, 25, 64),
        (8, 12, 128),
        (8, 12, 128),
        (4, 6, 256),
        (4, 6, 256),
    ]
    assert [row.shape for row in aclnet(kind, sr, 0.5) if row.kind == "MaxPooling2D"][-1] == (2, 3, 256)
    assert (shapes["embedding"], shapes["logits"]) == ((256,), (50,))


def test_which_convolutions_are_separable() -> None:
    """All but the first of each part; each half has a batch norm and a ReLU of its own."""
    rows = aclnet("dwsc", 16_000, 0.125)
    whole = [row.name for row in rows if row.kind in ("Conv1D", "Conv2D") and "pointwise" not in row.name]
    assert whole == ["conv1", "conv3"]
    depthwise = [row.name for row in rows if row.kind.startswith("Depthwise")]
    assert depthwise == [f"conv{n}_depthwise" for n in (2, *range(4, 12))]
    assert sum(row.kind == "BatchNormalization" for row in rows) == sum(row.kind == "ReLU" for row in rows) == 2 + 2 * 9


def test_the_image_has_channels_upwards_and_time_to_the_right() -> None:
    """Row c of the map is channel c of the front end, not a piece of time."""
    model = build_aclnet(kind="sc", sr=16_000, width=0.125, n_classes=3)
    layers = [model.get_layer(name).output for name in ("conv2_relu", "channels_by_time")]
    y = np.random.default_rng(0).standard_normal((2, 8_000, 1)).astype(np.float32)
    frames, image = (np.asarray(x) for x in keras.Model(model.input, layers)(y))
    np.testing.assert_array_equal(image[..., 0], frames.transpose(0, 2, 1))


@pytest.mark.parametrize("changed", [{"kind": "scdw"}, {"sr": 22_050}, {"width": 8.0}])
def test_aclnet_is_only_what_was_published(changed: dict) -> None:
    """Other kinds, rates, or widths are refused."""
    with pytest.raises(ParameterError, match=next(iter(changed))):
        build_aclnet(**({"kind": "sc", "sr": 16_000, "width": 0.5, "n_classes": 10} | changed))


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_network_takes_sounds_of_any_length(name: str) -> None:
    """One network, a crop and a whole clip, logits for each; the layer before them is the embedding."""
    config = TrainConfig(model=name, width=2, augment=architecture(name).chain)
    model = architecture(name).build(config, n_classes=7)
    assert len(architecture(name).summary) > 20
    for seconds in (1.5, 5.0):
        shape = input_shape(model, config.features, seconds=seconds)
        x = np.random.default_rng(0).standard_normal((2, *shape), dtype=np.float32)
        logits = np.asarray(model(x, training=False))
        assert logits.shape == (2, 7)
        assert np.isfinite(logits).all()
    embedding = keras.Model(model.input, model.get_layer("embedding").output)(x)
    assert (len(embedding.shape), embedding.shape[0]) == (2, 2)
    waveform = architecture(name).input == "waveform"
    assert shape == ((80_000, 1) if waveform else (64, 201, 1))


def test_a_width_of_sixteen_is_half_of_aclnet() -> None:
    """A config counts the channels of the first block, 32 at the paper's width 1."""
    config = TrainConfig(model="aclnet", width=16, features=FeatureConfig(sr=44_100, n_fft=2048, hop_length=1024))
    model = architecture("aclnet").build(config, n_classes=50)
    assert round(sum(row.parameters for row in list_layers(model, (44_100, 1))) / 1000) == 1197


def test_layers_of_the_mel_cnn() -> None:
    """Shapes, parameters and multiply-adds of a few, by hand; the sums are those of the network."""
    config = TrainConfig()
    model = architecture("mel_cnn").build(config, n_classes=50)
    rows = list_layers(model, (64, 201, 1))
    assert [row.name for row in rows] == [layer.name for layer in model.layers]
    convs = [row for row in rows if row.kind == "Conv2D"]
    assert convs[0] == LayerRow(convs[0].name, "Conv2D", (64, 201, 16), 9 * 16, 64 * 201 * 9 * 16)
    assert convs[1] == LayerRow(convs[1].name, "Conv2D", (32, 100, 32), 9 * 16 * 32, 32 * 100 * 9 * 16 * 32)
    assert rows[-1] == LayerRow("logits", "Dense", (50,), 256 * 50 + 50, 256 * 50)
    assert sum(row.parameters for row in rows) == sum(int(np.prod(w.shape)) for w in model.trainable_weights)
    assert clip_multiply_adds(config, n_classes=50) == sum(row.multiply_adds for row in rows)
    assert model.count_params() > sum(row.parameters for row in rows)  # the statistics of batch norm


def test_a_mel_cnn_on_pictures_differs_in_its_first_convolution() -> None:
    """Three channels instead of one are three times its weights; no other layer grows."""
    one, three = (build_mel_cnn(n_mels=16, n_classes=3, width=2, n_channels=n) for n in (1, 3))
    assert three(np.zeros((1, 16, 16, 3), np.float32)).shape == (1, 3)
    assert three.count_params() - one.count_params() == 2 * 9 * 2


def test_mfccs_are_those_of_librosa(tmp_path: Path) -> None:
    """The transform is part of the saved network, and training does not move it."""
    config = TrainConfig(model="mfcc_cnn", width=2)
    model = architecture("mfcc_cnn").build(config, n_classes=3, mean=-4.0, std=2.0)
    x = np.random.default_rng(0).standard_normal((2, 64, 40, 1)).astype(np.float32)
    expected = librosa.feature.mfcc(S=(x[0, ..., 0] + 4.0) / 2.0, n_mfcc=N_MFCC)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for network in (model, loaded):
        layer = network.get_layer("mfcc")
        ours = np.asarray(keras.Model(network.input, layer.output)(x))
        assert ours.shape == (2, 40, 1, N_MFCC)
        np.testing.assert_allclose(ours[0, :, 0].T, expected, atol=1e-5)
        assert not layer.trainable_weights
    np.testing.assert_array_equal(np.asarray(loaded(x)), np.asarray(model(x)))


def test_fewer_bands_than_coefficients() -> None:
    """A sentence says how many bands it takes."""
    config = TrainConfig(model="mfcc_cnn", features=FeatureConfig(n_mels=32))
    with pytest.raises(ParameterError, match="n_mels must be at least 40, as many as there are MFCCs, got 32"):
        architecture("mfcc_cnn").build(config, n_classes=3)


@pytest.mark.parametrize(("name", "shape"), [("mel_cnn", (4, 3, 3)), ("wave_cnn", (8, 64)), ("aclnet", (8, 9))])
def test_first_filters(name: str, shape: tuple) -> None:
    """One a channel; applied to the network's input they give what its first convolution gives."""
    config = replace(TrainConfig(), model=name, width=4)
    model = architecture(name).build(config, n_classes=3)
    filters = first_filters(model)
    assert (filters.shape, filters.dtype) == (shape, np.float32)
    layer = next(layer for layer in model.layers if getattr(layer, "kernel", None) is not None)
    impulse = np.zeros((1, *((len(filters[0]),) * 2 if filters.ndim == 3 else (shape[1],)), 1), np.float32)
    impulse[0, ..., 0] = filters[2]
    out = np.asarray(keras.ops.conv(impulse, layer.kernel, padding="valid"))[..., 2]
    assert out.item() == pytest.approx(float(np.square(filters[2]).sum()), rel=1e-4)


def test_a_network_without_filters() -> None:
    """There is nothing to show, and a sentence says so."""
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name="plain")
    with pytest.raises(ModelError, match="plain has no convolution"):
        first_filters(model)
