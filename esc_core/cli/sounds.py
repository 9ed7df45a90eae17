"""``predict`` and ``augment``: commands for single sounds."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from esc_core.cli.common import add_command, check_writable, find_any_model, positive, write
from esc_core.cli.inputs import STDIN, read_sound, sounds_in
from esc_core.cli.output import JsonList, emit, emit_bytes, emit_json, one_line, say
from esc_core.config import CONTAINER_NAMES, FOLD_NUMBERS
from esc_core.errors import AudioError, ModelError
from esc_core.words import percent


def add_predict(commands: Any) -> None:
    """Add the command that classifies sounds."""
    parser = add_command(commands, "predict", _predict, "Classify the sounds in files.", "predict bark.wav --json")
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help=f"{CONTAINER_NAMES}; a folder means the sounds in it, - standard input",
    )
    parser.add_argument("--recursive", action="store_true", help="search the folders in a folder, too")
    models = parser.add_mutually_exclusive_group()
    models.add_argument("--model", help="name of a model (default: the best that can be used here)")
    models.add_argument("--all-models", action="store_true", help="ask every model, one after the other")
    parser.add_argument("--fold", type=int, choices=FOLD_NUMBERS, help="use only the network that held out this fold")
    parser.add_argument(
        "--top", type=positive, default=5, metavar="N", help="how many guesses to give (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON list in the order of the files")
    parser.add_argument(
        "--events",
        choices=("csv", "audacity", "json"),
        help="print only the events of one long recording: a CSV table, a label track for Audacity, or JSON",
    )
    parser.add_argument(
        "--events-out", type=Path, metavar="FILE", help="write the events to this file, and print the guesses as usual"
    )
    parser.set_defaults(usage_error=parser.error)


def _predict(arguments: argparse.Namespace) -> int:
    _check_events_options(arguments)
    if arguments.events:
        return _predict_events(_predictor(arguments), arguments)
    # one at a time, so that each is printed as it comes
    results = _of_all_models(arguments) if arguments.all_models else _of_one_model(arguments)
    failed = False
    with JsonList() if arguments.json else nullcontext() as printed:
        for result in results:
            failed |= result["error"] is not None
            if printed:
                printed.add(result)
            else:
                emit(_sentence(result))
    return int(failed)


def _predictor(arguments: argparse.Namespace) -> Any:
    from esc_core.inference import Predictor
    from esc_core.inference.choice import require_model
    from esc_core.models.installed import list_models

    return Predictor(find_any_model(arguments.model or require_model(list_models()).name))


def _check_events_options(arguments: argparse.Namespace) -> None:
    if arguments.events_out and not arguments.events:
        arguments.usage_error("--events-out needs --events, which says the format")
    if arguments.events and arguments.all_models:
        arguments.usage_error("--events are those of one model")
    if arguments.events and len(arguments.files) > 1:
        arguments.usage_error(f"--events takes one FILE, got {len(arguments.files)}")
    if arguments.events and arguments.json and not arguments.events_out:
        arguments.usage_error("--json prints on standard output, which --events takes already; add --events-out FILE")
    if arguments.events_out:
        check_writable(arguments.events_out)


def _predict_events(predictor: Any, arguments: argparse.Namespace) -> int:
    from esc_core.inference.events_out import FORMATS, event_rows

    name = arguments.files[0]
    if Path(name).is_dir():
        raise AudioError(f"{one_line(name)} is a folder; --events takes one sound")
    try:
        prediction = _answer(predictor, name, arguments)
    except AudioError as error:
        raise AudioError(f"{one_line(name)}: {error}") from error
    text = FORMATS[arguments.events].write(event_rows(prediction))
    if not arguments.events_out:
        emit_bytes(text.encode())  # in UTF-8 on every terminal and pipe, as in a file
        return 0
    write(arguments.events_out, text)
    result = _result(name, prediction, arguments)
    if arguments.json:
        with JsonList() as printed:
            printed.add(result)
    else:
        emit(_sentence(result))
    return 0


def _of_one_model(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    predictor = _predictor(arguments)
    return (result for name in arguments.files for result in _predict_all(predictor, name, arguments))


def _of_all_models(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield the results of each model in turn, with one in memory; one that can't be used has a result that says so."""
    from esc_core.dataset.own import set_folders
    from esc_core.inference import Predictor
    from esc_core.models.installed import model_cards

    if STDIN in arguments.files:
        arguments.usage_error("--all-models reads each file once per model, and standard input can be read only once")
    for name, path in model_cards(sets=set_folders()).items():
        try:
            predictor = Predictor(path.parent)
            about = {"model": name, "has_heard": predictor.card.heard}
            for file in arguments.files:
                yield from (about | result for result in _predict_all(predictor, file, arguments))
        except ModelError as error:
            yield {"model": name, "has_heard": None} | _no_result("") | {"error": str(error)}


