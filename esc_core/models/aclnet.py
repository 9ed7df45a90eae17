"""AclNet (Huang and Alvarado Leanos 2018): an end-to-end network on waveforms, with the published layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from esc_core.config import require

if TYPE_CHECKING:
    import keras

FRONT_END = {"sc": (8, 2, 2), "dwsc": (16, 2, 4)}
"""Channels of conv 1, and the strides of conv 1 and conv 2."""

KERNELS = {16_000: (9, 5), 44_100: (24, 13)}
"""Kernels of conv 1 and conv 2, in samples and in steps of conv 1, by rate in Hz."""

FRAME_SAMPLES = {16_000: 160, 44_100: 440}
"""Samples per frame of the front end's output, 10 ms, by rate in Hz."""

HIGH_LEVEL = ((32,), (64, 64), (128, 128), (256, 256), (512, 512))
"""Channels of conv 3–11 at width 1; a 2×2 max pooling follows each group."""

DROPOUT = 0.2
"""Before the last convolution."""


def build_aclnet(*, kind: str, sr: int, width: float, n_classes: int, dropout: float = DROPOUT) -> keras.Model:
    """Build AclNet (Huang and Alvarado Leanos 2018, arXiv:1811.06669).

    The low-level front end, two strided convolutions, makes 64 channels with a frame every 10 ms; the high-level part
    treats them as an image, 64 × t, with nine 3×3 convolutions. Batch norm and ReLU follow every convolution; where a
    max pooling follows too, it comes before the ReLU, which gives the same with a fraction of the work. The paper has
    a 1×1 convolution to the categories and then the mean over the map; here the mean comes first and a dense layer
    follows, which is the same sum in another order and provides an embedding.

    Parameters
    ----------
    kind : str
        "sc" with standard convolutions; "dwsc" with all but conv 1 and conv 3 split into depthwise and pointwise ones.
    sr : int
        Rate of the waveforms in Hz: 16000 or 44100.
    width : float
        Multiplier of the channels of conv 3–11, in [1/32, 4]; 0.125, 0.5, 1 and 1.5 in the paper.
    n_classes : int
        Number of categories.
    dropout : float
        Dropout before the last layer, in [0, 1); 0.2 in the paper.

    Returns
    -------
    keras.Model
        Input ``(batch, n, 1)`` of `esc_core.features.waveforms.level_wave`, any n of at least 0.32 s; output logits
        ``(batch, n_classes)``; a layer named "embedding" before them.

    Raises
    ------
    ParameterError
        If kind or rate is not one of those published, or the width is out of range.
    """
    import keras
    from keras import layers

    require(kind in FRONT_END, "kind must be sc or dwsc", kind)
    require(sr in KERNELS, "AclNet's sr must be 16000 or 44100 Hz", sr)
    require(1 / 32 <= width <= 4, "AclNet's width must be in [1/32, 4]", width)
    n_first, *strides = FRONT_END[kind]
    inputs = keras.Input((None, 1), name="waveform")
    x = _conv(inputs, 1, n_first, KERNELS[sr][0], stride=strides[0])
    frames = layers.MaxPooling1D(FRAME_SAMPLES[sr] // (strides[0] * strides[1]), name="frames")
    x = _conv(x, 2, 64, KERNELS[sr][1], stride=strides[1], separable=kind == "dwsc", pool=frames)
    x = layers.Reshape((-1, 64, 1), name="image")(x)
    x = layers.Permute((2, 1, 3), name="channels_by_time")(x)  # (batch, t, 64, 1) → (batch, 64, t, 1)
    number = 3
    for channels in HIGH_LEVEL:
        for i, n in enumerate(channels):
            pool = layers.MaxPooling2D(2) if i == len(channels) - 1 else None
            x = _conv(x, number, max(1, round(n * width)), (3, 3), separable=kind == "dwsc" and number > 3, pool=pool)
            number += 1
    x = layers.Dropout(dropout)(x)
    x = layers.GlobalAveragePooling2D(name="embedding")(x)
    return keras.Model(inputs, layers.Dense(n_classes, dtype="float32", name="logits")(x), name="aclnet")


def _conv(
    x: Any,
    number: int,
    n: int,
    kernel: int | tuple[int, int],
    *,
    stride: int = 1,
    separable: bool = False,
    pool: keras.layers.Layer | None = None,
) -> Any:
    from keras import layers

    flat = isinstance(kernel, int)
    full = layers.Conv1D if flat else layers.Conv2D
    depthwise = layers.DepthwiseConv1D if flat else layers.DepthwiseConv2D
    common: dict[str, Any] = {"padding": "same", "use_bias": False}
    name = f"conv{number}"
    if separable:
        x = depthwise(kernel, strides=stride, depthwise_initializer="he_normal", name=f"{name}_depthwise", **common)(x)
        x = _relu(_norm(x, f"{name}_depthwise"), f"{name}_depthwise")
        kernel, stride, name = 1, 1, f"{name}_pointwise"
    x = full(n, kernel, strides=stride, kernel_initializer="he_normal", name=name, **common)(x)
    x = _norm(x, name)
    return _relu(x if pool is None else pool(x), name)


def _norm(x: Any, name: str) -> Any:
    from keras import layers

    return layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)


def _relu(x: Any, name: str) -> Any:
    from keras import layers

    return layers.ReLU(name=f"{name}_relu")(x)
