"""``train`` and ``study``: one run, or a grid of them."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

from esc_core.cli.common import add_command, data_folder, open_dataset, say
from esc_core.config import TrainConfig, require
from esc_core.files import read_text, reason
from esc_core.words import percent


def add_train(commands: Any) -> None:
    """Add the command that trains a fold."""
    from esc_core.models import ARCHITECTURES
    from esc_core.training.presets import PRESETS

    parser = add_command(
        commands, "train", _train, "Train one fold into a run folder.", "train --data ESC-50 --val-fold 1 --out run1"
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder in ESC-50's layout")
    parser.add_argument("--model", help=f"network: {', '.join(ARCHITECTURES)} (default: {TrainConfig.model})")
    parser.add_argument(
        "--val-fold", type=int, required=True, choices=range(1, 6), help="fold to hold out and to score"
    )
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
    parser.add_argument("--json", action="store_true", help="end with one line of JSON: accuracy, epochs, seconds")


def _train(arguments: argparse.Namespace) -> int:
    from esc_core.training.create import create_run
    from esc_core.training.runs.heartbeat import StoppedError
    from esc_core.training.worker import work

    config = train_config(arguments)
    # in this process, so that Ctrl-C stops it; in the same queue and list as the page's runs
    run = create_run(config, arguments.data, out=arguments.out, preset=arguments.preset)
    say(f"run {run.name!r} in {run.folder}")
    try:
        result = work(run, progress=say)
    except StoppedError:
        say("the run was stopped; the Train page can resume it")
        return 1
    if arguments.json:
        print(json.dumps(dataclasses.asdict(result)))
    else:
        print(
            f"fold {config.val_fold}, last epoch: {percent(result.accuracy, digits=1)} in {result.seconds / 60:.1f} "
            "minutes; "
            f"run {run.name!r} in {run.folder}"
        )
    return 0


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
        "study grid.toml --data ESC-50-master",
    )
    command.add_argument("grid", type=Path, metavar="GRID.toml")
    command.add_argument("--data", type=Path, help="folder of the data set (default: as `data info` says)")
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
    rows = run_study(
        grid,
        data_folder(arguments.data),
        scheduler=arguments.scheduler,
        out=arguments.out,
        command=f"python -m esc_core study {arguments.grid.as_posix()} --data DIR",
        progress=say,
    )
    print(json.dumps([row.values for row in rows], indent=1) if arguments.json else as_markdown(grid, rows))
    return 0
