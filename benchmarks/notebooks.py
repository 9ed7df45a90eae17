"""What each notebook costs in its quick setting, on synthetic sounds: processor time, and the clock beside it.

    python -m benchmarks.notebooks [--notebook 04 …] [--data DIR]

Each notebook runs from its top to its end in a kernel of its own, with the passes over the clips that stand in it, on
DIR, else on the synthetic starter set that a new machine makes. It may take `MINUTES` on two cores. A clock says little
on a machine that others use, so what counts is the processor time of the kernel and its children: `LIMIT` in all.
Beside it stands the kernel that only imports the library and TensorFlow. Needs tests/requirements.txt.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from esc_core.dataset.starter.folder import make_starter_set

ROOT = Path(__file__).parent.parent

MINUTES, CORES = 3, 2
"""Longest time of a notebook, and cores of the machine that it is meant for."""

LIMIT = 60.0 * MINUTES * CORES
"""Most processor time of a notebook, in seconds: more can't be done in `MINUTES` by `CORES`."""

REFERENCE = "from esc_core.libraries import load_tensorflow\nload_tensorflow()"
"""What every notebook that trains does before anything else."""


@dataclass(frozen=True)
class Cost:
    """What a notebook took.

    Attributes
    ----------
    name : str
        Of the notebook.
    core_seconds : float
        User and system time of its kernel and of the processes that the kernel waited for.
    seconds : float
        By the clock, which others on the machine make longer.
    """

    name: str
    core_seconds: float
    seconds: float

    @property
    def fits(self) -> bool:
        """Whether it can be done in the time that a notebook may take."""
        return self.core_seconds <= LIMIT


def measure(name: str, notebook: nbformat.NotebookNode, env: dict[str, str]) -> Cost:
    """Run a notebook; raise `nbclient.exceptions.CellExecutionError` if a cell fails."""
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(notebook, kernel_name="python3", timeout=None, resources={"metadata": {"path": folder}})
        before, began = _children_seconds(), time.monotonic()
        client.execute(env=env)  # ends its kernel, whose time counts from then on
        return Cost(name, _children_seconds() - before, time.monotonic() - began)


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def environment(folder: Path, data: Path) -> dict[str, str]:
    """Return the variables of a kernel: a home of its own, and the passes that the notebooks name."""
    own = {
        "ESC_HOME": str(folder / "home"),
        "ESC50_DIR": str(data),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "PYTHONPATH": str(ROOT),
    }
    return {**{name: value for name, value in os.environ.items() if name != "ESC_NOTEBOOK_EPOCHS"}, **own}


def as_row(cost: Cost, reference: Cost) -> str:
    """Return a row of the table."""
    times, ratio = cost.core_seconds / 60, cost.core_seconds / max(reference.core_seconds, 0.1)
    verdict = "" if cost.fits else f" more than {LIMIT / 60:.0f}"
    return f"{cost.name:32} {times:6.2f} {cost.seconds / 60:8.2f} {ratio:7.1f}x{verdict}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure all notebooks, or those that are named; return 1 if one takes too much."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--notebook", nargs="*", default=[""], metavar="NUMBER", help="01, 02 …; all by default")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of ESC-50 (default: the starter set)")
    parsed = parser.parse_args(arguments)
    chosen = tuple(parsed.notebook)
    paths = [path for path in sorted((ROOT / "notebooks").glob("*.ipynb")) if path.name.startswith(chosen)]
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        env = environment(folder, parsed.data.resolve() if parsed.data else make_starter_set(folder / "data"))
        cells = [nbformat.v4.new_code_cell(REFERENCE)]
        reference = measure("TensorFlow alone", nbformat.v4.new_notebook(cells=cells), env)
        print(f"{'':32} {'core':>6} {'clock':>8}  beside the first\n{'':32} {'min':>6} {'min':>8}")
        print(as_row(reference, reference), flush=True)
        costs = []
        for path in paths:
            costs.append(measure(path.stem, nbformat.read(path, as_version=4), env))
            print(as_row(costs[-1], reference), flush=True)
    return 0 if all(cost.fits for cost in costs) else 1


if __name__ == "__main__":
    sys.exit(main())
