"""The process that times a generator's training: ``python -m esc_core.generate.training.measure DIR < config.json``.

`esc_core.training.process.measure.start_measuring` starts it, as it starts that for a classifier.
"""

from __future__ import annotations

import json
import sys

from esc_core.config import GeneratorConfig
from esc_core.dataset import load_dataset
from esc_core.generate.training.expected import expected_seconds
from esc_core.training.process.priority import give_way


def main() -> None:
    """Time the parts of a training, and store what they take."""
    give_way()  # as the run will
    expected_seconds(GeneratorConfig.from_dict(json.load(sys.stdin)), load_dataset(sys.argv[1]))


if __name__ == "__main__":
    main()
