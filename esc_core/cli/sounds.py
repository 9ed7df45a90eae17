"""``predict`` and ``augment``: commands for single sounds."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from esc_core.cli.common import add_command, positive, say
from esc_core.config import CONTAINER_NAMES
from esc_core.errors import EscError
from esc_core.words import percent


def add_predict(commands: Any) -> None:
    """Add the command that classifies sounds."""
    parser = add_command(commands, "predict", _predict, "Classify the sounds in files.", "predict bark.wav --json")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=CONTAINER_NAMES)
    parser.add_argument("--model", default="mel_cnn", help="name of a model (default: %(default)s)")
    parser.add_argument("--fold", type=int, choices=range(1, 6), help="use only the network that held out this fold")
    parser.add_argument(
        "--top", type=positive, default=5, metavar="N", help="how many guesses to give (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON list in the order of the files")


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
    from esc_core.inference.classify import classify_bytes, read_capped

    result: dict[str, Any] = {
        "file": str(path),
        "top": [],
        "not_sure": False,
        "nothing": False,
        "raw_guess": [],
        "timeline": [],
        "remarks": [],
        "error": None,
    }
    try:
        answer = classify_bytes(predictor, read_capped(path), name=path.name, fold=arguments.fold)
    except EscError as error:
        return result | {"error": str(error)}
    prediction = answer.prediction
    top = [{"category": name, "prob": round(prob, 4)} for name, prob in prediction.top(arguments.top)]
    return result | {
        "raw_guess" if prediction.nothing else "top": top,
        "not_sure": prediction.not_sure,
        "nothing": prediction.nothing,
        "timeline": _stretches(prediction),
        "remarks": list(prediction.remarks),
    }


def _stretches(prediction: Any) -> list[dict[str, Any]]:
    """Return a long recording's stretches without a gap: a category, "not sure" or "nothing"; none for a short one."""
    return [
        {
            "start": round(part.start, 2),
            "end": round(part.end, 2),
            "what": prediction.labels[part.event.category] if part.event else part.what,
            "prob": round(part.event.prob, 4) if part.event else None,
        }
        for part in (prediction.timeline.stretches if prediction.timeline else ())
    ]


def _sentence(result: dict[str, Any]) -> str:
    from esc_core.inference.background import NOTHING_SENTENCE
    from esc_core.inference.certainty import NOT_SURE

    if result["error"]:
        return f"{result['file']}: {result['error']}"
    guesses = ", ".join(
        f"{guess['category']} {percent(guess['prob'])}" for guess in result["top"] or result["raw_guess"]
    )
    if result["nothing"]:
        return f"{result['file']}: {NOTHING_SENTENCE}.\n  The model's raw guess, which means little: {guesses}"
    doubt = f"{NOT_SURE}: " if result["not_sure"] else ""
    return "\n  ".join([f"{result['file']}: {doubt}{guesses}", *result["remarks"]])


def add_augment(commands: Any) -> None:
    """Add the command that applies a chain to a sound."""
    parser = add_command(
        commands,
        "augment",
        _augment,
        "Apply a chain of transforms to a sound.",
        "augment bark.wav out.wav --chain chain.json --seed 7",
    )
    parser.add_argument("source", type=Path, metavar="IN", help=CONTAINER_NAMES)
    parser.add_argument("target", type=Path, metavar="OUT", help="WAV file to write; an existing one is replaced")
    parser.add_argument(
        "--chain",
        type=Path,
        required=True,
        metavar="CHAIN.json",
        help='such as [{"name": "pitch_shift", "n_steps": 2}]',
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the draws (default: %(default)s)")
    parser.add_argument("--second", type=Path, metavar="FILE", help="the other sound of a mixture, or the background")
    parser.add_argument(
        "--first-seconds", type=float, metavar="S", help="apply it to so many seconds from the beginning only"
    )


def _augment(arguments: argparse.Namespace) -> int:
    from esc_core.augment import augment_file, chain_from_file

    chain = chain_from_file(arguments.chain)
    words = augment_file(
        arguments.source,
        arguments.target,
        chain=chain,
        seed=arguments.seed,
        second=arguments.second,
        first_seconds=arguments.first_seconds,
    )
    say(", ".join(words) or "no change")
    print(arguments.target)
    return 0
