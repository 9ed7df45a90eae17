"""A trained generator: points and categories → log-mel spectrograms, in NumPy, so that a page needs no TensorFlow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from esc_core.config import FeatureConfig, require
from esc_core.disk.files import read_arrays, write_whole
from esc_core.errors import ModelError, ParameterError

UP = 16
"""Rows and columns of a spectrogram for each one that the generator begins with."""

BASE, BLOCKS = 4, (3, 2, 1)
"""Channels of the generator's beginning and of its blocks, in widths of the last."""

N_LAST = 8
"""Channels from which the spectrogram is made at its full resolution, where each channel costs most."""

N_EMBEDDING = 32
"""Numbers by which a category is known."""

LEAK = 0.2
"""Slope of activations below zero."""

PIXEL_EPSILON = 1e-6
"""Added to the mean square of a pixel before it is divided by it."""

_BLOCK_KERNELS = tuple(f"{kind}{i}" for i in range(len(BLOCKS)) for kind in ("conv", "style"))

KERNELS = ("embedding", "base", *_BLOCK_KERNELS, "half", "last")
"""Layers with weights, by name, in the order of the network."""


@dataclass(frozen=True)
class GeneratorCard:
    """What a generator has heard, and what it makes.

    Attributes
    ----------
    labels : tuple of str
        Categories, in the order of its input.
    val_fold : int
        Fold whose clips it never heard.
    n_clips : int
        Clips that it was trained on.
    epochs, seed : int
        Passes over these clips; seed of its training.
    n_latent, n_frames : int
        Numbers of a point; frames of a spectrogram.
    low, high : float
        `log_mel` at -1 and at 1 of its output.
    features : FeatureConfig
        What the spectrograms are.
    synthetic : bool
        Whether it heard the synthetic starter sounds.
    data : str
        The data in words.
    """

    labels: tuple[str, ...]
    val_fold: int
    n_clips: int
    epochs: int
    seed: int
    n_latent: int
    n_frames: int
    low: float
    high: float
    features: FeatureConfig = field(default_factory=FeatureConfig)
    synthetic: bool = False
    data: str = ""

    @property
    def seconds(self) -> float:
        """Length of a sound, in seconds."""
        return self.n_frames * self.features.hop_length / self.features.sr

    def scaled(self, log_mel: np.ndarray) -> np.ndarray:
        """Return `log_mel` as the networks see it, float32 in [-1, 1]."""
        return scaled(log_mel, self.low, self.high)

    def log_mel(self, x: np.ndarray) -> np.ndarray:
        """Return what the networks see as `log_mel`, float32."""
        return ((x + 1) / 2 * (self.high - self.low) + self.low).astype(np.float32)

    def to_json(self) -> str:
        """Return the card as JSON text."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> GeneratorCard:
        """Make a card from `to_json`'s text.

        Raises
        ------
        ValueError, TypeError, KeyError, ParameterError
            If the text is no card.
        """
        values = json.loads(text)
        values["labels"] = tuple(str(name) for name in values["labels"])
        values["features"] = FeatureConfig.from_dict(values["features"])
        return cls(**values)


def scaled(log_mel: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return `log_mel` between two values as float32 in [-1, 1]; what lies outside is cut."""
    x = (np.asarray(log_mel, np.float32) - np.float32(low)) * np.float32(2 / (high - low)) - np.float32(1)
    return np.clip(x, -1, 1).astype(np.float32)


