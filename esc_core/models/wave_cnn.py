"""A plain one-dimensional network on the raw waveform."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esc_core.config import require

if TYPE_CHECKING:
    import keras

FILTER_SECONDS = 0.004
"""Length of the first filters: one period of 250 Hz."""

STEP_SECONDS = 0.0005
"""Hop of the first filters."""


def build_wave_cnn(*, sr: int, n_classes: int, width: int = 16, dropout: float = 0.3) -> keras.Model:
    """Build the wave CNN.

    A learned filter bank: `width` × 2 filters of 4 ms with a hop of 0.5 ms, and max pooling by 4. Then three blocks of
    two convolutions, kernel 5, channels `width` × 4, 8, 16, max pooling by 4 between them; mean and maximum over time,
    concatenated; dropout; a dense layer. Batch norm and ReLU follow every convolution.

    Parameters
    ----------
    sr : int
        Rate of the waveforms in Hz.
    n_classes : int
        Number of categories.
    width : int
        Half the filters of the first layer.
    dropout : float
        Dropout before the last layer, in [0, 1).

    Returns
    -------
    keras.Model
        Input ``(batch, n, 1)`` of `esc_core.features.waveforms.level_wave`, any n of at least 0.1 s; output logits
        ``(batch, n_classes)``; a layer named "embedding" before them.
    """
    import keras
    from keras import layers

    require(4_000 <= sr <= 192_000, "sr must be in [4000, 192000] Hz", sr)
    inputs = keras.Input((None, 1), name="waveform")
    x, stride = inputs, max(1, round(STEP_SECONDS * sr))
    for block, n_convs in enumerate((1, 2, 2, 2)):
        for i in range(n_convs):
            x = layers.Conv1D(
                2 * width * 2**block,
                5 if block else max(3, round(FILTER_SECONDS * sr)),
                strides=1 if block else stride,
                padding="same",
                use_bias=False,
                kernel_initializer="he_normal",
                name=f"conv{2 * block + i}" if block else "filters",
            )(x)
            x = layers.BatchNormalization(momentum=0.9)(x)
            if block < 3 and i == n_convs - 1:
                x = layers.MaxPooling1D(4)(x)  # before the ReLU: the same, with a quarter of the work
            x = layers.ReLU()(x)
    x = layers.Concatenate(name="embedding")([layers.GlobalAveragePooling1D()(x), layers.GlobalMaxPooling1D()(x)])
    x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, layers.Dense(n_classes, dtype="float32", name="logits")(x), name="wave_cnn")
