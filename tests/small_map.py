"""A map of a data set on a grid, for tests of what shows it: UMAP takes half a minute, and overlapping points hide."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from esc_core.dataset import Dataset, load_dataset
from esc_core.unsupervised import maps
from esc_core.unsupervised.embedders import load_embedder
from esc_core.unsupervised.vectors import embed_dataset


def write_grid_map(root: Path, home: Path) -> Dataset:
    """Write the map of the data set in `root`, by log-mel statistics, to where an app with ESC_HOME `home` looks."""
    dataset = load_dataset(root)
    side = int(np.ceil(len(dataset.clips) ** 0.5))
    grid = np.array([divmod(i, side) for i in range(len(dataset.clips))], np.float32) / (side - 1) * 2 - 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ESC_HOME", str(home))
        patch.setattr(maps, "lay_out", lambda x, seed: grid)
        embedder = load_embedder("log_mel")
        maps.make_map(dataset, embedder, embed_dataset(dataset, embedder))
    return dataset
