"""All that training needs to go on as if nothing had happened: weights, optimiser, states of chance, epoch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from esc_core.errors import TrainingError
from esc_core.files import write_whole

if TYPE_CHECKING:
    import keras


class Checkpoint:
    """The file that holds the state after the last whole epoch.

    Parameters
    ----------
    path : pathlib.Path
        It may not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def epoch(self) -> int:
        """Return the epoch that it was written after; 0 if there is none."""
        return int(self._read("epoch")["epoch"]) if self.path.is_file() else 0

    def save(self, model: keras.Model, optimizer: keras.optimizers.Optimizer, *, epoch: int) -> None:
        """Write the state; a death in between leaves the one before.

        Parameters
        ----------
        model : keras.Model
            The network; also the states of its dropout are kept.
        optimizer : keras.optimizers.Optimizer
            As it stands.
        epoch : int
            The last whole epoch.

        Raises
        ------
        OSError
            If the disk is full.
        """
        variables = [*model.variables, *optimizer.variables]
        states: dict[str, Any] = {f"{i:04}": np.asarray(v) for i, v in enumerate(variables)}
        write_whole(self.path, lambda file: np.savez(file, epoch=epoch, **states))

    def restore(self, model: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
        """Bring model and optimiser to the state that was saved.

        Parameters
        ----------
        model : keras.Model
            Built as it was then.
        optimizer : keras.optimizers.Optimizer
            Built likewise.

        Raises
        ------
        TrainingError
            If the checkpoint is damaged or of another network.
        """
        variables = [*model.variables, *optimizer.variables]
        names = [f"{i:04}" for i in range(len(variables))]
        states = self._read(*names)
        for name, variable in zip(names, variables, strict=True):
            if states[name].shape != tuple(variable.shape):
                raise TrainingError("the checkpoint is of another network; start a new run")
            variable.assign(states[name])

    def _read(self, *names: str) -> dict[str, np.ndarray]:
        try:
            with self.path.open("rb") as file, np.load(file) as stored:
                return {name: stored[name] for name in names}
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise TrainingError("the checkpoint can't be read; start a new run") from error
