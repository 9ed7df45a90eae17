"""Libraries that must find the environment prepared before they are imported: Numba's cache, TensorFlow's messages."""

from __future__ import annotations

import atexit
import importlib.util
import os
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from esc_core.config import esc_home

LEVEL = "TF_CPP_MIN_LOG_LEVEL"
"""Variable of TensorFlow's least level of messages; 3 if the user has not set it: errors only as exceptions."""

_MESSAGE = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog|To enable the following instructions: "
    rb"|INFO: Created TensorFlow Lite |[IWE]\d{4} \d\d:\d\d:|\d{4}-\d\d-\d\d \d\d:\d\d:[\d.]+: [IWE] "
)
"""Lines that TensorFlow's C++ code prints while it is imported or loads a network, whatever `LEVEL` says."""

_turn = threading.RLock()


def prepare_numba() -> None:
    """Give Numba a folder for what it compiles, where it has none beside librosa's files: ``ESC_HOME/numba``.

    Without one the import of librosa fails. Processes that are started later inherit the variable. Nothing is done if
    the user has set ``NUMBA_CACHE_DIR``.
    """
    if os.environ.get("NUMBA_CACHE_DIR") or _can_cache_beside_librosa():
        return
    folder = esc_home() / "numba"
    try:
        _try_writing(folder)
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="esc-numba-"))  # of this process alone
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = str(folder)


def _can_cache_beside_librosa() -> bool:
    found = importlib.util.find_spec("librosa")
    if found is None or found.origin is None:
        return True  # the import has the sentence for it
    try:
        for folder in ("", "core", "util"):
            _try_writing(Path(found.origin).parent / folder / "__pycache__")
    except OSError:
        return False
    return True


def _try_writing(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tempfile.TemporaryFile(dir=folder).close()  # as Numba tries it


def load_tensorflow() -> None:
    """Import TensorFlow, without its C++ code's messages on standard error unless the user has set `LEVEL`.

    The import prints a few whatever the level is, so meanwhile standard error goes into a file; what is not
    TensorFlow's is printed afterwards.
    """
    with _turn:
        if "tensorflow" in sys.modules:
            return
        if os.environ.setdefault(LEVEL, "3") != "3":
            import tensorflow

            return
        with quiet():
            import tensorflow  # noqa: F401


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back what TensorFlow's C++ code prints on standard error meanwhile; print the rest afterwards."""
    with _turn:  # of two threads at once, the second would keep the first one's file for standard error
        yield from _held_back()


def _held_back() -> Iterator[None]:
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # standard error is closed: nothing can be printed
        yield
        return
    try:
        with tempfile.TemporaryFile() as held:
            os.dup2(held.fileno(), 2)
            try:
                yield
            finally:
                os.dup2(kept, 2)
                held.seek(0)
                _print_others(held.read())
    finally:
        os.close(kept)


def _print_others(text: bytes) -> None:
    others = b"".join(line for line in text.splitlines(keepends=True) if not _MESSAGE.match(line))
    with suppress(OSError):  # a full or closed standard error
        os.write(2, others)
