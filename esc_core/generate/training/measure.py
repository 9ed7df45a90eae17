"""The process that times a generator's training: ``python -m esc_core.generate.training.measure DIR < config.json``.

`esc_core.training.process.measure.start_measuring` starts it, as it starts that for a classifier.
"""

from __future__ import annotations

from esc_core.config import GeneratorConfig
from esc_core.generate.training.expected import expected_seconds
from esc_core.training.process.measure import main

if __name__ == "__main__":
    main(GeneratorConfig, expected_seconds)
