"""Files, pipes and standard input → bytes, never more of them in memory than allowed."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import IO

from esc_core.config import AudioLimits
from esc_core.disk.files import reason
from esc_core.errors import AudioError
from esc_core.words import megabytes


def read_capped(path: Path, *, limits: AudioLimits | None = None) -> bytes:
    """Read a file or a named pipe that holds no more than allowed.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    limits : AudioLimits, optional
        The caps.

    Returns
    -------
    bytes
        Its content.

    Raises
    ------
    AudioError
        If it is missing, a folder, or too large.
    """
    try:
        if path.is_dir():
            raise AudioError("This is a folder, not a file.")
        with path.open("rb") as file:
            return read_stream(file, limits=limits)
    except FileNotFoundError as error:
        raise AudioError("There is no file of this name.") from error
    except OSError as error:
        raise AudioError(f"The file can't be read: {reason(error)}.") from error
    except ValueError as error:
        if isinstance(error, AudioError):
            raise
        raise AudioError("There is no file of this name.") from error  # a name with a zero byte


def read_stream(file: IO[bytes], *, limits: AudioLimits | None = None) -> bytes:
    """Read an open file, a pipe or standard input to its end.

    Parameters
    ----------
    file : binary file
        It is read up to the cap and one byte more.
    limits : AudioLimits, optional
        The caps.

    Returns
    -------
    bytes
        The rest of it.

    Raises
    ------
    AudioError
        If it holds more than allowed.
    OSError
        If it can't be read.
    """
    limits = limits or AudioLimits()
    about = os.fstat(file.fileno())
    if stat.S_ISREG(about.st_mode):
        limits.check_size(about.st_size)  # known before it is read
    data = file.read(limits.max_bytes + 1)  # one more, so that a larger file is noticed
    if len(data) > limits.max_bytes:
        most = megabytes(limits.max_bytes)
        raise AudioError(f"The file has more than {most}; at most {most} can be used.")
    return data
