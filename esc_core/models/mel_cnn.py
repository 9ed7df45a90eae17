"""A small VGG-like network on log-mel spectrograms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esc_core.config import require

if TYPE_CHECKING:
    import keras


def build_mel_cnn(
    *,
    n_mels: int,
    n_classes: int,
    width: int = 16,
    dropout: float = 0.3,
    mean: float = 0.0,
    std: float = 1.0,
    n_channels: int = 1,
) -> keras.Model:
    """Build the mel CNN.

    Four blocks of 3×3 convolutions with batch norm and ReLU, channels `width` × 1, 2, 4, 8, average pooling 2×2 between
    them; mean over frequency; mean and maximum over time, concatenated; dropout; a dense layer. The first block, at
    full resolution where a convolution costs most, has one convolution, the others two. Average pooling follows Kong et
    al. 2020 (PANNs, arXiv:1912.10211); on a CPU its gradient costs a fraction of max pooling's.

    Parameters
    ----------
    n_mels : int
        Mel bands of the input.
    n_classes : int
        Number of categories.
    width : int
        Channels of the first block.
    dropout : float
        Dropout before the last layer, in [0, 1).
    mean, std : float
        Mean and standard deviation of the training folds' `log_mel`; normalisation is part of the network.
    n_channels : int
        Channels of the input: 1 of `log_mel`, 3 of a coloured picture with as many rows as `n_mels` says.

    Returns
    -------
    keras.Model
        Input ``(batch, n_mels, t, n_channels)``, such as `esc_core.features.log_mel`, any t of at least 8 frames;
        output logits ``(batch, n_classes)``; a layer named "embedding" before them.
    """
    import keras
    from keras import layers

    require(n_mels >= 8, "n_mels must be at least 8, for three poolings", n_mels)
    require(std > 0, "std must be above 0", std)
    inputs = keras.Input((n_mels, None, n_channels), name="log_mel")
    x = layers.Rescaling(1 / std, -mean / std, name="normalise")(inputs)
    for block, n_convs in enumerate((1, 2, 2, 2)):
        if block:
            x = layers.AveragePooling2D(2)(x)
        for _ in range(n_convs):
            x = layers.Conv2D(width * 2**block, 3, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
            x = layers.BatchNormalization(momentum=0.9)(x)
            x = layers.ReLU()(x)
    x = layers.AveragePooling2D((n_mels // 8, 1), name="over_frequency")(x)
    x = layers.Reshape((-1, width * 8))(x)
    x = layers.Concatenate(name="embedding")([layers.GlobalAveragePooling1D()(x), layers.GlobalMaxPooling1D()(x)])
    x = layers.Dropout(dropout)(x)
    return keras.Model(inputs, layers.Dense(n_classes, dtype="float32", name="logits")(x), name="mel_cnn")
