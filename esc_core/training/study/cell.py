"""One cell of a study: a run folder that is trained once, however often it is asked for."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from esc_core.config import TrainConfig
from esc_core.dataset import load_dataset
from esc_core.dataset.provenance import data_name
from esc_core.disk.files import read_json
from esc_core.disk.stored import fits, number, share, text
from esc_core.errors import TrainingError
from esc_core.training.lessons.teach import lesson_curves
from esc_core.training.process.control import requeue, start_worker
from esc_core.training.process.create import create_run
from esc_core.training.record import this_machine
from esc_core.training.runs.run import Run

MAX_INTERRUPTIONS = 3
"""Times that a cell whose worker died is resumed before the study gives up on it."""

POLL_SECONDS = 0.5

_CARD = {
    **dict.fromkeys(("accuracy", "macro_recall"), share),
    **dict.fromkeys(("n_train", "n_parameters", "multiply_adds"), number),
    **dict.fromkeys(("data", "machine"), text),
}


def train_cell(folder: str, settings: dict[str, Any], data_dir: str, lesson: str | None = None) -> list[dict[str, Any]]:
    """Train a cell to its end: start it, wait for it if it is at work already, resume it if it was interrupted.

    This runs in a worker of the study, which may die at any moment, so that its cells are done again elsewhere; a run
    that outlived its worker is waited for, not trained twice.

    Parameters
    ----------
    folder : str
        The cell's run folder, on a path that all workers share.
    settings : dict
        `TrainConfig.to_dict` of the cell.
    data_dir : str
        Folder of the data set.
    lesson : str, optional
        Train the arms of this lesson instead.

    Returns
    -------
    list of dict
        See `cell_results`.

    Raises
    ------
    TrainingError
        If the run failed, was stopped by hand, or was interrupted too often.
    """
    _forget_nanny()
    run = _run(Path(folder), TrainConfig.from_dict(settings), data_dir, lesson)
    _start_again(run)
    interruptions = 0
    while (status := run.status()).state != "done":
        if status.state == "failed":
            raise TrainingError(f"{run.name}: {status.error}")
        if status.state == "stopped":
            raise TrainingError(f"{run.name} was stopped; start the study again to go on with it")
        if status.state == "interrupted":
            interruptions += 1
            if interruptions > MAX_INTERRUPTIONS:
                raise TrainingError(f"{run.name} died {MAX_INTERRUPTIONS + 1} times; its log may say why")
            _start_again(run)
        time.sleep(POLL_SECONDS)
    return cell_results(run)


def _forget_nanny() -> None:
    """Unset the variables that dask's nanny sets for its worker, since the runs that the worker starts inherit them.

    They make the allocator return freed memory to the system at once; a training step then takes over twice as long.
    """
    import dask
    import distributed  # noqa: F401  (brings the settings)

    for name, value in dask.config.get("distributed.nanny.pre-spawn-environ", {}).items():
        if os.environ.get(name) == str(value):
            del os.environ[name]


def _start_again(run: Run) -> None:
    """Start a worker for a run that ended early; leave alone one that is done or at work."""
    status = run.status()
    if status.can_resume:
        requeue(run, status)
        start_worker(run)


def _run(folder: Path, config: TrainConfig, data_dir: str, lesson: str | None) -> Run:
    run = Run(folder)
    if run.about_file.exists():
        if _plan(run.config) != _plan(config):
            raise TrainingError(f"{folder} was trained with other settings; remove it, or give the study another name")
        if Path(run.data_dir).resolve() != Path(data_dir).resolve():
            raise TrainingError(
                f"{folder} was trained on the data in {run.data_dir}; remove it, or give the study another name"
            )
        return run
    run.config_file.unlink(missing_ok=True)  # of a worker that died before the run was whole
    run = create_run(config, data_dir, out=folder, name=folder.name, lesson=lesson)
    start_worker(run)
    return run


def _plan(config: TrainConfig) -> dict[str, Any]:
    """Return the settings as planned, without the dtype, which is measured where the run is trained."""
    values: dict[str, Any] = json.loads(json.dumps(config.to_dict()))
    return {key: value for key, value in values.items() if key != "dtype"}


def cell_results(run: Run) -> list[dict[str, Any]]:
    """Return the results of a finished run, after its last epoch.

    Parameters
    ----------
    run : Run
        Done.

    Returns
    -------
    list of dict
        One dict with ``accuracy``, ``macro_recall`` (0–1), ``best_accuracy`` (the highest of all epochs, chosen on the
        test and so no valid score), ``n_epochs``, ``seconds``, ``core_seconds`` (of all cores together), ``dtype``,
        ``n_train`` (clips), ``n_parameters``, ``multiply_adds`` (per clip), ``data``, ``machine``. Of a lesson, one
        dict per arm: ``arm``, ``accuracy`` on its own test, ``sealed_accuracy`` on clips that no arm is trained on,
        ``n_train``, ``n_test``, ``n_sealed``, ``same_clip``, ``siblings``, ``n_epochs``, ``seconds``, ``dtype``,
        ``data``, ``machine``.
    """
    if run.lesson:
        return _arms(run)
    card, rows = read_json(run.card_file), run.metrics()
    accuracies = [row["val_accuracy"] for row in rows if row["val_accuracy"] is not None]
    if not accuracies or not fits(card, _CARD):
        raise TrainingError(f"the results of {run.name} can't be read: its card or its curves are damaged")
    return [
        {
            "accuracy": card["accuracy"],
            "macro_recall": card["macro_recall"],
            "best_accuracy": max(accuracies),
            "n_epochs": rows[-1]["epoch"],
            "seconds": rows[-1]["seconds"],
            "core_seconds": rows[-1].get("core_seconds"),
            "dtype": run.config.dtype,
            "n_train": card["n_train"],
            "n_parameters": card["n_parameters"],
            "multiply_adds": card["multiply_adds"],
            "data": card["data"],
            "machine": card["machine"],
        }
    ]


def _arms(run: Run) -> list[dict[str, Any]]:
    data = data_name(load_dataset(run.data_dir))
    results, before = [], 0.0
    for arm in lesson_curves(run):
        last = arm.rows[-1]
        results.append(
            {
                "arm": arm.name,
                "accuracy": last["accuracy"],
                "sealed_accuracy": last["sealed_accuracy"],
                "n_train": arm.n_train,
                "n_test": arm.n_test,
                "n_sealed": arm.n_sealed,
                "same_clip": arm.same_clip,
                "siblings": arm.siblings,
                "n_epochs": last["epoch"],
                "seconds": round(last["seconds"] - before, 1),
                "dtype": run.config.dtype,
                "data": data,
                "machine": this_machine(),
            }
        )
        before = last["seconds"]
    return results
