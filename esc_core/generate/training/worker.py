"""The process that trains a generator: ``python -m esc_core.generate.training.worker RUN [LOCK]``.

All but the training itself is as in `esc_core.training.process.worker`.
"""

from __future__ import annotations

from esc_core.generate.training.train import train_generator
from esc_core.training.process.worker import end_at_once, main

if __name__ == "__main__":
    end_at_once(main(train_generator))
