"""A training's memory, kept from step to step."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress

MEBIBYTE = 2**20

# the numbers of <malloc.h>
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -2, -3, -8


def keep_memory() -> None:
    """Have glibc keep what this process frees, for the next step to take again.

    Else it gives tensors above 32 MB back to the system at once and gets them anew page by page: a quarter of an AclNet
    step. One arena serves all threads, or each would keep its own. With other C libraries, or where the environment has
    settings for it (``MALLOC_…``), nothing changes.
    """
    if sys.platform != "linux" or any(name.startswith("MALLOC_") for name in os.environ):
        return
    settings = {
        _MMAP_THRESHOLD: 2_000 * MEBIBYTE,
        _TRIM_THRESHOLD: 2_000 * MEBIBYTE,
        _TOP_PAD: 64 * MEBIBYTE,
        _ARENA_MAX: 1,
    }
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL("libc.so.6").mallopt
        for name, value in settings.items():
            mallopt(name, value)
