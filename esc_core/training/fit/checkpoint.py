"""The state after an epoch, from which training resumes to the bit: weights, optimiser, random states, epoch."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from esc_core.disk.files import read_arrays, set_aside, sweep_temporary_files, write_whole
from esc_core.errors import TrainingError

if TYPE_CHECKING:
    import keras


class Checkpoint:
    """The file that holds the state after the last complete epoch.

    Parameters
    ----------
    path : pathlib.Path
        It may not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def epoch(self) -> int:
        """Return the epoch after which it was written; 0 if there is no checkpoint, or a damaged one."""
        stored = read_arrays(self.path, "epoch")
        return int(stored["epoch"]) if stored is not None and _is_epoch(stored["epoch"]) else 0

    def tidy(self) -> bool:
        """Remove what a killed process left, and set a damaged checkpoint aside; return whether there was one."""
        sweep_temporary_files(self.path)
        if not self.path.exists() or self._is_whole():
            return False
        set_aside(self.path)
        return True

    def _is_whole(self) -> bool:
        stored = read_arrays(self.path, "epoch")
        if stored is None or not _is_epoch(stored["epoch"]):
            return False
        try:
            with zipfile.ZipFile(self.path) as file:
                return file.testzip() is None
        except Exception:  # as in `read_arrays`
            return False

    def save(self, model: keras.Model, optimizer: keras.optimizers.Optimizer, *, epoch: int) -> None:
        """Write the state; if the process dies meanwhile, the previous state stays.

        Parameters
        ----------
        model : keras.Model
            The network; the random states of its dropout are stored too.
        optimizer : keras.optimizers.Optimizer
            As it stands.
        epoch : int
            The last complete epoch.

        Raises
        ------
        OSError
            If the disk is full.
        """
        variables = [*model.variables, *optimizer.variables]
        states: dict[str, Any] = {f"{i:04}": np.asarray(v) for i, v in enumerate(variables)}
        write_whole(self.path, lambda file: np.savez(file, epoch=epoch, **states))

    def restore(self, model: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
        """Restore model and optimiser to the stored state.

        Parameters
        ----------
        model : keras.Model
            Built with the same settings.
        optimizer : keras.optimizers.Optimizer
            Built for this model.

        Raises
        ------
        TrainingError
            If the checkpoint is damaged or of another network.
        """
        variables = [*model.variables, *optimizer.variables]
        names = [f"{i:04}" for i in range(len(variables))]
        states = read_arrays(self.path, *names)
        if states is None:
            raise TrainingError("the checkpoint can't be read; start a new run")
        for name, variable in zip(names, variables, strict=True):
            if states[name].shape != tuple(variable.shape):
                raise TrainingError("the checkpoint is of another network; start a new run")
            variable.assign(states[name])


def _is_epoch(value: np.ndarray) -> bool:
    return value.shape == () and value.dtype.kind in "iu" and int(value) >= 0
