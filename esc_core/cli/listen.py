"""``listen``: a stream of sound, a line for each event."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from esc_core.cli.common import add_command, find_any_model, positive
from esc_core.cli.inputs import STDIN
from esc_core.cli.output import emit, emit_json, say
from esc_core.config import CONTAINER_NAMES
from esc_core.errors import AudioError

if TYPE_CHECKING:
    from esc_core.inference.live import Listener


def add_listen(commands: Any) -> None:
    """Add the command that listens."""
    parser = add_command(
        commands, "listen", _listen, "Listen to a stream of sound, and print each event when it has ended.",
        "listen street.wav --json\n         arecord -f S16_LE -r 16000 -t raw | esc-lab listen - --rate 16000",
    )  # fmt: skip
    parser.add_argument("file", metavar="FILE", help=f"{CONTAINER_NAMES}; - is standard input: WAV, or raw samples")
    parser.add_argument("--model", help="name of a model (default: the best that can be used here)")
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each event")
    parser.add_argument("--category", action="append", metavar="NAME", help="listen for this one only; may be repeated")
    parser.add_argument("--threshold", type=float, help="lowest probability of an event (default: the model's own)")
    raw = parser.add_argument_group("raw samples on standard input, where no WAV header tells it")
    raw.add_argument("--rate", type=positive, default=16_000, help="sampling rate in Hz (default: %(default)s)")
    raw.add_argument("--channels", type=positive, default=1, help="channels, interleaved (default: %(default)s)")
    raw.add_argument("--format", choices=("s16le", "s32le", "f32le"), default="s16le", help="default: %(default)s")


def _listen(arguments: argparse.Namespace) -> int:
    from esc_core.inference import Predictor
    from esc_core.inference.choice import require_model
    from esc_core.inference.live import Listener
    from esc_core.inference.live.pcm import file_pieces, stream_pieces
    from esc_core.models.installed import list_models

    predictor = Predictor(find_any_model(arguments.model or require_model(list_models()).name))
    listener = Listener(predictor, threshold=arguments.threshold, listen_for=arguments.category)
    if arguments.file == STDIN:
        if sys.stdin is None or sys.stdin.isatty():
            raise AudioError("Standard input is a terminal or closed; give it a sound, such as `- < bark.wav`.")
        pieces = stream_pieces(
            sys.stdin.buffer, sr=arguments.rate, n_channels=arguments.channels, sample_format=arguments.format
        )
    else:
        pieces = file_pieces(arguments.file)
    try:
        for y, sr in pieces:
            _print(listener.feed(y, sr), arguments)
    except KeyboardInterrupt:
        _end(listener, arguments)  # what goes on when Ctrl-C comes is an event, too
        raise
    _end(listener, arguments)
    return 0


def _end(listener: Listener, arguments: argparse.Namespace) -> None:
    _print(listener.finish(), arguments)
    say(f"{listener.seconds:.1f} s heard")


def _print(found: Iterable[object], arguments: argparse.Namespace) -> None:
    from esc_core.inference.live import LiveEvent

    for one in found:
        if not isinstance(one, LiveEvent):
            continue
        if arguments.json:
            emit_json(one.row())
        else:
            emit(f"{one.start:.1f}-{one.end:.1f} s: {one.category} {100 * one.prob:.0f}%")
