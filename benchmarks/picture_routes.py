"""Two ways from mel power to a network's input: an array of its logarithm, and a picture of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from esc_core.augment import Compose
from esc_core.config import FeatureConfig
from esc_core.features import active_frames, level_mel, log_mel, log_mel_db
from esc_core.plots.spectrograms import magma
from esc_core.training.data.sources import Source, mean_and_std

SIDE = 128
"""Height and width of a picture, in pixels."""

TOP_DB = 80.0
"""Range of a picture's colours, in dB below the clip's peak."""


@dataclass(frozen=True)
class Route:
    """A way from mel power to the network's input.

    Attributes
    ----------
    name : str
        Its level in the tables.
    store : callable
        Turns mel power, shape (n_mels, t), into the bytes that a disk would hold.
    load : callable
        Turns these bytes into the input, shape (height, width, channels), float32.
    """

    name: str
    store: Callable[[np.ndarray], bytes]
    load: Callable[[bytes], np.ndarray]


def array_bytes(mel: np.ndarray) -> bytes:
    """Level mel power as training does, but leave the clip whole, and take its logarithm."""
    whole = np.zeros_like(mel)
    whole[:, active_frames(mel)] = level_mel(mel)
    return log_mel(whole).tobytes()


def picture_png(mel: np.ndarray) -> bytes:
    """Draw mel power as a coloured PNG, low frequencies at the bottom."""
    index = (255 / TOP_DB * (log_mel_db(mel, top_db=TOP_DB) + TOP_DB)).astype(np.uint8)
    picture = Image.fromarray(magma()[index[::-1]]).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


def picture_colours(png: bytes) -> np.ndarray:
    """Decode a picture to colours in 0–1, shape (SIDE, SIDE, 3), float32; the top row comes first."""
    with Image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture, np.float32) / 255


def both_routes(features: FeatureConfig) -> tuple[Route, Route]:
    """Return arrays and pictures."""

    def array(data: bytes) -> np.ndarray:
        return np.frombuffer(data, np.float32).reshape(features.n_mels, -1, 1)

    return Route("arrays", array_bytes, array), Route("pictures", picture_png, picture_colours)


class Inputs(Source):
    """Clips as a route stores them, loaded whenever a batch asks for them and never changed.

    Parameters
    ----------
    route : Route
        How they are loaded.
    stored : list of bytes
        All clips.
    train : numpy.ndarray, shape (n_train,), int
        Positions of the training clips.
    """

    n_versions = 1

    def __init__(self, route: Route, stored: list[bytes], train: np.ndarray) -> None:
        self.route, self.stored, self.train, self.n_clips = route, stored, train, len(train)

    def sound(self, i: int, version: int) -> np.ndarray:
        """Return a training clip as the network takes it, shape (height, width, channels)."""
        return self.route.load(self.stored[self.train[i]])

    def example(self, i: int, j: int, chain: Compose, rng: np.random.Generator) -> tuple[np.ndarray, float]:
        """Return the clip itself: the chain of `benchmarks.pictures.settings` neither cuts nor mixes."""
        return self.sound(i, 0), 1.0

    def batch(self, examples: list[np.ndarray]) -> np.ndarray:
        """Return examples, shape (batch, height, width, channels), float32."""
        return np.stack(examples)

    def mean_and_std(self) -> tuple[float, float]:
        """Return those of all values of the training clips."""
        return mean_and_std(self.sound(i, 0) for i in range(self.n_clips))

    def inputs(self, chosen: np.ndarray) -> list[np.ndarray]:
        """Return whole clips, each of shape (height, width, channels)."""
        return [self.route.load(self.stored[i]) for i in chosen]
