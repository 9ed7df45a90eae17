"""Keep the garbage collector away from what stays for good.

After each run of a page Streamlit has Python look through every object for garbage, while all other sessions wait. The
libraries alone are some hundred thousand objects: 50 ms a click, and 200 ms once a model has answered.
"""

from __future__ import annotations

import gc
import sys

GROWTH = 50
"""Modules that must have come since the last time: a library, not a page."""

_n_modules = 0


def spare_libraries() -> None:
    """Take all objects that are there out of the collector's rounds, if a library was loaded since the last time.

    What is garbage by then is collected first; what becomes garbage later, of a few sessions' objects, is the price.
    """
    global _n_modules
    if len(sys.modules) >= _n_modules + GROWTH:
        _n_modules = len(sys.modules)
        gc.collect()
        gc.freeze()
