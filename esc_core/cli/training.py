"""``train`` and ``study``: one run, or a grid of them."""

from __future__ import annotations

import argparse
import dataclasses
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from esc_core.cli.common import DATA_HELP, add_command, data_folder, open_dataset, program
from esc_core.cli.output import emit, emit_json, say
from esc_core.config import FOLD_NUMBERS, TrainConfig, require
from esc_core.disk.files import read_text, reason
from esc_core.words import percent

if TYPE_CHECKING:
    from esc_core.dataset.own import OwnSet
    from esc_core.training.runs.run import Run


OF_A_NEW_RUN = ("data", "val_fold", "model", "preset", "config", "chain", "epochs", "width", "seed", "out")
"""Options of `train` that decide a new run, and so are refused where a run goes on."""


def add_train(commands: Any) -> None:
    """Add the command that trains a fold."""
    from esc_core.models import ARCHITECTURES
    from esc_core.training.presets import PRESETS

    parser = add_command(
        commands, "train", _train, "Train one fold into a run folder.", "train --data ESC-50 --val-fold 1 --out run1"
    )
    parser.add_argument("--data", type=Path, metavar="DATA", help=DATA_HELP)
    parser.add_argument("--model", help=f"network: {', '.join(ARCHITECTURES)} (default: {TrainConfig.model})")
    parser.add_argument("--val-fold", type=int, choices=FOLD_NUMBERS, help="fold to hold out and to score")
    settings = parser.add_mutually_exclusive_group()
    settings.add_argument("--preset", help=f"recipe with network and epochs: {', '.join(PRESETS)}")
    settings.add_argument("--config", type=Path, metavar="FILE.json", help="settings, as in a run's config.json")
    parser.add_argument(
        "--chain", type=Path, metavar="CHAIN.json", help="augmentation chain, as the Augment page writes it"
    )
    parser.add_argument("--epochs", type=int, help="passes over the training clips")
    parser.add_argument("--width", type=int, help="channels of the first block")
    parser.add_argument("--seed", type=int, help="seed of weights, order and augmentation (default: 0)")
    parser.add_argument("--out", type=Path, metavar="RUN", help="run folder (default: a new one below ESC_HOME)")
    parser.add_argument(
        "--resume", metavar="RUN", help="go on with a run that ended early: its folder, its id or its name"
    )
    parser.add_argument(
        "--quick", action="store_true", help="learn in seconds, on what a shipped model knows; makes a model, no run"
    )
    parser.add_argument("--name", help="name of the model that --quick makes")
    parser.add_argument("--base", help="what --quick learns on: yamnet or mel_cnn (default: the best one at hand)")
    parser.set_defaults(usage_error=parser.error)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON: accuracy, epochs, seconds")


def _train(arguments: argparse.Namespace) -> int:
    from esc_core.training.process.worker import work
    from esc_core.training.runs.heartbeat import StoppedError

    if arguments.quick:
        return _learnt_quickly(arguments)
    if arguments.name or arguments.base:
        arguments.usage_error("--name and --base belong to --quick")
    run = _resumed(arguments) if arguments.resume else _created(arguments)
    try:
        say(f"run {run.name!r} in {run.folder}")
        result = work(run, progress=say)
    except StoppedError:
        say(_how_to_go_on(run, arguments.out))
        return 1
    except KeyboardInterrupt as error:
        error.args = (_how_to_go_on(run, arguments.out),)
        raise
    if arguments.json:
        emit_json(dataclasses.asdict(result))
    else:
        emit(
            f"fold {run.config.val_fold}, last epoch: {percent(result.accuracy, digits=1)} in "
            f"{result.seconds / 60:.1f} minutes; run {run.name!r} in {run.folder}"
        )
    return 0


def _learnt_quickly(arguments: argparse.Namespace) -> int:
    from esc_core.training.quick import learn, save
    from esc_core.training.quick.saved import own_model_folder

    _check_quick_options(arguments)
    own = _own_set(arguments.data)
    folder = own_model_folder(arguments.name)
    folder = own.models_dir / folder.name if own else folder
    dataset = own.dataset() if own else open_dataset(arguments.data)

    def tell(doing: str, done: int, total: int) -> None:
        if done % 20 == 0 or done == total:
            say(f"{doing}: {done} of {total}")

    learnt = learn(dataset, base=arguments.base, seed=arguments.seed or 0, progress=tell)
    save(learnt, folder)
    for remark in learnt.remarks:
        say(remark)
    if arguments.json:
        emit_json(learnt.result.to_dict())
    else:
        emit(f"{learnt.result.sentence} Model {arguments.name!r} was learnt in {learnt.seconds:.0f} s")
    return 0


def _check_quick_options(arguments: argparse.Namespace) -> None:
    if arguments.data is None or not arguments.name:
        arguments.usage_error("--quick needs --data and --name")
    of_runs = [name for name in (*OF_A_NEW_RUN, "resume") if name not in ("data", "seed")]
    if given := [name for name in of_runs if getattr(arguments, name) is not None]:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        arguments.usage_error(f"--quick makes a model and no run; it takes no {names}")


