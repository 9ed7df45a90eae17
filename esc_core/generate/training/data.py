"""What a generator hears: windows of the training folds' clips, scaled for the networks; never a held-out fold."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from esc_core.augment import Compose
from esc_core.augment.spectrogram import CropStretch
from esc_core.config import GeneratorConfig, require
from esc_core.errors import TrainingError
from esc_core.features import LOG_FLOOR, level_mel, log_mel
from esc_core.generate.generator import UP, scaled
from esc_core.inference import crop_frames
from esc_core.training.data.sources import MelSource, Sounds

LOUDEST, QUIETEST = 0.9995, 0.02
"""Shares of all values between which the scale lies: a few extreme ones would take half of it."""


class Windows:
    """Batches of real windows, with the points for as many generated ones.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_clips, n_mels, t), float32
        Mel power of all clips.
    labels : numpy.ndarray, shape (n_clips,), int
        Positions of their categories.
    train : numpy.ndarray, shape (n_train,), int
        Positions of the clips that may be heard; no other row is read.
    n_classes : int
        Number of categories.
    config : GeneratorConfig
        Chain, batch size and seed.

    Attributes
    ----------
    n_frames : int
        Frames of a window.
    low, high : float
        `log_mel` that becomes -1 and 1.
    n_steps : int
        Batches of an epoch; an incomplete one is left out.

    Raises
    ------
    ParameterError
        If the chain does not cut windows of a multiple of 16 frames.
    TrainingError
        If there are fewer than two clips.
    """

    def __init__(
        self, mel: np.ndarray, labels: np.ndarray, train: np.ndarray, *, n_classes: int, config: GeneratorConfig
    ) -> None:
        if len(train) < 2:
            raise TrainingError(f"a generator needs at least 2 clips to learn from; there are {len(train)}")
        self.config, self.labels, self.n_classes = config, labels[train], n_classes
        self.chain = Compose.from_json(config.augment)
        self.n_frames = crop_frames(config.augment, features=config.features)
        good = self.n_frames >= UP and self.n_frames % UP == 0
        require(good, f"the chain must cut windows of a multiple of {UP} frames", self.n_frames)
        self.source = MelSource(Sounds(mel), train, n_frames=self.n_frames)
        values = np.concatenate([log_mel(self.source.sound(i, 0)).ravel() for i in range(len(train))])
        floor = float(np.log10(LOG_FLOOR))
        self.high = round(float(np.quantile(values, LOUDEST)), 3)
        self.low = round(min(max(floor, float(np.quantile(values, QUIETEST))), self.high - 1), 3)
        self.size = min(config.batch_size, len(train))
        self.n_steps = len(train) // self.size

    def one_hot(self, labels: np.ndarray) -> np.ndarray:
        """Return categories, shape (n,), as weights, shape (n, n_classes), float32."""
        return np.eye(self.n_classes, dtype=np.float32)[labels]

    def epoch(self, epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Yield the batches of one epoch; seed and epoch alone decide them.

        Parameters
        ----------
        epoch : int
            From 1.

        Yields
        ------
        x : numpy.ndarray, shape (batch, n_mels, n_frames, 1), float32
            Real windows, scaled to [-1, 1].
        categories : numpy.ndarray, shape (batch, n_classes), float32
            Theirs, and those of the sounds to be generated.
        points : numpy.ndarray, shape (batch, n_latent), float32
            Points of the sounds to be generated.
        """
        rng = np.random.default_rng([self.config.seed, epoch])
        order = rng.permutation(self.source.n_clips)
        for step in range(self.n_steps):
            chosen = order[step * self.size : (step + 1) * self.size]
            windows = [self.source.example(int(i), int(i), self.chain, rng)[0] for i in chosen]
            points = rng.standard_normal((len(chosen), self.config.n_latent)).astype(np.float32)
            x = scaled(self.source.batch(windows), self.low, self.high)
            yield x, self.one_hot(self.labels[chosen]), points


def plain_windows(
    mel: np.ndarray, chosen: np.ndarray, *, n_frames: int, per_clip: int = 1, seed: int = 0
) -> np.ndarray:
    """Cut windows of real clips, as the generator's windows are, but with nothing changed.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_clips, n_mels, t)
        Mel power of all clips.
    chosen : numpy.ndarray, shape (n,), int
        Positions of those to cut; no other row is read.
    n_frames : int
        Frames of a window.
    per_clip : int
        Windows of each clip.
    seed : int
        Where they begin.

    Returns
    -------
    numpy.ndarray, shape (n * per_clip, n_mels, n_frames), float32
        Levelled mel power, clip by clip.
    """
    crop, rng = CropStretch(n_frames=n_frames, rate=1.0), np.random.default_rng(seed)
    levelled = [level_mel(mel[i]) for i in chosen for _ in range(per_clip)]
    return np.stack([crop.apply(one, crop.draw(rng, one.shape)) for one in levelled])
