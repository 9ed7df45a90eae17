"""``models``, ``evaluate`` and ``score``: trained models, and scores of predictions."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from esc_core.cli.common import DATA_HELP, add_command, add_group, check_writable, find_any_model, open_dataset, write
from esc_core.cli.output import emit, emit_json, say
from esc_core.disk.files import reason
from esc_core.words import counted, percent

if TYPE_CHECKING:
    from esc_core.models.card import Card

_TRUNK = "YAMNet (4 MB), which has heard AudioSet, two million clips from YouTube."


def add_models(commands: Any) -> None:
    """Add the commands that list, pack and download models."""
    text = (
        "List trained models, make one from the runs of all folds or from two models, rescore one, or download YAMNet."
    )
    actions = add_group(commands, "models", text, "models list")
    listing = add_command(actions, "list", _models_list, "List the models, shipped or trained here.", "models list")
    packing = add_command(
        actions,
        "pack",
        _models_pack,
        "Join runs, one for each fold of the data, into a model.",
        "models pack run1 run2 run3 run4 run5 --name mine",
    )
    packing.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="run folders of all folds: five for ESC-50")
    packing.add_argument("--name", required=True, help="name of the model")
    packing.add_argument(
        "--compact", action="store_true", help="round the weights to 16 bits and compress them; then rescore the model"
    )
    rescoring = add_command(
        actions,
        "rescore",
        _models_rescore,
        "Score and calibrate a model by its files, on clean clips and in a noisy room, and write its card.",
        "models rescore mine --data ESC-50",
    )
    rescoring.add_argument("name", help="name of a model of several folds")
    joining = add_command(
        actions,
        "join",
        _models_join,
        "Make a model of two that answer together.",
        "models join mel_cnn yamnet --name together --data ESC-50",
    )
    joining.add_argument("members", nargs=2, metavar="MODEL", help="names of two models of the same folds")
    joining.add_argument("--name", required=True, help="name of the new model")
    for parser in (rescoring, joining):
        parser.add_argument("--data", type=Path, required=True, metavar="DATA", help=DATA_HELP)
    downloading = add_command(
        actions,
        "download",
        _models_download,
        f"Download the part of a model that is not shipped: {_TRUNK}",
        "models download yamnet",
    )
    downloading.add_argument("name", choices=("yamnet",), help="what to download")
    for parser in (listing, packing, rescoring, joining):
        parser.add_argument("--json", action="store_true", help="print JSON")


def _models_list(arguments: argparse.Namespace) -> int:
    from esc_core.dataset.own import set_folders
    from esc_core.models.installed import list_models
    from esc_core.yamnet import missing_trunk

    cards, missing = list_models(sets=set_folders()), missing_trunk()
    if arguments.json:
        emit_json([card.to_dict() for card in cards], indent=1)
        return 0
    for card in cards:
        mean = card.mean_accuracy()
        data = (card.scores() or {}).get("data", "")
        emit(
            f"{card.name}: {len(card.labels)} categories"
            + (f", {percent(mean, digits=1)} over {counted(len(card.folds), 'fold', 'folds')} ({data})" if mean else "")
            + f"; heard: {card.heard}"
            + (f"; {missing}" if card.needs_trunk and missing else "")
        )
    return 0


def _models_download(arguments: argparse.Namespace) -> int:
    from esc_core.yamnet import fetch_trunk

    emit(fetch_trunk())
    return 0


def _models_pack(arguments: argparse.Namespace) -> int:
    from esc_core.training.finished.pack import pack

    return _emit_card(pack(arguments.runs, name=arguments.name, compact=arguments.compact), json=arguments.json)


def _models_rescore(arguments: argparse.Namespace) -> int:
    from esc_core.inference.rescore import rescore

    card = rescore(find_any_model(arguments.name), open_dataset(arguments.data), progress=say)
    return _emit_card(card, json=arguments.json)


def _models_join(arguments: argparse.Namespace) -> int:
    from esc_core.inference.rescore import join
    from esc_core.models.installed import plain_name

    folders = [find_any_model(name) for name in arguments.members]
    out = folders[0].parent / plain_name(arguments.name)
    return _emit_card(join(folders, out, open_dataset(arguments.data), progress=say), json=arguments.json)


def _emit_card(card: Card, *, json: bool) -> int:
    if json:
        emit_json(card.to_dict())
        return 0
    noisy = card.details.get("scores", {}).get("noisy_room")
    emit(
        f"{card.name}: {percent(card.mean_accuracy(), digits=1)}"
        + (f"; in a noisy room: {percent(noisy['mean'], digits=1)}" if noisy else "")
    )
    return 0


def add_evaluate(commands: Any) -> None:
    """Add the command that scores a model out of fold."""
    parser = add_command(
        commands,
        "evaluate",
        _evaluate,
        "Score a model on a data set out of fold: each clip by the network that was not trained on its fold.",
        "evaluate --model mel_cnn --data ESC-10",
    )
    parser.add_argument("--model", required=True, help="name of a model")
    parser.add_argument("--data", type=Path, required=True, metavar="DATA", help=DATA_HELP)
    parser.add_argument(
        "--noisy-room", action="store_true", help="in a room of 0.4 s with pink noise at 10 dB, as cards have it"
    )
    parser.add_argument(
        "--predictions", type=Path, metavar="FILE.csv", help="write the predictions, as the command score reads them"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def _evaluate(arguments: argparse.Namespace) -> int:
    from esc_core.dataset.faults import bad_sentence
    from esc_core.errors import ScoreError
    from esc_core.inference import Predictor
    from esc_core.inference.evaluate import NOISY_ROOM, evaluate

    predictor = Predictor(find_any_model(arguments.model))
    if arguments.predictions:
        check_writable(arguments.predictions)
    try:
        scores = evaluate(
            predictor,
            open_dataset(arguments.data),
            chain=NOISY_ROOM if arguments.noisy_room else None,
            predictions=arguments.predictions,
            progress=say,
        )
    except OSError as error:
        raise ScoreError(f"{arguments.predictions} can't be written: {reason(error)}") from error
    if arguments.json:
        emit_json(scores)
    else:
        folds = ", ".join(percent(value, digits=1) for value in scores["fold_accuracy"].values())
        emit(
            f"{percent(scores['accuracy'], digits=1)} of {scores['n_clips']} clips ({scores['data']}); by fold: "
            f"{folds}; "
            f"top 5: {percent(scores['top_5'], digits=1)}"
        )
        if bad := scores["n_unreadable"]:
            emit(bad_sentence(bad, bad + scores["n_clips"], left_out=True))
        for remark in scores["remarks"]:
            emit(remark)
    return 0


def add_score(commands: Any) -> None:
    """Add the command that scores predictions, of whatever model."""
    from esc_core.scoring.numbering import NUMBERINGS

    command = add_command(
        commands,
        "score",
        _score,
        "Score predictions on ESC-50 or ESC-10, of whatever model, and search for what makes scores too high. Columns: "
        "filename, predicted (or a probability for each category), fold.",
        "score predictions.csv --epoch last",
    )
    command.add_argument("file", type=Path, metavar="PREDICTIONS.csv")
    command.add_argument(
        "--training",
        type=Path,
        metavar="FILE.csv",
        help="columns filename and fold: each row is a file that the model for this fold was trained on",
    )
    command.add_argument(
        "--against", type=Path, metavar="OTHER.csv", help="compare with these predictions, clip by clip"
    )
    command.add_argument(
        "--epoch", choices=("last", "best"), help="which epoch was scored; best means best on the test fold"
    )
    command.add_argument(
        "--numbering",
        choices=tuple(NUMBERINGS),
        help="how categories are numbered, in both tables; by default by ESC-50's target, 0-49",
    )
    command.add_argument("--json", action="store_true", help="JSON instead of text")
    command.add_argument("--markdown", type=Path, metavar="FILE.md", help="also write the report as Markdown")
    command.add_argument("--html", type=Path, metavar="FILE.html", help="also write the report as a web page")


def _score(arguments: argparse.Namespace) -> int:
    from esc_core.scoring.page import report_html
    from esc_core.scoring.predictions import read_predictions
    from esc_core.scoring.report import report, report_json
    from esc_core.scoring.score import compare, score

    predictions = read_predictions(arguments.file, numbering=arguments.numbering)
    result = score(predictions, training=arguments.training, epoch=arguments.epoch)
    difference = None
    if arguments.against:
        difference = compare(predictions, read_predictions(arguments.against, numbering=arguments.numbering))
    if arguments.html:
        write(arguments.html, report_html(result, difference))
    if arguments.markdown:
        write(arguments.markdown, report(result, difference))
    emit(report_json(result, difference) if arguments.json else report(result, difference, escaped=False).rstrip())
    return 0
