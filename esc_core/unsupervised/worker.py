"""A map, made in a process of its own: ``python -m esc_core.unsupervised.worker DATA EMBEDDING``.

UMAP and what it compiles would hold up the pages. Each line on standard error says what is being done, the last one why
it failed, if it did.
"""

from __future__ import annotations

import sys
from pathlib import Path

from esc_core.dataset import load_dataset
from esc_core.errors import EscError
from esc_core.libraries import prepare_numba
from esc_core.unsupervised.embedders import load_embedder
from esc_core.unsupervised.maps import make_map, map_path, measure_map, write_measures
from esc_core.unsupervised.vectors import Embeddings, embed_dataset


def main(root: str, name: str) -> int:
    """Make the map of a data set and measure it; return the exit status.

    Parameters
    ----------
    root : str
        Folder in ESC-50's layout.
    name : str
        One of `esc_core.unsupervised.embedders.EMBEDDINGS`.

    Returns
    -------
    int
        0 if map and measures were stored, else 1.
    """
    prepare_numba()
    try:
        dataset, embedder = load_dataset(Path(root)), load_embedder(name)
        embeddings = embed_dataset(dataset, embedder, progress=_count)
        _tell("Laying the sounds out")
        found = make_map(dataset, embedder, embeddings)

        def of_fold(fold: int) -> Embeddings:
            return embed_dataset(dataset, load_embedder(name, fold=fold))

        _tell("Comparing with the categories")
        write_measures(map_path(dataset, embedder.key), measure_map(dataset, found, of_fold))
    except (EscError, OSError) as error:
        _tell(str(error))
        return 1
    return 0


def _count(done: int, n: int) -> None:
    if done % 10 == 0 or done == n:
        _tell(f"Reading the clips: {done} of {n}")


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
