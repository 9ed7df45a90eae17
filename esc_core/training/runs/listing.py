"""All runs that are here: listed, found by name, renamed."""

from __future__ import annotations

from pathlib import Path

from esc_core.config import esc_home, require
from esc_core.disk.files import reason, write_json
from esc_core.errors import TrainingError
from esc_core.training.runs.contents import (
    BUSY,
)
from esc_core.training.runs.folder import RunFolder
from esc_core.training.runs.run import Run
from esc_core.training.runs.status import Guesses, RunNotes, Status, Watched, changed_guesses


def runs_dir() -> Path:
    """Return the folder of all runs, from page, shell and study; it may not exist yet."""
    return esc_home() / "runs"


def list_runs(*, kind: str | None = None) -> list[Run]:
    """Return all runs, the newest first; cheap enough to be called every second.

    Parameters
    ----------
    kind : str, optional
        Only those of this `Run.kind`.

    Returns
    -------
    list of Run
        Without those that are being written or deleted.
    """
    try:
        # a dot marks a run that is being deleted
        runs = [Run(path) for path in runs_dir().iterdir() if not path.name.startswith(".")]
        runs = [run for run in runs if run.about_file.exists()]
    except OSError:
        return []
    chosen = [run for run in runs if kind in (None, run.kind)]
    return sorted(chosen, key=lambda run: run.id, reverse=True)


def find_run(run_id: str) -> Run:
    """Return a run by its id.

    Raises
    ------
    TrainingError
        If there is none.
    """
    run = next((run for run in list_runs() if run.id == run_id), None)
    if run is None:
        raise TrainingError(f"there is no run {run_id!r}")
    return run


def run_called(text: str) -> Run:
    """Return the run that a person means.

    Parameters
    ----------
    text : str
        Its folder, its id, or its name, such as "amber fox".

    Returns
    -------
    Run
        The run.

    Raises
    ------
    TrainingError
        If there is none, or several have the name.
    """
    folder = Path(text)
    if RunFolder(folder).about_file.is_file():
        return Run(folder)
    runs = list_runs()
    found = [run for run in runs if run.id == text] or [run for run in runs if run.name == text]
    if not found:
        raise TrainingError(f"there is no run {text!r}; a run's folder, id or name is needed")
    if len(found) > 1:
        raise TrainingError(f"{len(found)} runs are called {text!r}; use an id: {', '.join(run.id for run in found)}")
    return found[0]


def rename(run: Run, name: str) -> None:
    """Give a run another name.

    Parameters
    ----------
    run : Run
        The run, in any state.
    name : str
        The new name, up to 60 characters.

    Raises
    ------
    ParameterError
        If the name is empty or too long.
    TrainingError
        If it can't be written.
    """
    name = " ".join(name.split())
    require(0 < len(name) <= 60, "name must have 1–60 characters", name)
    if not (about := run.about):
        raise TrainingError(f"{run.id} can't be renamed: its {run.about_file.name} is damaged")
    try:
        write_json(run.about_file, {**about, "name": name})
    except OSError as error:
        raise TrainingError(f"the name can't be written: {reason(error)}") from error


__all__ = [
    "BUSY",
    "Guesses",
    "Run",
    "RunNotes",
    "Status",
    "Watched",
    "changed_guesses",
    "find_run",
    "list_runs",
    "rename",
    "run_called",
    "runs_dir",
]
