"""What the estimates for every kind of run share: what was not measured here yet is measured, once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeVar

from esc_core.config import GeneratorConfig, TrainConfig, environment
from esc_core.dataset import Dataset
from esc_core.inference import crop_frames
from esc_core.training.data.splits import Split, split_for

Config = TypeVar("Config", TrainConfig, GeneratorConfig)
"""Settings of a run of one kind."""


def estimate(
    config: Config,
    dataset: Dataset,
    *,
    known: Callable[[Config, Dataset], float | None],
    measure: Callable[[Config, Dataset, Split], None],
) -> float:
    """Return the expected time of a run, and measure its parts first if they were not measured here before.

    Parameters
    ----------
    config : TrainConfig or GeneratorConfig
        Settings.
    dataset : Dataset
        The clips.
    known : callable
        Returns the expected time in seconds from what was measured before, or None.
    measure : callable
        Measures and stores the rest; takes the settings, the clips of the run's categories, and their split.

    Returns
    -------
    float
        Seconds from the run's start to its end.

    Raises
    ------
    EscError
        If the settings can't be trained; then nothing is measured.
    """
    chosen, split = split_for(dataset, config)
    if (seconds := known(config, dataset)) is None:
        measure(config, chosen, split)
        seconds = known(config, dataset)
    return seconds or 0.0  # 0 where it can't be stored


def step_key(config: TrainConfig | GeneratorConfig, *network: str | float) -> str:
    """Return the name under which the time of a training step is stored: all that it depends on.

    Parameters
    ----------
    config : TrainConfig or GeneratorConfig
        Settings. The number of categories hardly matters.
    *network : str, int or float
        What decides the size of the network, and the precision.
    """
    frames = crop_frames(config.augment, features=config.features)
    parts = [*network, config.batch_size, frames, config.features.to_dict()]
    if environment.GIVE_WAY.value():
        parts.append("gives way")  # with half of the cores
    return json.dumps(parts)
