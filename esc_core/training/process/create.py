"""The folder of a new run; settings are checked first, and nothing is written for those that can't be trained."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from esc_core.config import GeneratorConfig, TrainConfig
from esc_core.dataset import Dataset, load_dataset
from esc_core.dataset.faults import some_readable
from esc_core.disk.files import reason, write_json
from esc_core.errors import TrainingError
from esc_core.training.data.notes import split_notes
from esc_core.training.data.splits import chosen_clips, split_for
from esc_core.training.fit.fit import check_trainable
from esc_core.training.lessons.lessons import LESSON_CONFIG, lesson_arms, lesson_config
from esc_core.training.presets import ten_categories
from esc_core.training.runs.folder import RunFolder
from esc_core.training.runs.listing import list_runs, runs_dir
from esc_core.training.runs.names import new_name
from esc_core.training.runs.run import Run
from esc_core.training.runs.status import RunNotes, Status


def create_run(
    config: TrainConfig | GeneratorConfig,
    data_dir: str | Path,
    *,
    out: Path | None = None,
    name: str | None = None,
    preset: str | None = None,
    lesson: str | None = None,
) -> Run:
    """Write a run's folder; the run trains once it has a worker.

    Parameters
    ----------
    config : TrainConfig or GeneratorConfig
        Settings, which decide what kind of run it is.
    data_dir : str or pathlib.Path
        Folder in ESC-50's layout.
    out : pathlib.Path, optional
        The folder; a new one below `runs_dir` if left out. A folder elsewhere is linked from there.
    name : str, optional
        Name for people; drawn at random if left out.
    preset : str, optional
        Name of the preset that the settings came from.
    lesson : str, optional
        Train the arms of this lesson instead.

    Returns
    -------
    Run
        Queued.

    Raises
    ------
    DatasetError
        If the folder is no data set, or no clip of the categories can be read.
    ModelError
        If there is no such architecture.
    ParameterError
        If the chain is wrong.
    TrainingError
        If the folder holds a run or can't be written, or the settings leave no clips to train on or to validate with.
    """
    if out and RunFolder(out).config_file.exists():
        raise TrainingError(f"{out} holds a run already; name another folder")
    dataset, notes = check_run(config, data_dir)  # before anything is written
    name = name or new_name({run.name for run in list_runs()})
    about = {
        "name": name,
        "data_dir": str(dataset.root.resolve()),
        "synthetic": dataset.synthetic,
        "submitted_at": time.time(),
        "preset": preset,
        "lesson": lesson,
    }
    run = Run(_new_folder(name, out))
    try:
        run.model_dir.mkdir(parents=True, exist_ok=True)
        write_json(run.config_file, config.to_dict())
        write_json(run.notes_file, asdict(notes))
        queue_run(run, config)
        write_json(run.about_file, about)  # last, since it makes the run appear in lists
    except OSError as error:
        if out is None:
            shutil.rmtree(run.folder, ignore_errors=True)
        else:
            with suppress(OSError):
                run.config_file.unlink()  # otherwise the folder would hold half a run, and be refused the next time
            _remove_link(run, out)
        raise TrainingError(f"the run can't be written to {out or run.folder}: {reason(error)}") from error
    return run


def create_lesson(
    lesson: str, data_dir: str | Path, *, seed: int = 0, n_epochs: int | None = None, dtype: str = LESSON_CONFIG.dtype
) -> Run:
    """Write the folder of a lesson on ten categories; it trains once it has a worker.

    Parameters
    ----------
    lesson : str
        One of `esc_core.training.lessons.lessons.LESSONS`.
    data_dir : str or pathlib.Path
        Folder in ESC-50's layout.
    seed : int
        Of the random splits, and of training.
    n_epochs : int, optional
        Another number of epochs for each arm; see `TrainConfig.with_epochs`.
    dtype : str
        As in `TrainConfig`; "float32" needs no measurement first.

    Returns
    -------
    Run
        Queued; `esc_core.training.lessons.teach.lesson_curves` reads its results.

    Raises
    ------
    EscError
        As `create_run`, or if there is no such lesson.
    """
    dataset = load_dataset(data_dir)
    config = replace(lesson_config(lesson, seed=seed), categories=ten_categories(dataset), dtype=dtype)
    if n_epochs is not None:
        config = config.with_epochs(n_epochs)
    bad = some_readable(dataset)
    chosen, _ = split_for(dataset, config, unreadable=bad)
    lesson_arms(lesson, chosen, seed=seed, unreadable=bad)  # raises now what would fail later
    return create_run(config, data_dir, lesson=lesson)


def check_run(
    config: TrainConfig | GeneratorConfig, data_dir: str | Path, *, unreadable: Mapping[str, str] | None = None
) -> tuple[Dataset, RunNotes]:
    """Refuse settings that can't be trained on a folder of data; see `create_run` for the errors.

    Parameters
    ----------
    config : TrainConfig or GeneratorConfig
        Settings.
    data_dir : str or pathlib.Path
        Folder in ESC-50's layout.
    unreadable : mapping of str to str, optional
        What `esc_core.dataset.faults.bad_clips` returned, if the clips were checked before.

    Returns
    -------
    dataset : Dataset
        The data, all of it.
    notes : RunNotes
        What the run will leave out, as far as the headers of the clips say.
    """
    if isinstance(config, TrainConfig):
        check_trainable(config)
    dataset = load_dataset(data_dir)
    chosen = chosen_clips(dataset, config.categories)
    bad = some_readable(chosen) if unreadable is None else unreadable
    chosen, split = split_for(chosen, config, unreadable=bad)
    return dataset, split_notes(chosen, split, bad)


def _new_folder(name: str, out: Path | None) -> Path:
    stamp = f"{time.strftime('%Y%m%d-%H%M%S')}-{name.replace(' ', '-')}"
    try:
        runs_dir().mkdir(parents=True, exist_ok=True)
        path = _link_or_folder(stamp, out)
    except OSError as error:  # the list of runs, which also holds a link to a folder elsewhere
        raise TrainingError(f"the run can't be listed in {runs_dir()}: {reason(error)}") from error
    if out:
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            _remove_link(Run(path), out)
            raise TrainingError(f"the folder {out} can't be made: {reason(error)}") from error
    return path


def _link_or_folder(stamp: str, out: Path | None) -> Path:
    if out and out.resolve().parent == runs_dir().resolve():
        return out
    for suffix in ("", *(f"-{n}" for n in range(2, 1000))):
        path = runs_dir() / (stamp + suffix)
        with suppress(FileExistsError):
            if out:
                _unlink_former(out)
                path.symlink_to(out.resolve(), target_is_directory=True)
            else:
                path.mkdir()
            return path
    raise TrainingError(f"{runs_dir()} holds too many runs of one second")


def _remove_link(run: Run, out: Path) -> None:
    if run.folder != out:
        with suppress(OSError):
            run.folder.unlink()


def _unlink_former(out: Path) -> None:
    """Remove links to a folder that holds no run: of a process that was killed before its run was whole."""
    for path in runs_dir().iterdir():
        if path.is_symlink() and path.resolve() == out.resolve():
            path.unlink(missing_ok=True)


def queue_run(run: Run, config: TrainConfig | GeneratorConfig, status: Status | None = None) -> None:
    """Put a run at the end of the queue.

    Parameters
    ----------
    run : Run
        Its folder exists.
    config : TrainConfig or GeneratorConfig
        Its settings.
    status : Status, optional
        Its last status, if it goes on from its checkpoint.

    Raises
    ------
    OSError
        If the disk is full.
    """
    if run.lesson:  # it has no checkpoint and starts again
        status = None
    kept = {key: vars(status)[key] for key in ("epoch", "seconds", "accuracy", "macro_recall")} if status else {}
    now = time.time()
    write_json(run.status_file, asdict(Status(n_epochs=config.n_epochs, queued_at=now, heartbeat=now, **kept)))
