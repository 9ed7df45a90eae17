"""A small VGG-like network on log-mel spectrograms, or on their MFCCs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from esc_core.config import require

if TYPE_CHECKING:
    import keras

N_MFCC = 40
"""Coefficients per frame for the network on MFCCs; of 64 bands they keep all but the finest detail."""


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
        Channels of the input: 1 for `log_mel`, 3 for a coloured picture with `n_mels` rows.

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
    logits = _blocks(x, n_rows=n_mels, n_classes=n_classes, width=width, dropout=dropout)
    return keras.Model(inputs, logits, name="mel_cnn")


def build_mfcc_cnn(
    *, n_mels: int, n_classes: int, width: int = 16, dropout: float = 0.3, mean: float = 0.0, std: float = 1.0
) -> keras.Model:
    """Build the mel CNN on the MFCCs of its input, the first `N_MFCC` coefficients of each frame.

    The cosine transform is a fixed layer of the network, so that augmentation of the mel spectrogram comes before it. A
    batch norm then brings each coefficient to mean 0 and variance 1, since the first would dominate the others.

    Parameters
    ----------
    n_mels, n_classes, width, dropout, mean, std
        As in `build_mel_cnn`; at least `N_MFCC` bands.

    Returns
    -------
    keras.Model
        As from `build_mel_cnn`; its layer "mfcc" returns ``(batch, t, 1, N_MFCC)``, the orthonormal DCT-II of the
        normalised input as `librosa.feature.mfcc` computes it.
    """
    import keras
    from keras import layers
    from scipy.fft import dct

    require(n_mels >= N_MFCC, f"n_mels must be at least {N_MFCC}, as many as there are MFCCs", n_mels)
    require(std > 0, "std must be above 0", std)
    inputs = keras.Input((n_mels, None, 1), name="log_mel")
    x = layers.Rescaling(1 / std, -mean / std, name="normalise")(inputs)
    basis = dct(np.eye(n_mels), norm="ortho")[:, :N_MFCC].astype(np.float32)
    transform = layers.Dense(N_MFCC, use_bias=False, trainable=False, name="mfcc")
    x = transform(layers.Permute((2, 3, 1))(x))  # (batch, t, 1, n_mels): the sum is over the last axis
    transform.set_weights([basis])
    x = layers.BatchNormalization(axis=1, momentum=0.9)(layers.Permute((3, 1, 2))(x))
    logits = _blocks(x, n_rows=N_MFCC, n_classes=n_classes, width=width, dropout=dropout)
    return keras.Model(inputs, logits, name="mfcc_cnn")


def _blocks(x: Any, *, n_rows: int, n_classes: int, width: int, dropout: float) -> Any:
    from keras import layers

    for block, n_convs in enumerate((1, 2, 2, 2)):
        if block:
            x = layers.AveragePooling2D(2)(x)
        for _ in range(n_convs):
            x = layers.Conv2D(width * 2**block, 3, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
            x = layers.BatchNormalization(momentum=0.9)(x)
            x = layers.ReLU()(x)
    x = layers.AveragePooling2D((n_rows // 8, 1), name="over_frequency")(x)
    x = layers.Reshape((-1, width * 8))(x)
    x = layers.Concatenate(name="embedding")([layers.GlobalAveragePooling1D()(x), layers.GlobalMaxPooling1D()(x)])
    x = layers.Dropout(dropout)(x)
    return layers.Dense(n_classes, dtype="float32", name="logits")(x)
