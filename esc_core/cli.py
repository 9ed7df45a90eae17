"""The command line: ``python -m esc_core data | predict | augment | train | models | evaluate | score``."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from esc_core.config import TrainConfig, require
from esc_core.errors import EscError

# Each command imports what it needs when it runs: `data info` should not wait for TensorFlow.


def say(line: str) -> None:
    """Print progress to standard error."""
    print(line, file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; those of the process if left out.

    Returns
    -------
    int
        Exit status: 0 all well, 1 something failed with a sentence on standard error, 2 wrong usage.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments) or 0)
    except EscError as error:
        say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m esc_core",
        description="Environmental sounds: data, training, predictions.",
        epilog="example: python -m esc_core predict bark.wav",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_data(commands)
    _add_predict(commands)
    _add_augment(commands)
    _add_train(commands)
    _add_models(commands)
    _add_evaluate(commands)
    _add_score(commands)
    _add_study(commands)
    return parser


def _command(commands: Any, name: str, run: Any, text: str, example: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text,
        description=text,
        epilog=f"example: python -m esc_core {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def _group(commands: Any, name: str, text: str, example: str) -> Any:
    parser = commands.add_parser(name, help=text, description=text, epilog=f"example: python -m esc_core {example}")
    return parser.add_subparsers(title="actions", required=True, metavar="ACTION")


def _add_data(commands: Any) -> None:
    actions = _group(commands, "data", "Get, check and describe the data.", "data download")
    for name, run, text in (
        ("download", _data_download, "Download ESC-50 (600 MB) and verify every clip."),
        ("validate", _data_validate, "List missing, extra, unreadable and odd files; nothing is repaired."),
        ("starter", _data_starter, "Synthesise the starter sounds, or what is missing of them."),
        ("info", _data_info, "Say which data set is in use, and what it holds."),
    ):
        action = _command(actions, name, run, text, f"data {name}")
        action.add_argument(
            "--dir", type=Path, help="folder of the data set (default: ESC50_DIR, or the downloaded copy)"
        )


def _data_download(arguments: argparse.Namespace) -> int:
    from esc_core.dataset.clips import downloaded_dir
    from esc_core.dataset.download import DownloadProgress, download_esc50

    shown = 0.0

    def show(p: DownloadProgress) -> None:
        nonlocal shown
        if time.monotonic() - shown < 0.2 and p.done != p.total:
            return
        shown = time.monotonic()
        of = f" of {p.total / 1e6:.0f}" if p.total else ""
        print(
            f"\r{p.stage}: {p.done / 1e6:.0f}{of} MB, {p.bytes_per_second / 1e6:.1f} MB/s  ",
            end="",
            file=sys.stderr,
            flush=True,
        )

    root = download_esc50(arguments.dir or downloaded_dir(), progress=show)
    say("")
    print(root)
    return 0


def _data_starter(arguments: argparse.Namespace) -> int:
    from esc_core.dataset import starter_dir
    from esc_core.dataset.starter import make_starter_set

    def show(done: int, total: int) -> None:
        if done % 50 == 0 or done == total:
            say(f"{done} of {total} clips")

    print(make_starter_set(arguments.dir or starter_dir(), progress=show))
    return 0


def _data_folder(folder: Path | None) -> Path:
    from esc_core.dataset import dataset_dir
    from esc_core.errors import DatasetError

    root = folder or dataset_dir()
    if root is None:
        raise DatasetError(
            "no data set is here; run `python -m esc_core data download`, or set ESC50_DIR, or pass its folder"
        )
    return root


def _dataset(folder: Path | None) -> Any:
    from esc_core.dataset import load_dataset

    return load_dataset(_data_folder(folder))


def _data_validate(arguments: argparse.Namespace) -> int:
    from esc_core.dataset.validate import validate

    # not by way of load_dataset, which refuses a table with the faults that are to be listed
    found = validate(_data_folder(arguments.dir))
    print(found.to_string(index=False) if len(found) else "nothing found: every file is there and as it should be")
    return int(len(found) > 0)


def _data_info(arguments: argparse.Namespace) -> int:
    from esc_core.training.record import data_name

    dataset = _dataset(arguments.dir)
    print(f"folder      {dataset.root}")
    print(f"data        {data_name(dataset)}")
    print(f"clips       {len(dataset.clips)}")
    print(f"categories  {len(dataset.categories)}")
    print(f"recordings  {dataset.table['src_file'].nunique()}")
    print(
        "folds       "
        + ", ".join(f"{fold}: {n}" for fold, n in dataset.table["fold"].value_counts().sort_index().items())
    )
    return 0


def _add_predict(commands: Any) -> None:
    parser = _command(commands, "predict", _predict, "Name the sounds in files.", "predict bark.wav --json")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="WAV, FLAC, Ogg, MP3 or AIFF")
    parser.add_argument("--model", default="mel_cnn", help="name of a model (default: %(default)s)")
    parser.add_argument("--fold", type=int, choices=range(1, 6), help="use only the model that never heard this fold")
    parser.add_argument(
        "--top", type=_positive, default=5, metavar="N", help="how many guesses to give (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON list in the order of the files")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 on, got {text}")
    return int(text)


def _predict(arguments: argparse.Namespace) -> int:
    from esc_core.inference import Predictor
    from esc_core.models.card import find_model

    predictor = Predictor(find_model(arguments.model))
    results = []
    for path in arguments.files:
        results.append(_predict_file(predictor, path, arguments))
        if not arguments.json:
            print(_sentence(results[-1]).encode(errors="backslashreplace").decode(), flush=True)
    if arguments.json:
        print(json.dumps(results, indent=1))  # in ASCII: file names may hold bytes that are no text
    return int(any(result["error"] for result in results))


def _predict_file(predictor: Any, path: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    from esc_core.classify import classify_bytes, read_capped

    result: dict[str, Any] = {"file": str(path), "top": [], "not_sure": False, "remarks": [], "error": None}
    try:
        answer = classify_bytes(predictor, read_capped(path), name=path.name, fold=arguments.fold)
    except EscError as error:
        return result | {"error": str(error)}
    prediction = answer.prediction
    top = [{"category": name, "prob": round(prob, 4)} for name, prob in prediction.top(arguments.top)]
    return result | {"top": top, "not_sure": prediction.not_sure, "remarks": list(prediction.remarks)}


def _sentence(result: dict[str, Any]) -> str:
    if result["error"]:
        return f"{result['file']}: {result['error']}"
    guesses = ", ".join(f"{guess['category']} {guess['prob']:.0%}" for guess in result["top"])
    return f"{result['file']}: {'not sure: ' if result['not_sure'] else ''}{guesses}" + "".join(
        f"\n  {r}" for r in result["remarks"]
    )


def _add_augment(commands: Any) -> None:
    parser = _command(
        commands,
        "augment",
        _augment,
        "Send a sound through a chain of transforms.",
        "augment bark.wav out.wav --chain chain.json --seed 7",
    )
    parser.add_argument("source", type=Path, metavar="IN", help="WAV, FLAC, Ogg, MP3 or AIFF")
    parser.add_argument("target", type=Path, metavar="OUT", help="WAV file to write; one that is there is replaced")
    parser.add_argument(
        "--chain",
        type=Path,
        required=True,
        metavar="CHAIN.json",
        help='such as [{"name": "pitch_shift", "n_steps": 2}]',
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the draws (default: %(default)s)")
    parser.add_argument("--second", type=Path, metavar="FILE", help="the other sound of a mixture, or the background")


def _augment(arguments: argparse.Namespace) -> int:
    from esc_core.augment import augment_file, chain_from_file

    chain = chain_from_file(arguments.chain)
    words = augment_file(arguments.source, arguments.target, chain=chain, seed=arguments.seed, second=arguments.second)
    say(", ".join(words) or "no change")
    print(arguments.target)
    return 0


def _add_train(commands: Any) -> None:
    parser = _command(
        commands, "train", _train, "Train one fold into a run folder.", "train --data ESC-50 --val-fold 1 --out run1"
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder in ESC-50's layout")
    parser.add_argument("--model", help="architecture: mel_cnn (default), wave_cnn, aclnet or aclnet_dwsc")
    parser.add_argument(
        "--val-fold", type=int, required=True, choices=range(1, 6), help="fold to hold out and to score"
    )
    settings = parser.add_mutually_exclusive_group()
    settings.add_argument("--preset", help="recipe with model and epochs: one-minute, five-minutes or one-fold")
    settings.add_argument("--config", type=Path, metavar="FILE.json", help="settings, as in a run's config.json")
    parser.add_argument("--epochs", type=int, help="passes over the training clips")
    parser.add_argument("--width", type=int, help="channels of the first block")
    parser.add_argument("--seed", type=int, help="seed of weights, order and augmentation (default: 0)")
    parser.add_argument("--out", type=Path, metavar="RUN", help="run folder (default: a new one below ESC_HOME)")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON: accuracy, epochs, seconds")


def _train(arguments: argparse.Namespace) -> int:
    from esc_core.training.control import create_run
    from esc_core.training.heartbeat import StoppedError
    from esc_core.training.worker import work

    config = train_config(arguments)
    # in this process, so that Ctrl-C stops it; in the same queue and the same list as those of the page
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
            f"fold {config.val_fold}, last epoch: {result.accuracy:.1%} in {result.seconds / 60:.1f} minutes; "
            f"run {run.name!r} in {run.folder}"
        )
    return 0


def train_config(arguments: argparse.Namespace) -> TrainConfig:
    """Build the settings of a run from a preset or a file, and from what the command line says on top of it."""
    from esc_core.models import architecture

    given = {
        "model": arguments.model,
        "val_fold": arguments.val_fold,
        "n_epochs": arguments.epochs,
        "width": arguments.width,
        "seed": arguments.seed,
    }
    values = _settings(arguments) | {key: value for key, value in given.items() if value is not None}
    if isinstance(values.get("model"), str):  # another kind of sound needs another chain
        values.setdefault("augment", list(architecture(values["model"]).chain))
    if arguments.epochs is not None:  # a short run keeps the proportions of a long one
        if arguments.preset:
            del values["settle_epochs"], values["warmup_epochs"]
        values.setdefault("settle_epochs", min(TrainConfig.settle_epochs, arguments.epochs // 5))
        values.setdefault("warmup_epochs", min(TrainConfig.warmup_epochs, arguments.epochs // 5))
    return TrainConfig.from_dict(values)


def _settings(arguments: argparse.Namespace) -> dict[str, Any]:
    from esc_core.errors import TrainingError

    if arguments.preset:
        from esc_core.training.presets import preset

        values = preset(arguments.preset).config(_dataset(arguments.data), val_fold=arguments.val_fold).to_dict()
        if arguments.model:
            del values["augment"]  # it is the chain of the preset's own model
        return values
    if not arguments.config:
        return {}
    try:
        values = json.loads(arguments.config.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainingError(f"{arguments.config} can't be read as JSON: {error}") from error
    require(isinstance(values, dict), f"{arguments.config} must hold an object of settings", values)
    return values


def _add_models(commands: Any) -> None:
    actions = _group(commands, "models", "List trained models, or make one of five runs.", "models list")
    listing = _command(actions, "list", _models_list, "List the models that are here.", "models list")
    packing = _command(
        actions,
        "pack",
        _models_pack,
        "Join five runs, one a fold, into a model.",
        "models pack run1 run2 run3 run4 run5 --name mine",
    )
    packing.add_argument("runs", nargs=5, type=Path, metavar="RUN", help="run folders of folds 1–5")
    packing.add_argument("--name", required=True, help="name of the model")
    for parser in (listing, packing):
        parser.add_argument("--json", action="store_true", help="print JSON")


def _models_list(arguments: argparse.Namespace) -> int:
    from esc_core.models.card import list_models

    cards = list_models()
    if arguments.json:
        print(json.dumps([card.to_dict() for card in cards], indent=1, ensure_ascii=False))
        return 0
    for card in cards:
        mean = card.mean_accuracy()
        data = card.details.get("scores", {}).get("esc50", {}).get("data", "")
        print(
            f"{card.name}: {len(card.labels)} categories" + (f", {mean:.1%} over five folds ({data})" if mean else "")
        )
    return 0


def _models_pack(arguments: argparse.Namespace) -> int:
    from esc_core.training.pack import pack

    card = pack(arguments.runs, name=arguments.name)
    print(
        json.dumps(card.to_dict(), ensure_ascii=False) if arguments.json else f"{card.name}: {card.mean_accuracy():.1%}"
    )
    return 0


def _add_evaluate(commands: Any) -> None:
    parser = _command(
        commands,
        "evaluate",
        _evaluate,
        "Score a model on a data set, each clip by the model that never heard its fold.",
        "evaluate --model mel_cnn --data ESC-10",
    )
    parser.add_argument("--model", required=True, help="name of a model")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder in ESC-50's layout")
    parser.add_argument(
        "--predictions", type=Path, metavar="FILE.csv", help="write what was predicted, as the command score reads it"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def _evaluate(arguments: argparse.Namespace) -> int:
    from esc_core.errors import ScoreError
    from esc_core.evaluate import evaluate
    from esc_core.inference import Predictor
    from esc_core.models.card import find_model

    predictor = Predictor(find_model(arguments.model))
    try:
        scores = evaluate(predictor, _dataset(arguments.data), predictions=arguments.predictions, progress=say)
    except OSError as error:
        raise ScoreError(f"{arguments.predictions} can't be written: {error.strerror or error}") from error
    if arguments.json:
        print(json.dumps(scores, ensure_ascii=False))
    else:
        folds = ", ".join(f"{value:.1%}" for value in scores["fold_accuracy"].values())
        print(
            f"{scores['accuracy']:.1%} of {scores['n_clips']} clips ({scores['data']}); by fold: {folds}; "
            f"top 5: {scores['top_5']:.1%}"
        )
    return 0


def _add_score(commands: Any) -> None:
    command = _command(
        commands,
        "score",
        _score,
        "Score predictions on ESC-50 or ESC-10, whoever made them, and look for what makes them too good. Columns: "
        "filename, predicted (or one of probabilities a category), fold.",
        "score predictions.csv --epoch last",
    )
    command.add_argument("file", type=Path, metavar="PREDICTIONS.csv")
    command.add_argument(
        "--training",
        type=Path,
        metavar="FILE.csv",
        help="filename and fold: a file trained on by the model that predicted this fold",
    )
    command.add_argument(
        "--against", type=Path, metavar="OTHER.csv", help="compare with these predictions, clip by clip"
    )
    command.add_argument(
        "--epoch", choices=("last", "best"), help="which epoch was scored; best is best on the test fold"
    )
    command.add_argument("--json", action="store_true", help="JSON instead of Markdown")
    command.add_argument("--html", type=Path, metavar="FILE.html", help="write the report as a web page, too")


def _score(arguments: argparse.Namespace) -> int:
    from esc_core.scoring.page import report_html
    from esc_core.scoring.predictions import read_predictions
    from esc_core.scoring.report import report, report_json
    from esc_core.scoring.score import compare, score

    predictions = read_predictions(arguments.file)
    result = score(predictions, training=arguments.training, epoch=arguments.epoch)
    difference = compare(predictions, read_predictions(arguments.against)) if arguments.against else None
    if arguments.html:
        _write(arguments.html, report_html(result, difference))
    print(report_json(result, difference) if arguments.json else report(result, difference).rstrip())
    return 0


def _write(path: Path, text: str) -> None:
    from esc_core.errors import ScoreError

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ScoreError(f"{path} can't be written: {error.strerror}") from error


def _add_study(commands: Any) -> None:
    command = _command(
        commands,
        "study",
        _study,
        "Train a grid of runs (model x augmentation x fold x seed) and gather their scores; started again, it goes on.",
        "study grid.toml --data ESC-50-master",
    )
    command.add_argument("grid", type=Path, metavar="GRID.toml")
    command.add_argument("--data", type=Path, help="folder of the data set (default: as `data info` says)")
    command.add_argument(
        "--scheduler", help="address of a dask scheduler, such as tcp://host:8786 (default: this machine)"
    )
    command.add_argument("--out", type=Path, help="folder for the tables (default: the study's, below ESC_HOME)")
    command.add_argument("--json", action="store_true", help="print a list of the cells' scores")


def _study(arguments: argparse.Namespace) -> int:
    from esc_core.training.study.grid import read_grid
    from esc_core.training.study.results import as_markdown
    from esc_core.training.study.study import run_study

    grid = read_grid(arguments.grid)
    rows = run_study(
        grid,
        _data_folder(arguments.data),
        scheduler=arguments.scheduler,
        out=arguments.out,
        command=f"python -m esc_core study {arguments.grid.as_posix()} --data DIR",
        progress=say,
    )
    print(json.dumps([row.values for row in rows], indent=1) if arguments.json else as_markdown(grid, rows))
    return 0