def _predict_all(predictor: Any, name: str, arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    try:
        for file in sounds_in(name, recursive=arguments.recursive):
            yield _predict_file(predictor, file, arguments)
    except AudioError as error:
        yield _no_result(name) | {"error": str(error)}


def _no_result(name: str) -> dict[str, Any]:
    return {
        "file": name,
        "top": [],
        "not_sure": False,
        "unknown": False,
        "doubt": "",
        "outside": [],
        "nothing": False,
        "raw_guess": [],
        "timeline": [],
        "remarks": [],
        "error": None,
    }


def _predict_file(predictor: Any, name: str, arguments: argparse.Namespace) -> dict[str, Any]:
    try:
        return _result(name, _answer(predictor, name, arguments), arguments)
    except AudioError as error:
        return _no_result(name) | {"error": str(error)}


def _answer(predictor: Any, name: str, arguments: argparse.Namespace) -> Any:
    from esc_core.inference.classify import classify_bytes

    return classify_bytes(predictor, read_sound(name), name=Path(name).name, fold=arguments.fold).prediction


def _result(name: str, prediction: Any, arguments: argparse.Namespace) -> dict[str, Any]:
    top = [{"category": name, "prob": round(prob, 4)} for name, prob in prediction.top(arguments.top)]
    return _no_result(name) | {
        "raw_guess" if prediction.nothing else "top": top,
        "not_sure": prediction.not_sure,
        "unknown": prediction.unknown,
        "doubt": prediction.doubt,
        "outside": list(prediction.outside),
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

    file = ": ".join(one_line(result[key]) for key in ("model", "file") if result.get(key))
    if result["error"]:
        return f"{file}: {result['error']}"
    guesses = ", ".join(
        f"{guess['category']} {percent(guess['prob'])}" for guess in result["top"] or result["raw_guess"]
    )
    if result["nothing"]:
        return f"{file}: {NOTHING_SENTENCE}.\n  The model's raw guess, which means little: {guesses}"
    before = f"{result['doubt']}: " if result["doubt"] else ""
    beside = (
        [f"outside the fifty categories: {', '.join(result['outside'])}"]
        if result["not_sure"] and result["outside"]
        else []
    )
    return "\n  ".join([f"{file}: {before}{guesses}", *beside, *result["remarks"]])


def add_augment(commands: Any) -> None:
    """Add the command that applies a chain to a sound."""
    parser = add_command(
        commands,
        "augment",
        _augment,
        "Apply a chain of transforms to a sound.",
        "augment bark.wav out.wav --chain chain.json --seed 7",
    )
    parser.add_argument("source", metavar="IN", help=f"{CONTAINER_NAMES}; - is standard input")
    parser.add_argument(
        "target", metavar="OUT", help="WAV file to write, - for standard output; an existing one is replaced"
    )
    parser.add_argument(
        "--chain",
        type=Path,
        required=True,
        metavar="CHAIN.json",
        help='such as [{"name": "pitch_shift", "n_steps": 2}]',
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the draws (default: %(default)s)")
    parser.add_argument("--second", metavar="FILE", help="the other sound of a mixture, or the background")
    parser.add_argument(
        "--first-seconds", type=float, metavar="S", help="apply it to so many seconds from the beginning only"
    )
    parser.add_argument("--json", action="store_true", help="print JSON: file, steps, remarks")
    parser.set_defaults(usage_error=parser.error)


def _augment(arguments: argparse.Namespace) -> int:
    from esc_core.augment import chain_from_file
    from esc_core.augment.files import augment_bytes, check_wav_name, write_wav

    to_stdout = arguments.target == STDIN
    if to_stdout and arguments.json:
        arguments.usage_error("--json prints on standard output, which OUT takes already")
    if arguments.source == arguments.second == STDIN:
        arguments.usage_error("standard input can be read only once")
    if to_stdout and sys.stdout.isatty():
        raise AudioError("standard output is a terminal; send it to a file or a program, such as `> out.wav`")
    if not to_stdout:
        check_wav_name(arguments.target)
    done = augment_bytes(
        _content(arguments.source),
        chain=chain_from_file(arguments.chain),
        name=_name(arguments.source),
        seed=arguments.seed,
        second=None if arguments.second is None else (_name(arguments.second), _content(arguments.second)),
        first_seconds=arguments.first_seconds,
    )
    if to_stdout:
        emit_bytes(done.wav)
    else:
        write_wav(arguments.target, done.wav)
    if arguments.json:
        emit_json({"file": arguments.target, "steps": done.steps, "remarks": done.remarks})
        return 0
    say(", ".join(done.steps) or "no change")
    for remark in done.remarks:
        say(remark)
    if not to_stdout:
        emit(arguments.target)
    return 0


def _content(name: str) -> bytes:
    try:
        return read_sound(name)
    except AudioError as error:
        raise AudioError(f"{_name(name)}: {error}") from error


def _name(name: str) -> str:
    return "standard input" if name == STDIN else one_line(Path(name).name)
