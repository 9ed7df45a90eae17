"""Allocator settings for training: memory freed in one step is reused in the next."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress

MEBIBYTE = 2**20

# constants of <malloc.h>
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -2, -3, -8


def keep_memory() -> None:
    """Have glibc keep freed memory for reuse in this process.

    By default it returns tensors above 32 MB to the system at once and requests them again page by page, which takes a
    quarter of an AclNet step. All threads share one arena, or each would keep its own memory. Nothing changes with
    other C libraries, or where the environment configures it (``MALLOC_…``).
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
