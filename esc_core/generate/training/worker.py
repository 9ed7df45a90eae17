"""The process that trains a generator: ``python -m esc_core.generate.training.worker RUN [LOCK]``.

All but the training itself is as in `esc_core.training.process.worker`.
"""

from __future__ import annotations

import sys

from esc_core.generate.training.train import train_generator
from esc_core.training.process.worker import main

if __name__ == "__main__":
    sys.exit(main(train_generator))
