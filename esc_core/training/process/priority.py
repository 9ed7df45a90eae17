"""How much of the processor training takes: the pages come first, and in a class by far.

Where `esc_core.config.environment.GIVE_WAY` is set, training has the lowest priority and half of the cores. The other
half answers thirty people, who would otherwise wait for each other and for the training. It costs time: with half of
the cores a run takes up to twice as long.
"""

from __future__ import annotations

import os

from esc_core.config import environment

USUAL_NICENESS, LOWEST_NICENESS = 5, 19
"""How far a process gives way, as Unix counts: 0 is usual, 19 the most."""


def cores() -> set[int]:
    """Return the processor cores that this process may use, by number."""
    return set(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))


def cores_for_training(present: set[int]) -> set[int]:
    """Return the cores that training may use of those that are there: all, or where it gives way half, at least one.

    Parameters
    ----------
    present : set of int
        Numbers of the cores.
    """
    n = max(1, len(present) // 2) if environment.GIVE_WAY.value() else len(present)
    return set(sorted(present)[-n:])


def give_way() -> None:
    """Lower the priority of this process, and keep it to its cores; call it before TensorFlow makes its threads."""
    if hasattr(os, "nice"):
        wanted = LOWEST_NICENESS if environment.GIVE_WAY.value() else USUAL_NICENESS
        os.nice(max(0, wanted - os.nice(0)))  # never up, which only an administrator may
    if hasattr(os, "sched_setaffinity"):  # macOS and Windows have none; there only the number of threads is lowered
        os.sched_setaffinity(0, cores_for_training(cores()))
    elif environment.GIVE_WAY.value():
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(len(cores_for_training(cores()))))
