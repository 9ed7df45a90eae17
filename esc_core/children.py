"""One way to start a module of this project as a child process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import IO

_ROOT = Path(__file__).resolve().parent.parent

Stream = int | IO[bytes] | None

_own: set[str] = set()


def start_child(
    module: str,
    *arguments: str,
    stdin: Stream = subprocess.DEVNULL,
    stdout: Stream = subprocess.DEVNULL,
    stderr: Stream = None,
    variables: Mapping[str, str] | None = None,
    own_session: bool = True,
    inherited: Collection[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a module with this interpreter.

    The child inherits the environment, so that it computes as its parent does (BLAS chooses its kernels by it), but for
    what `set_here` has set, and finds this package first, whatever folder it is started in.

    Parameters
    ----------
    module : str
        Dotted name of a module that can be run, such as ``esc_core.training.process.worker``.
    *arguments : str
        Its command line.
    stdin, stdout, stderr : int, file or None
        As for `subprocess.Popen`; None inherits the parent's.
    variables : mapping of str to str, optional
        Environment variables in addition to the parent's.
    own_session : bool
        Whether the child is detached, so that neither Ctrl-C nor the end of the parent's session reaches it.
    inherited : collection of int
        Descriptors of open files that the child keeps; none on Windows.

    Returns
    -------
    subprocess.Popen
        The process, just started.

    Raises
    ------
    OSError
        If it can't be started.
    """
    return subprocess.Popen(
        [*command(module), *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=child_environment() | dict(variables or {}),
        start_new_session=own_session,
        pass_fds=inherited,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def command(module: str) -> list[str]:
    """Return the command that runs a module; files in the current folder cannot shadow a library."""
    return [sys.executable, "-P", "-m", module]


def child_environment() -> dict[str, str]:
    """Return the environment of this process without what `set_here` has set, with this package first on the path."""
    paths = filter(None, (str(_ROOT), os.environ.get("PYTHONPATH")))
    inherited = {name: value for name, value in os.environ.items() if name not in _own}
    return inherited | {"PYTHONPATH": os.pathsep.join(paths)}


def set_here(name: str, value: str) -> None:
    """Set an environment variable for this process alone, unless the user has set it."""
    if name not in os.environ:
        os.environ[name] = value
        _own.add(name)
