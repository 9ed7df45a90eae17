"""Keeping the garbage collector away from objects that stay for good.

After each run of a page, Streamlit has Python search all objects for garbage, while all other sessions wait. The
libraries alone are some hundred thousand objects: 50 ms per click, and 200 ms once a model has answered.
"""

from __future__ import annotations

import gc
import sys

GROWTH = 50
"""New modules since the last time that mean that a library was imported, not a page."""

_n_modules = 0


def spare_libraries() -> None:
    """Exclude all present objects from garbage collection if a library was imported since the last time.

    Present garbage is collected first. The cost: objects of the present sessions are never collected later.
    """
    global _n_modules
    if len(sys.modules) >= _n_modules + GROWTH:
        _n_modules = len(sys.modules)
        gc.collect()
        gc.freeze()
