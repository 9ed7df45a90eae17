"""The state after an epoch, from which training resumes to the bit: weights, optimiser, random states, epoch."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from esc_core.disk.files import read_arrays, set_aside, sweep_temporary_files, write_whole
from esc_core.errors import TrainingError


class Stateful(Protocol):
    """What has variables: a network, an optimiser, or several of them."""

    @property
    def variables(self) -> list[Any]:
        """Weights, or moments and rates; always in the same order."""


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

    def save(self, *parts: Stateful, epoch: int) -> None:
        """Write the state; if the process dies meanwhile, the previous state stays.

        Parameters
        ----------
        *parts : Stateful
            Networks and optimisers as they stand; the random states of dropout are stored too.
        epoch : int
            The last complete epoch.

        Raises
        ------
        OSError
            If the disk is full.
        """
        states: dict[str, Any] = {f"{i:04}": np.asarray(v) for i, v in enumerate(_variables(parts))}
        write_whole(self.path, lambda file: np.savez(file, epoch=epoch, **states))

    def restore(self, *parts: Stateful) -> None:
        """Restore networks and optimisers to the stored state.

        Parameters
        ----------
        *parts : Stateful
            The same in the same order, built with the same settings.

        Raises
        ------
        TrainingError
            If the checkpoint is damaged or of another network.
        """
        variables = _variables(parts)
        names = [f"{i:04}" for i in range(len(variables))]
        states = read_arrays(self.path, *names)
        if states is None:
            raise TrainingError("the checkpoint can't be read; start a new run")
        for name, variable in zip(names, variables, strict=True):
            if states[name].shape != tuple(variable.shape):
                raise TrainingError("the checkpoint is of another network; start a new run")
            variable.assign(states[name])


def _variables(parts: Sequence[Stateful]) -> list[Any]:
    return [variable for part in parts for variable in part.variables]


def _is_epoch(value: np.ndarray) -> bool:
    return value.shape == () and value.dtype.kind in "iu" and int(value) >= 0