class Generator:
    """A trained generator.

    Parameters
    ----------
    card : GeneratorCard
        What it makes.
    weights : mapping of str to numpy.ndarray
        ``NAME.kernel`` and, where the layer has one, ``NAME.bias`` of each of `KERNELS`.

    Raises
    ------
    ModelError
        If weights are missing, or do not fit each other.
    """

    def __init__(self, card: GeneratorCard, weights: Mapping[str, np.ndarray]) -> None:
        self.card = card
        self._weights = {name: np.asarray(values, np.float32) for name, values in weights.items()}
        try:
            self.log_mel(np.zeros((1, card.n_latent), np.float32), self.category(0))
        except (KeyError, ValueError, IndexError) as error:
            raise ModelError(f"the weights of the generator do not fit its card: {error}") from error

    def points(self, n: int, *, seed: int) -> np.ndarray:
        """Draw points.

        Parameters
        ----------
        n : int
            How many; the first of them are the same for any number.
        seed : int
            Of the draw.

        Returns
        -------
        numpy.ndarray, shape (n, n_latent), float32
            Normally distributed.
        """
        rng = np.random.default_rng(seed)
        return rng.standard_normal((n, self.card.n_latent)).astype(np.float32)

    def category(self, label: int, *, n: int = 1) -> np.ndarray:
        """Return the weights of one category, shape (n, n_classes), float32.

        Raises
        ------
        ParameterError
            If there is no such category.
        """
        n_classes = len(self.card.labels)
        require(0 <= label < n_classes, f"label must be in [0, {n_classes})", label)
        return np.tile(np.eye(n_classes, dtype=np.float32)[label], (n, 1))

    def label(self, name: str) -> int:
        """Return the position of a category.

        Raises
        ------
        ParameterError
            If it never heard this category.
        """
        if name not in self.card.labels:
            raise ParameterError(f"the generator has never heard {name!r}; it knows {', '.join(self.card.labels)}")
        return self.card.labels.index(name)

    def log_mel(self, points: np.ndarray, categories: np.ndarray) -> np.ndarray:
        """Make spectrograms.

        Parameters
        ----------
        points : numpy.ndarray, shape (n, n_latent)
            From `points`, or on the way between two of them.
        categories : numpy.ndarray, shape (n, n_classes)
            Weights that add up to 1: of one category, or of several mixed.

        Returns
        -------
        numpy.ndarray, shape (n, n_mels, n_frames), float32
            `esc_core.features.log_mel` of levelled mel power.
        """
        return self.card.log_mel(self._forward(np.asarray(points, np.float32), np.asarray(categories, np.float32)))

    def _forward(self, points: np.ndarray, categories: np.ndarray) -> np.ndarray:
        card = self.card
        w = np.concatenate([points, categories @ self._weights["embedding.kernel"]], axis=1)
        x = self._dense("base", w).reshape(len(w), card.features.n_mels // UP, card.n_frames // UP, -1)
        for i in range(len(BLOCKS)):
            x = _convolve(_doubled(x), self._weights[f"conv{i}.kernel"])
            x /= np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + np.float32(PIXEL_EPSILON))
            scale, shift = np.split(self._dense(f"style{i}", w)[:, None, None, :], 2, axis=-1)
            x = _leaky(x * (1 + scale) + shift)
        x = _leaky(_convolve(x, self._weights["half.kernel"]) + self._weights["half.bias"])
        x = _convolve(_doubled(x), self._weights["last.kernel"]) + self._weights["last.bias"]
        return np.tanh(x[..., 0])

    def _dense(self, name: str, x: np.ndarray) -> np.ndarray:
        return x @ self._weights[f"{name}.kernel"] + self._weights[f"{name}.bias"]

    def save(self, path: Path) -> None:
        """Write card and weights to one file, the weights in 16 bits.

        Raises
        ------
        OSError
            If it can't be written.
        """
        arrays: dict[str, Any] = {name: values.astype(np.float16) for name, values in self._weights.items()}
        arrays["card"] = np.array(self.card.to_json())
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, lambda file: np.savez_compressed(file, **arrays))


def load_generator(path: Path) -> Generator:
    """Return the generator in a file.

    Raises
    ------
    ModelError
        If the file is missing or damaged.
    """
    names = [f"{layer}.{part}" for layer in KERNELS for part in _parts(layer)]
    stored = read_arrays(path, "card", *names)
    if stored is None:
        raise ModelError(f"{path.name} holds no generator that can be read")
    try:
        card = GeneratorCard.from_json(str(stored.pop("card")))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(f"the card in {path.name} is damaged: {error}") from error
    return Generator(card, stored)


def _parts(layer: str) -> tuple[str, ...]:
    return ("kernel",) if layer == "embedding" or layer.startswith("conv") else ("kernel", "bias")


def _doubled(x: np.ndarray) -> np.ndarray:
    """Return images, shape (n, rows, columns, channels), with each pixel as a square of four."""
    return x.repeat(2, axis=1).repeat(2, axis=2)


def _leaky(x: np.ndarray) -> np.ndarray:
    return np.where(x < 0, np.float32(LEAK) * x, x)


def _convolve(x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Return a convolution with a 3×3 kernel, shape (3, 3, n_in, n_out), zeros around it."""
    n, rows, columns, n_in = x.shape
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    out = np.zeros((n * rows * columns, kernel.shape[-1]), np.float32)
    for i in range(3):
        for j in range(3):
            out += padded[:, i : i + rows, j : j + columns].reshape(-1, n_in) @ kernel[i, j]
    return out.reshape(n, rows, columns, -1)
