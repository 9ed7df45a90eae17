"""Names for runs that are easy to say and to remember."""

from __future__ import annotations

import random
from collections.abc import Container

ADJECTIVES = (
    *("amber", "bold", "brave", "bright", "calm", "clever", "copper", "coral", "cosy", "crimson", "dapper", "eager"),
    *("fuzzy", "gentle", "golden", "green", "happy", "hazel", "indigo", "ivory", "jolly", "kind", "lively", "lucky"),
    *("mellow", "misty", "nimble", "olive", "patient", "proud", "quick", "quiet", "rosy", "ruby", "silver", "sleepy"),
    *("snowy", "steady", "sunny", "swift", "tidy", "velvet", "violet", "witty"),
)
ANIMALS = (
    *("badger", "bat", "bear", "beaver", "bee", "bison", "cat", "crab", "crane", "crow", "deer", "dolphin", "duck"),
    *("eagle", "falcon", "finch", "fox", "frog", "goat", "goose", "hare", "hedgehog", "heron", "horse", "koala"),
    *("lark", "lion", "lynx", "magpie", "mole", "moose", "mouse", "newt", "otter", "owl", "panda", "penguin", "puffin"),
    *("rabbit", "raven", "robin", "seal", "sheep", "sparrow", "squirrel", "swan", "tiger", "toad", "turtle", "walrus"),
    *("whale", "wolf", "wren", "yak"),
)


def new_name(taken: Container[str]) -> str:
    """Draw a name such as "amber fox".

    Parameters
    ----------
    taken : container of str
        Names in use; once all are in use, a number is added.

    Returns
    -------
    str
        Two words in lower case.
    """
    names = [f"{adjective} {animal}" for adjective in ADJECTIVES for animal in ANIMALS]
    random.SystemRandom().shuffle(names)  # a run's seed decides what it learns, not what it is called
    free = next((name for name in names if name not in taken), None)
    return free or next(f"{names[0]} {n}" for n in range(2, 10_000) if f"{names[0]} {n}" not in taken)
