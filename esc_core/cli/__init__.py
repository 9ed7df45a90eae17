"""The command line: ``esc-lab``, or ``python -m esc_core`` in a checkout.

A command imports what it needs only when it runs, so that ``data info`` does not wait for TensorFlow.

output      printing, on whatever terminal or pipe
inputs      sounds that are named: files, pipes, folders, standard input
common      how commands are declared, and how they find the data
own         ``data own``
data        ``data``
sounds      ``predict`` and ``augment``
listen      ``listen``
models      ``models``, ``evaluate`` and ``score``
robustness  ``corrupt``
training    ``train`` and ``study``
maps        ``map`` and ``contrast``
worth       ``generate judge`` and ``generate experiment``
generate    ``generate``
"""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from esc_core.cli.common import program
from esc_core.cli.output import ReaderGoneError, flush, prepare_streams, say
from esc_core.disk.files import reason
from esc_core.errors import EscError

INTERRUPTED, READER_GONE, TERMINATED = (128 + signal.SIGINT, 128 + 13, 128 + signal.SIGTERM)
"""Exit statuses of a command that Ctrl-C, a closed pipe (13 is SIGPIPE) or SIGTERM has ended, as shells count them."""


class _Terminated(KeyboardInterrupt):
    """SIGTERM has come; a command tidies up as for Ctrl-C."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; by default those of the process.

    Returns
    -------
    int
        Exit status: 0 for success, 1 for a failure that standard error explains in a sentence, 2 for wrong usage; 130
        after Ctrl-C, 143 after SIGTERM, and 141 if whoever read standard output has closed it.
    """
    prepare_streams()
    try:
        with _terminated_as_interrupted():
            return _run(argv)
    except ReaderGoneError:
        return READER_GONE
    except EscError as error:
        say(f"error: {error}")
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        say(f"error: {where}{reason(error)}")
        return 1
    except KeyboardInterrupt as error:
        terminated = isinstance(error, _Terminated)
        say(str(error) or ("terminated" if terminated else "interrupted"))
        return TERMINATED if terminated else INTERRUPTED


def _run(argv: Sequence[str] | None) -> int:
    from esc_core.libraries import prepare_numba  # what takes long to import is imported where Ctrl-C is caught

    try:
        prepare_numba()
        arguments = command_parser().parse_args(argv)
        return int(arguments.run(arguments) or 0)
    finally:
        flush()  # of a help text, too


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    def raise_terminated(number: int, frame: FrameType | None) -> None:
        raise _Terminated

    if threading.current_thread() is not threading.main_thread():  # only that one may set handlers
        yield
        return
    before = signal.signal(signal.SIGTERM, raise_terminated)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def command_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    from esc_core.cli.data import add_data
    from esc_core.cli.generate import add_generate
    from esc_core.cli.listen import add_listen
    from esc_core.cli.maps import add_contrast, add_map
    from esc_core.cli.models import add_evaluate, add_models, add_score
    from esc_core.cli.robustness import add_corrupt
    from esc_core.cli.sounds import add_augment, add_predict
    from esc_core.cli.training import add_study, add_train

    parser = argparse.ArgumentParser(
        prog=program(),
        description="Environmental sounds: data, training, predictions.",
        epilog=f"example: {program()} predict bark.wav",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    add_data(commands)
    add_predict(commands)
    add_augment(commands)
    add_listen(commands)
    add_train(commands)
    add_models(commands)
    add_evaluate(commands)
    add_corrupt(commands)
    add_score(commands)
    add_study(commands)
    add_map(commands)
    add_contrast(commands)
    add_generate(commands)
    return parser
