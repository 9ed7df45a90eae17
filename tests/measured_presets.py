"""Times of the presets as if they had been measured here, so that no page has a process measure them.

It would take a core for a quarter of a minute per network, beside a test that has no use for it.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from esc_core.dataset import load_dataset
from esc_core.generate.training import expected as generators
from esc_core.generate.training import presets as generator_presets
from esc_core.training import presets
from esc_core.training.data.inputs import COPYING, READING
from esc_core.training.fit.dtype import MIXED, PLAIN, remember_dtype
from esc_core.training.timing.expected import remember_steps
from esc_core.training.timing.preparation import Stopwatch, remember_preparation

STEP = {PLAIN: 0.1, MIXED: 0.2}
"""Seconds of a training step, by precision."""


def remember_presets(home: Path, data: Path) -> None:
    """Store in an ESC_HOME how long each part of each preset of Train and of Generate takes on the data."""
    dataset = load_dataset(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ESC_HOME", str(home))
        for preset in presets.PRESETS.values():
            config = preset.config(dataset)
            remember_steps(config, STEP)
            watch = Stopwatch(clock=map(float, count()).__next__)
            for doing in (READING, COPYING):
                watch(doing, 1, 2)
                watch(doing, 2, 2)
            remember_preparation(config, watch, overhead=20.0)
        for generator in generator_presets.PRESETS.values():
            made = generator.config(dataset)
            dtype = remember_dtype(generators._like(made), STEP)
            generators._parts().keep({generators._key(made, dtype): dict.fromkeys(generators.PARTS, 0.1)})
