"""Opening the app to a room: ``python -m ui.classroom``.

It checks the settings, makes what is missing (certificate, teacher's key), prints where people find the app, and then
becomes Streamlit's server. Without this command the server listens to its own machine alone.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from esc_core.errors import EscError
from ui.classroom.start import announcement, prepare, server_environment

ROOT = Path(__file__).resolve().parents[2]


def main(argv: Sequence[str] | None = None) -> int:
    """Print where the app is found, and start it; returns an exit status only if it can't."""
    parser = argparse.ArgumentParser(
        prog="python -m ui.classroom",
        description="Open the app to everybody on this network, with a key for the teacher.",
        epilog="docs/deploy.md lists the settings, which are environment variables.",
    )
    parser.add_argument("--new-key", action="store_true", help="make another teacher key; the former one ends")
    arguments = parser.parse_args(argv)
    try:
        certificate, key = prepare(new_key=arguments.new_key)
        print(announcement(certificate, key), flush=True)
        variables = server_environment(os.environ, certificate)
    except EscError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return _become_server(variables)


def _become_server(variables: Mapping[str, str]) -> NoReturn:
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    os.chdir(ROOT)  # Streamlit looks for its settings here
    os.execve(command[0], command, variables)


if __name__ == "__main__":
    sys.exit(main())
