"""The process that times a training step: ``python -m esc_core.training.process.measure DIR < config.json``.

The server itself never loads TensorFlow to estimate how long a preset will take.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from esc_core.children import start_child
from esc_core.config import GeneratorConfig, TrainConfig
from esc_core.dataset import Dataset, load_dataset
from esc_core.training.process.priority import give_way
from esc_core.training.timing.estimate import Config
from esc_core.training.timing.expected import expected_seconds

MODULES = {TrainConfig: "esc_core.training.process.measure", GeneratorConfig: "esc_core.generate.training.measure"}
"""The module that times a run of each kind."""


def start_measuring(config: TrainConfig | GeneratorConfig, data_dir: Path) -> subprocess.Popen[bytes]:
    """Start the process.

    Parameters
    ----------
    config : TrainConfig or GeneratorConfig
        Settings of the run whose step is timed.
    data_dir : pathlib.Path
        The data.

    Returns
    -------
    subprocess.Popen
        It ends within seconds; then `known_seconds` in the `expected` of its package has the time.
    """
    process = start_child(
        MODULES[type(config)],
        str(data_dir.resolve()),
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    if process.stdin is not None:
        with process.stdin as pipe:
            pipe.write(json.dumps(config.to_dict()).encode())
    return process


def main(kind: type[Config], expected: Callable[[Config, Dataset], float]) -> None:
    """Time what a run needs, and store it: the settings on standard input, the data in the first argument.

    Parameters
    ----------
    kind : type
        Of the settings.
    expected : callable
        Measures what was not measured yet, such as `expected_seconds`.
    """
    give_way()  # as the run will
    expected(kind.from_dict(json.load(sys.stdin)), load_dataset(sys.argv[1]))


if __name__ == "__main__":
    main(TrainConfig, expected_seconds)