def _own_set(data: Path) -> OwnSet | None:
    """Return the data set of one's own that a key, a name or its folder means; None for any other folder."""
    from esc_core.cli.own import find_own
    from esc_core.dataset.own import open_set, set_folders

    if not data.is_dir():
        return find_own(str(data))
    same = [folder for folder in set_folders() if folder.resolve() == data.resolve()]
    return open_set(same[0].name) if same else None


def _created(arguments: argparse.Namespace) -> Run:
    from esc_core.training.process.create import create_run

    missing = [name for name in ("data", "val_fold") if getattr(arguments, name) is None]
    if missing:
        names = " and ".join(f"--{name.replace('_', '-')}" for name in missing)
        arguments.usage_error(f"a new run needs {names}")
    arguments.data = data_folder(arguments.data)
    # in this process, so that Ctrl-C stops it; in the same queue and list as the page's runs
    return create_run(train_config(arguments), arguments.data, out=arguments.out, preset=arguments.preset)


def _resumed(arguments: argparse.Namespace) -> Run:
    from esc_core.training.process.control import queue_again
    from esc_core.training.runs.listing import run_called

    given = [name for name in OF_A_NEW_RUN if getattr(arguments, name) is not None]
    if given:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        arguments.usage_error(f"--resume goes on with the settings of the run; it takes no {names}")
    run = run_called(arguments.resume)
    _ = run.config  # refuses a generator's before it is queued
    queue_again(run)
    return run


def _how_to_go_on(run: Run, out: Path | None) -> str:
    status = run.written()
    line = f"{program()} train --resume {shlex.quote(str(out or run.folder))}"
    if not status.epoch:
        return f"the run was stopped in its first epoch; to start it again: {line}"
    return f"the run was stopped after epoch {status.epoch} of {status.n_epochs}; to go on: {line}"


def train_config(arguments: argparse.Namespace) -> TrainConfig:
    """Build the settings of a run from a preset or a file, and from the options that override them."""
    from esc_core.models import recipe
    from esc_core.training.presets import preset

    options = {
        "model": arguments.model,
        "val_fold": arguments.val_fold,
        "width": arguments.width,
        "seed": arguments.seed,
        "augment": _chain(arguments.chain),
    }
    given = {key: value for key, value in options.items() if value is not None}
    if arguments.preset:
        return preset(arguments.preset).config(open_dataset(arguments.data), n_epochs=arguments.epochs, **given)
    return recipe({"dtype": "auto", **_settings(arguments.config), **given}, n_epochs=arguments.epochs)


def _chain(path: Path | None) -> list[dict[str, Any]] | None:
    from esc_core.augment.files import steps_from_file

    return None if path is None else steps_from_file(path)


def _settings(path: Path | None) -> dict[str, Any]:
    from esc_core.errors import TrainingError

    if path is None:
        return {}
    try:
        values = json.loads(read_text(path))
    except OSError as error:
        raise TrainingError(f"{path} can't be read: {reason(error)}") from error
    except (ValueError, RecursionError) as error:
        raise TrainingError(f"{path} can't be read as JSON: {error}") from error
    rule = f"{path} must hold an object of settings (a chain alone is for --chain)"
    require(isinstance(values, dict), rule, values)
    return values


def add_study(commands: Any) -> None:
    """Add the command that trains a grid of runs."""
    command = add_command(
        commands,
        "study",
        _study,
        "Train a grid of runs (network x augmentation x fold x seed) and collect the scores; run again, it goes on.",
        "study grid.toml --data ESC-50",
    )
    command.add_argument("grid", type=Path, metavar="GRID.toml")
    command.add_argument("--data", type=Path, metavar="DATA", help=f"{DATA_HELP} (default: as `data info` says)")
    command.add_argument(
        "--scheduler", help="address of a dask scheduler, such as tcp://host:8786 (default: this machine)"
    )
    command.add_argument("--out", type=Path, help="folder for the tables (default: the study's, below ESC_HOME)")
    command.add_argument("--json", action="store_true", help="print the cells' scores as a list")


def _study(arguments: argparse.Namespace) -> int:
    from esc_core.training.study.grid import read_grid
    from esc_core.training.study.results import as_markdown
    from esc_core.training.study.study import run_study

    grid = read_grid(arguments.grid)
    try:
        rows = run_study(
            grid,
            data_folder(arguments.data),
            scheduler=arguments.scheduler,
            out=arguments.out,
            command=f"python -m esc_core study {arguments.grid.as_posix()} --data DIR",
            progress=say,
        )
    except KeyboardInterrupt as error:
        error.args = ("interrupted; the runs at work train on, and the same command goes on with the study",)
        raise
    if arguments.json:
        emit_json([row.values for row in rows], indent=1)
    else:
        emit(as_markdown(grid, rows))
    return 0
