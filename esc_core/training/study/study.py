"""All cells of a grid, spread over workers by `dask.distributed`."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from esc_core.config import esc_home
from esc_core.dataset import load_dataset
from esc_core.dataset.faults import some_readable
from esc_core.dataset.provenance import data_name
from esc_core.disk.files import reason
from esc_core.errors import EscError, TrainingError
from esc_core.training.lessons.lessons import lesson_arms
from esc_core.training.process.create import check_run
from esc_core.training.runs.queue import n_slots
from esc_core.training.study.cell import train_cell
from esc_core.training.study.grid import Cell, Grid
from esc_core.training.study.results import Row, read_rows
from esc_core.training.study.tables import finished_rows, write_results
from esc_core.words import percent

if TYPE_CHECKING:
    from distributed import Client, Future

QUIET = {
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.worker.profile.enabled": False,
}
"""Settings that turn off dask's self-monitoring, which takes an eighth of a core for two workers that only wait."""

CONNECT_SECONDS = 10
"""Time to wait for a scheduler to answer."""

POLL_SECONDS = 5
"""Time between checks for new workers."""


def study_dir(grid: Grid) -> Path:
    """Return the folder of a study's runs and tables: ``ESC_HOME/studies/NAME``."""
    return esc_home() / "studies" / grid.name


def run_study(
    grid: Grid,
    data_dir: str | Path,
    *,
    scheduler: str | None = None,
    out: Path | None = None,
    command: str = "",
    progress: Callable[[str], None] = lambda line: None,
) -> list[Row]:
    """Train every cell that is not done yet; the tables are rewritten after each.

    Each cell is a run folder, so a study that is started again goes on where it stopped, and another worker takes over
    the cells of one that died. Cells that the tables in `out` hold with the same settings count as done, even if their
    run folders are gone. Workers on other machines need `data_dir` and ``ESC_HOME`` under the same paths.

    Parameters
    ----------
    grid : Grid
        The plan.
    data_dir : str or pathlib.Path
        Folder of the data set.
    scheduler : str, optional
        Address of a running scheduler, such as ``tcp://host:8786``; a cluster of this machine, with one worker
        per training slot, if left out.
    out : pathlib.Path, optional
        Folder of the tables; the study's folder if left out.
    command : str
        Command that makes the tables; it is written into them.
    progress : callable, optional
        Receives lines for people.

    Returns
    -------
    list of Row
        Finished cells, in the order of the grid.

    Raises
    ------
    TrainingError
        If the scheduler does not answer or is lost, or a cell failed (the others are finished first).
    EscError
        If the data or a cell's settings are wrong; nothing is trained then.
    """
    clips = load_dataset(data_dir)
    data = str(clips.root.resolve())
    bad, remarks = some_readable(clips), dict[str, None]()
    for cell in grid.cells:
        dataset, notes = check_run(cell.config, data, unreadable=bad)
        remarks |= {f"fold {cell.config.val_fold}: {remark}": None for remark in notes.sentences}
        if grid.lesson:  # raises now what would fail later
            lesson_arms(grid.lesson, dataset, seed=cell.config.seed, config=cell.config, unreadable=bad)
    for remark in remarks:  # each once, however many cells it concerns
        progress(remark)
    folder, tables = study_dir(grid), out or study_dir(grid)
    rows = finished_rows(tables, grid, data=data_name(clips))
    left = [cell for cell in grid.cells if cell.id not in rows]
    if not left:
        return _ordered(grid, rows)
    try:
        tables.mkdir(parents=True, exist_ok=True)  # now, not after the first cell's minutes of training
    except OSError as error:
        raise TrainingError(f"the folder {tables} can't be made: {reason(error)}") from error
    failed: list[str] = []
    with _client(scheduler) as client:
        for cell, result in _results(client, grid, left, data, folder):
            if isinstance(result, Exception):
                failed.append(str(result))
                progress(f"{cell.id}: {result}")
                continue
            rows[cell.id] = read_rows(cell, folder / "runs" / cell.id, result)
            write_results(tables, grid, _ordered(grid, rows), command=command)
            n_workers = max(1, len(client.scheduler_info()["workers"]))
            scores = ", ".join(percent(arm["accuracy"], digits=1) for arm in result)
            progress(f"{cell.id}: {scores}; {_progress(rows, len(grid.cells), n_workers)}")
    if failed:
        raise TrainingError(f"{len(failed)} of {len(grid.cells)} cells failed; the first: {failed[0]}")
    return _ordered(grid, rows)


def _ordered(grid: Grid, rows: dict[str, list[Row]]) -> list[Row]:
    return [row for cell in grid.cells for row in rows.get(cell.id, [])]


@contextmanager
def _client(scheduler: str | None) -> Iterator[Client]:
    import dask
    from distributed import CancelledError, Client, LocalCluster
    from distributed.comm.core import CommClosedError
    from distributed.utils import silence_logging_cmgr

    if scheduler is None:
        with dask.config.set(QUIET):  # its workers inherit them
            cluster = LocalCluster(
                n_workers=n_slots(),
                threads_per_worker=1,
                host="127.0.0.1",
                memory_limit=0,  # a run's memory lies in a process of its own
                dashboard_address="127.0.0.1:0",  # None still takes a fixed port, and warns if it is in use
                silence_logs=50,
            )
            with cluster, Client(cluster) as client:
                yield client
        return
    try:
        client = Client(scheduler, timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError, ValueError) as error:
        raise TrainingError(f"no scheduler answers at {scheduler}") from error
    with silence_logging_cmgr(logging.CRITICAL), client:
        try:
            yield client
        except (CancelledError, CommClosedError) as error:
            raise TrainingError(
                f"the scheduler at {scheduler} was lost; the same command goes on from the runs that it left"
            ) from error


def _results(client: Client, grid: Grid, cells: list[Cell], data: str, folder: Path) -> Iterator[tuple[Cell, Any]]:
    """Yield each cell with its results or its error, as they come.

    A cell is submitted when a worker is free for it. If all were submitted at once, some would wait for a worker that
    trains for minutes while another is idle, since the scheduler cannot know how long a cell takes.
    """
    from distributed import wait

    waiting = deque(cells)
    running: dict[Future[list[dict[str, Any]]], Cell] = {}
    while waiting or running:
        while waiting and len(running) < max(1, sum(client.nthreads().values())):
            cell = waiting.popleft()
            future = client.submit(
                train_cell,
                str(folder / "runs" / cell.id),
                cell.config.to_dict(),
                data,
                grid.lesson,
                key=f"{grid.name}/{cell.id}",
                pure=False,
            )
            running[future] = cell
        try:
            done = wait(list(running), timeout=POLL_SECONDS, return_when="FIRST_COMPLETED").done
        except TimeoutError:
            continue  # a worker may have come
        for future in done:
            cell, error = running.pop(future), future.exception()
            if error is not None and not isinstance(error, EscError):
                error = TrainingError(f"{cell.id}: the worker failed ({type(error).__name__}: {error})")
            yield cell, error if error is not None else future.result()


def _progress(rows: dict[str, list[Row]], n: int, n_workers: int) -> str:
    seconds = sum(row.result["seconds"] for cell in rows.values() for row in cell)
    left = seconds / len(rows) * (n - len(rows)) / n_workers
    return f"{len(rows)} of {n} cells, about {left / 60:.0f} min left"
