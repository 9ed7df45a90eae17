"""``generate``: train a generator, and have it make sounds; `worth` adds what these are worth."""

from __future__ import annotations

import argparse
import dataclasses
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from esc_core.cli.common import DATA_HELP, add_command, add_group, data_folder, open_dataset, positive, program
from esc_core.cli.output import emit, emit_json, say
from esc_core.cli.worth import GENERATOR_HELP, add_worth
from esc_core.config import FOLD_NUMBERS, GeneratorConfig

if TYPE_CHECKING:
    from esc_core.training.runs.run import Run


def add_generate(commands: Any) -> None:
    """Add the commands about generated sounds."""
    actions = add_group(
        commands,
        "generate",
        "Sounds that a network makes up: train one, have it make sounds, judge them, use them for training.",
        "generate train --data ESC-10 --val-fold 5",
    )
    _add_train(actions)
    _add_sample(actions)
    add_worth(actions)


def _add_train(actions: Any) -> None:
    from esc_core.generate.training.presets import PRESETS

    parser = add_command(
        actions,
        "train",
        _train,
        "Train a generator on all folds but one, as a run like any other.",
        "generate train --data ESC-10 --val-fold 5",
    )
    parser.add_argument("--data", type=Path, metavar="DATA", help=DATA_HELP)
    parser.add_argument("--val-fold", type=int, choices=FOLD_NUMBERS, help="fold that it never hears")
    parser.add_argument("--preset", choices=list(PRESETS), help="recipe (default: all categories, the usual epochs)")
    parser.add_argument(
        "--epochs", type=positive, help=f"passes over the training clips (default: {GeneratorConfig.n_epochs})"
    )
    parser.add_argument("--seed", type=int, help="seed of weights, order and points (default: 0)")
    parser.add_argument("--out", type=Path, metavar="RUN", help="run folder (default: a new one below ESC_HOME)")
    parser.add_argument("--resume", metavar="RUN", help="go on with a run that ended early: its folder, id or name")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON: generator, epochs, seconds")
    parser.set_defaults(usage_error=parser.error)


def _add_sample(actions: Any) -> None:
    parser = add_command(
        actions,
        "sample",
        _sample,
        "Have a generator make sounds, as WAV files. The waveform is an approximation (Griffin-Lim).",
        "generate sample --generator esc10-long --category rain --count 8 --out made",
    )
    parser.add_argument("--generator", required=True, help=GENERATOR_HELP)
    parser.add_argument("--category", required=True, help="category to make")
    parser.add_argument("--to", metavar="CATEGORY", help="walk from the category to this one, at one point")
    parser.add_argument("--count", type=positive, default=8, help="sounds, or steps of the walk (default: 8)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the points (default: 0)")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="receives the files")


def _train(arguments: argparse.Namespace) -> int:
    from esc_core.generate.training.train import train_generator
    from esc_core.training.process.worker import work
    from esc_core.training.runs.heartbeat import StoppedError

    run = _resumed(arguments) if arguments.resume else _created(arguments)
    try:
        say(f"run {run.name!r} in {run.folder}")
        result = work(run, train=train_generator, progress=say)
    except StoppedError:
        say(_how_to_go_on(run, arguments.out))
        return 1
    except KeyboardInterrupt as error:
        error.args = (_how_to_go_on(run, arguments.out),)
        raise
    if arguments.json:
        emit_json({"generator": str(run.generator_file), "epochs": result.epochs, "seconds": result.seconds})
    else:
        emit(f"{run.generator_file}, trained in {result.seconds / 60:.1f} minutes; run {run.name!r}")
    return 0


def _created(arguments: argparse.Namespace) -> Run:
    from esc_core.generate.training.presets import PRESETS
    from esc_core.training.process.create import create_run

    missing = [name for name in ("data", "val_fold") if getattr(arguments, name) is None]
    if missing:
        names = " and ".join(f"--{name.replace('_', '-')}" for name in missing)
        arguments.usage_error(f"a new run needs {names}")
    folder = data_folder(arguments.data)
    given = {"val_fold": arguments.val_fold, "n_epochs": arguments.epochs, "seed": arguments.seed}
    given = {name: value for name, value in given.items() if value is not None}
    if arguments.preset:
        config = dataclasses.replace(PRESETS[arguments.preset].config(open_dataset(folder)), **given)
    else:
        config = GeneratorConfig(dtype="auto", **given)
    return create_run(config, folder, out=arguments.out, preset=arguments.preset)


def _resumed(arguments: argparse.Namespace) -> Run:
    from esc_core.generate.training.train import generator_settings
    from esc_core.training.process.control import queue_again
    from esc_core.training.runs.listing import run_called

    given = [
        name for name in ("data", "val_fold", "preset", "epochs", "seed", "out") if getattr(arguments, name) is not None
    ]
    if given:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        arguments.usage_error(f"--resume goes on with the settings of the run; it takes no {names}")
    run = run_called(arguments.resume)
    generator_settings(run)  # refuses a classifier's before it is queued
    queue_again(run)
    return run


def _how_to_go_on(run: Run, out: Path | None) -> str:
    status = run.written()
    line = f"{program()} generate train --resume {shlex.quote(str(out or run.folder))}"
    return f"the run was stopped after epoch {status.epoch} of {status.n_epochs}; to go on: {line}"


def _sample(arguments: argparse.Namespace) -> int:
    import numpy as np

    from esc_core.audio import to_wav_bytes
    from esc_core.generate.generator import load_generator
    from esc_core.generate.installed import find_generator
    from esc_core.generate.sound import approximate_waveform
    from esc_core.generate.walk import between_categories

    generator = load_generator(find_generator(arguments.generator))
    n, card, label = arguments.count, generator.card, generator.label(arguments.category)
    if arguments.to:
        shares = np.linspace(0, 1, n)
        points = np.repeat(generator.points(1, seed=arguments.seed), n, axis=0)
        weights = between_categories(label, generator.label(arguments.to), shares, n_classes=len(card.labels))
    else:
        points, weights = generator.points(n, seed=arguments.seed), generator.category(label, n=n)
    arguments.out.mkdir(parents=True, exist_ok=True)
    between = f"-to-{arguments.to}" if arguments.to else ""
    for i, log_mel in enumerate(generator.log_mel(points, weights), start=1):
        path = arguments.out / f"{arguments.category}{between}-seed{arguments.seed}-{i:02}.wav"
        path.write_bytes(to_wav_bytes(approximate_waveform(log_mel, card.features), card.features.sr))
        emit(str(path))
    say("made by a network; the waveform is an approximation (Griffin-Lim)")
    return 0
