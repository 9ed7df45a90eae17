"""How long all takes that a run does besides its training steps, from what was measured on this machine.

A run reads its clips, makes augmented copies, loads TensorFlow, compiles the network, and stores the model. What lies
in a cache takes no time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from esc_core.config import TrainConfig, esc_home
from esc_core.dataset import Dataset
from esc_core.disk.measured import Measurements
from esc_core.disk.stored import seconds
from esc_core.models import architecture
from esc_core.training.data.chains import split_chain
from esc_core.training.data.inputs import COPYING, prepare, still_to_prepare

N_SAMPLE = 16
"""Clips that are read, and copied, to measure how long one takes."""


class Stopwatch:
    """Times activities by their progress.

    Parameters
    ----------
    progress : callable
        Receives what is being done, the number done, and the total, as from `esc_core.training.data.inputs.prepare`.
    clock : callable
        Returns the time in seconds.

    Attributes
    ----------
    began : float
        When it was made, by the clock.
    """

    def __init__(
        self,
        progress: Callable[[str, int, int], None] = lambda doing, done, total: None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._progress, self._clock, self.began = progress, clock, clock()
        self._first: dict[str, tuple[float, int]] = {}
        self._last: dict[str, tuple[float, int]] = {}

    def __call__(self, doing: str, done: int, total: int) -> None:
        """Note the progress of an activity, and pass it on."""
        self._last[doing] = (self._clock(), done)
        self._first.setdefault(doing, self._last[doing])
        self._progress(doing, done, total)

    @property
    def seconds(self) -> float:
        """Seconds between the first and the last item, summed over all activities."""
        return sum(self._last[doing][0] - self._first[doing][0] for doing in self._last)

    def per_item(self) -> dict[str, float]:
        """Return the seconds per item of each activity that had several."""
        n_items = {doing: self._last[doing][1] - self._first[doing][1] for doing in self._last}
        return {
            doing: (self._last[doing][0] - self._first[doing][0]) / n for doing, n in n_items.items() if n > 0
        }  # the first item has no beginning: processes start before it


def preparation_seconds(config: TrainConfig, dataset: Dataset, train: np.ndarray) -> float | None:
    """Return the expected time of a run besides its training steps.

    Parameters
    ----------
    config : TrainConfig
        Settings.
    dataset : Dataset
        The clips of the run's categories.
    train : numpy.ndarray, shape (n_train,), int
        Positions of the training clips.

    Returns
    -------
    float or None
        Seconds; None if a part was not measured yet.

    Raises
    ------
    EscError
        If the chain does not suit the network.
    """
    n_items = {"run": 1} | {doing: n for doing, n in still_to_prepare(dataset, config, train).items() if n}
    per_item = {doing: _parts().get(_key(config, doing)) for doing in n_items}
    if None in per_item.values():
        return None
    return float(sum(n * per_item[doing] for doing, n in n_items.items()))


def remember_preparation(config: TrainConfig, watch: Stopwatch, *, overhead: float) -> None:
    """Store what the parts of a run took.

    Parameters
    ----------
    config : TrainConfig
        Its settings.
    watch : Stopwatch
        Has seen clips being read, or copies being made.
    overhead : float
        Seconds of all else besides the training steps.
    """
    found = {_key(config, doing): took for doing, took in watch.per_item().items()}
    found[_key(config, "run")] = max(0.0, overhead)
    _parts().keep(found)


def time_preparation(
    config: TrainConfig, dataset: Dataset, train: np.ndarray, *, clock: Callable[[], float] = time.monotonic
) -> Stopwatch:
    """Read and copy a few training clips, keep none of it, and return the watch that has seen it."""
    some = train[np.unique(np.linspace(0, len(train) - 1, N_SAMPLE).astype(int))]
    sample = Dataset(dataset.root, tuple(dataset.clips[i] for i in some))
    watch = Stopwatch(clock=clock)
    once = TrainConfig.from_dict({**config.to_dict(), "n_copies": min(1, config.n_copies)})
    with TemporaryDirectory() as folder:
        prepare(sample, once, np.arange(len(some)), progress=watch, folder=Path(folder))
    return watch


def _parts() -> Measurements:
    return Measurements(esc_home() / "preparation_seconds.json", seconds)


def _key(config: TrainConfig, part: str) -> str:
    # what the time of a part depends on
    what: list[Any] = [part]
    if part == "run":
        what += [config.model, config.width]
    else:
        what += [architecture(config.model).input, config.features.to_dict()]
    if part == COPYING:
        what += split_chain(config)[0].to_json()
    return json.dumps(what)
