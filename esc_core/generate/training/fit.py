"""The training loop of a generator: epochs, checkpoints, and what is shown of it every few epochs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from esc_core.config import GeneratorConfig
from esc_core.errors import TrainingError
from esc_core.generate.generator import Generator, GeneratorCard
from esc_core.generate.training.adversaries import Adversaries
from esc_core.generate.training.data import Windows
from esc_core.training.data.batches import prefetched
from esc_core.training.fit.checkpoint import Checkpoint
from esc_core.training.fit.fit import make_reproducible


@dataclass(frozen=True)
class GeneratorEpoch:
    """What an epoch brought.

    Attributes
    ----------
    epoch : int
        From 1.
    generator_loss : float
        Minus the critic's mean answer for generated sounds: the lower, the more real it finds them.
    critic_loss : float
        Hinge loss of the critic: 0 if it tells all sounds apart with a margin, 2 if it can't tell any.
    """

    epoch: int
    generator_loss: float
    critic_loss: float


def fit_generator(
    mel: np.ndarray,
    labels: np.ndarray,
    train: np.ndarray,
    *,
    card: Callable[[Windows, int], GeneratorCard],
    n_classes: int,
    config: GeneratorConfig,
    on_epoch: Callable[[GeneratorEpoch], None] = lambda report: None,
    on_step: Callable[[int, int], bool] = lambda epoch, step: True,
    on_samples: Callable[[int, Generator], None] = lambda epoch, generator: None,
    checkpoint: Checkpoint | None = None,
) -> Generator | None:
    """Train a generator.

    Parameters
    ----------
    mel, labels, train, n_classes
        As in `esc_core.generate.training.data.Windows`.
    card : callable
        Takes the windows and the number of epochs; returns the card of the generator as it is then.
    config : GeneratorConfig
        Everything else, with a dtype other than "auto".
    on_epoch : callable, optional
        Receives a `GeneratorEpoch`.
    on_step : callable, optional
        Receives epoch and step; training ends when it returns False.
    on_samples : callable, optional
        Receives epoch and generator after every `show_every` epochs and after the last.
    checkpoint : Checkpoint, optional
        Where training goes on from, and what is written after each epoch; the result is the same, to the bit, as
        without the interruption.

    Returns
    -------
    Generator or None
        The averaged generator; None if `on_step` ended the training.

    Raises
    ------
    TrainingError
        If there are too few clips, or a loss is no longer finite.
    """
    make_reproducible(config)
    windows = Windows(mel, labels, train, n_classes=n_classes, config=config)
    pair = Adversaries(config, n_classes=n_classes, n_frames=windows.n_frames)
    n_done = min(checkpoint.epoch(), config.n_epochs) if checkpoint else 0
    if checkpoint and n_done:
        checkpoint.restore(pair)
    for epoch in range(n_done + 1, config.n_epochs + 1):
        losses = _train_epoch(pair, windows, epoch, on_step)
        if losses is None:
            return None
        if not np.isfinite(losses).all():
            raise TrainingError(f"the training diverged in epoch {epoch}; start a new run with smaller learning rates")
        on_epoch(GeneratorEpoch(epoch, *losses))
        if checkpoint:
            checkpoint.save(pair, epoch=epoch)
        if epoch % config.show_every == 0 or epoch == config.n_epochs:
            on_samples(epoch, Generator(card(windows, epoch), pair.generator_weights()))
    return Generator(card(windows, config.n_epochs), pair.generator_weights())


def _train_epoch(
    pair: Adversaries, windows: Windows, epoch: int, on_step: Callable[[int, int], bool]
) -> tuple[float, float] | None:
    """Train on each batch of an epoch; return the mean losses of generator and critic, None if it was stopped."""
    import tensorflow as tf

    losses = []
    for n_done, batch in enumerate(prefetched(windows.epoch(epoch)), start=1):
        losses.append(pair.step(*map(tf.constant, batch)))
        if not on_step(epoch, n_done):
            return None
    generator_loss, critic_loss = np.mean([np.asarray(loss) for loss in losses], axis=0)
    return float(generator_loss), float(critic_loss)
