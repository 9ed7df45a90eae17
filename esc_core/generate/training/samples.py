"""What a generator makes while it learns: the same points after every few epochs, on disk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from esc_core.disk.files import read_arrays, write_whole
from esc_core.generate.generator import Generator, GeneratorCard
from esc_core.training.runs.run import Run

SHOWN_SEED = 0
"""Seed of the points."""

MAX_SHOWN = 10
"""Categories of which a sample is stored, the first ones."""


@dataclass(frozen=True)
class Samples:
    """What a generator made after an epoch, one sound for each category.

    Attributes
    ----------
    log_mel : numpy.ndarray, shape (n, n_mels, n_frames), float32
        As `Generator.log_mel` returns it.
    card : GeneratorCard
        What the generator was then.
    """

    log_mel: np.ndarray
    card: GeneratorCard


def write_samples(run: Run, epoch: int, generator: Generator) -> None:
    """Store what a generator makes after an epoch.

    Raises
    ------
    OSError
        If the disk is full.
    """
    n = min(MAX_SHOWN, len(generator.card.labels))
    made = generator.log_mel(generator.points(n, seed=SHOWN_SEED), np.eye(len(generator.card.labels))[:n])
    card = np.array(generator.card.to_json())
    run.samples_dir.mkdir(exist_ok=True)
    write_whole(
        run.samples_after(epoch), lambda file: np.savez_compressed(file, log_mel=made.astype(np.float16), card=card)
    )


def sampled_epochs(run: Run) -> list[int]:
    """Return the epochs whose samples are stored, ascending."""
    stems = [path.stem for path in run.samples_dir.glob("*.npz")]
    return sorted(int(stem) for stem in stems if stem.isdecimal())


def read_samples(run: Run, epoch: int) -> Samples | None:
    """Return the samples of an epoch; None if they are missing or damaged."""
    stored = read_arrays(run.samples_after(epoch), "log_mel", "card")
    if stored is None:
        return None
    try:
        card = GeneratorCard.from_json(str(stored["card"]))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return Samples(stored["log_mel"].astype(np.float32), card)
