"""The command line: ``esc-lab``, or ``python -m esc_core`` in a checkout.

A command imports what it needs only when it runs, so that ``data info`` does not wait for TensorFlow.

common      how commands are declared, and how they find the data
data        ``data``
sounds      ``predict`` and ``augment``
models      ``models``, ``evaluate`` and ``score``
training    ``train`` and ``study``
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from esc_core.cli.common import program, say
from esc_core.cli.data import add_data
from esc_core.cli.models import add_evaluate, add_models, add_score
from esc_core.cli.sounds import add_augment, add_predict
from esc_core.cli.training import add_study, add_train
from esc_core.errors import EscError


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; by default those of the process.

    Returns
    -------
    int
        Exit status: 0 for success, 1 for a failure that standard error explains in a sentence, 2 for wrong usage.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    arguments = command_parser().parse_args(argv)
    try:
        return int(arguments.run(arguments) or 0)
    except EscError as error:
        say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 130


def command_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog=program(),
        description="Environmental sounds: data, training, predictions.",
        epilog=f"example: {program()} predict bark.wav",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    add_data(commands)
    add_predict(commands)
    add_augment(commands)
    add_train(commands)
    add_models(commands)
    add_evaluate(commands)
    add_score(commands)
    add_study(commands)
    return parser
