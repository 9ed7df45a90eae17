"""Two views of each clip: draws of a chain of augmentations, in batches that seed and epoch decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from esc_core.augment import Compose
from esc_core.config import TrainConfig
from esc_core.training.data.inputs import Source

VIEWS: tuple[dict[str, Any], ...] = (
    {"name": "crop_stretch", "n_frames": 96, "rate": [0.7, 1.4]},
    {"name": "power_mix", "ratio": [0.6, 1.0]},
    {"name": "mel_shift", "n_bands": [-3, 3]},
    {"name": "mel_equalizer", "gain_db": [-4.0, 4.0], "n_points": [2, 5]},
    {"name": "mel_gain", "gain_db": [-6.0, 6.0]},
    {"name": "freq_mask", "freq_mask_param": 16, "p": 0.8},
    {"name": "time_mask", "time_mask_param": 24, "p": 0.8},
)
"""Chain of the views: stronger masks and tempo than in the usual one, since a label no longer says what must stay.

Another clip lies quietly behind each view, so that what both views share is the sound and not its background (after
Niizumi et al. 2021, BYOL for Audio, arXiv:2103.06695).
"""


class Views:
    """Batches of two views of each clip.

    Parameters
    ----------
    source : Source
        The training clips.
    config : TrainConfig
        Chain, batch size and seed.

    Attributes
    ----------
    n_steps : int
        Batches of an epoch; an incomplete one is left out.
    """

    def __init__(self, source: Source, config: TrainConfig) -> None:
        self.source, self.config = source, config
        self.chain = Compose.from_json(config.augment)
        self.size = min(config.batch_size, source.n_clips)
        self.n_steps = source.n_clips // self.size

    def epoch(self, epoch: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the batches of one epoch; seed and epoch alone decide them.

        Parameters
        ----------
        epoch : int
            From 1.

        Yields
        ------
        x : numpy.ndarray, shape (2 * batch, n_mels, t, 1), float32
            `log_mel` of a view of each clip, then of another view of each.
        clip : numpy.ndarray, shape (2 * batch,), int32
            Tells which views are of one clip.
        """
        rng = np.random.default_rng([self.config.seed, epoch])
        order = rng.permutation(self.source.n_clips)
        for step in range(self.n_steps):
            chosen = np.tile(order[step * self.size : (step + 1) * self.size], 2)
            behind = rng.integers(self.source.n_clips, size=chosen.size)
            views = [
                self.source.example(int(i), int(j), self.chain, rng)[0] for i, j in zip(chosen, behind, strict=True)
            ]
            yield self.source.batch(views), chosen.astype(np.int32)
