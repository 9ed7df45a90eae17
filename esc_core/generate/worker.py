"""The process that trains a generator: ``python -m esc_core.generate.worker RUN [LOCK]``; see the other worker."""

from __future__ import annotations

import sys

from esc_core.generate.train import train_generator
from esc_core.training.worker import main

if __name__ == "__main__":
    sys.exit(main(train_generator))
