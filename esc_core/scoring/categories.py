"""The name of a category, as people write it → its target."""

from __future__ import annotations

import re
from functools import lru_cache

from esc_core.dataset.categories import CATEGORIES
from esc_core.errors import ScoreError
from esc_core.words import shortened

ALIASES = {
    "insects flying": "insects",
    "door knock": "door_wood_knock",
    "door creaks": "door_wood_creaks",
    "aeroplane": "airplane",
    "dog bark": "dog",
    "baby cry": "crying_baby",
    "person sneeze": "sneezing",
    "fire crackling": "crackling_fire",
}
"""Names in ESC-50's own README and in the first edition of ESC-10, which its table writes in another way."""

Words = tuple[str, ...]


def find_category(name: str) -> int | None:
    """Return the target of a category that is named in any usual way.

    Case, the order of the words, what stands between them, and singular or plural make no difference: "Door, wood
    creaks", "door-wood creak" and ``door_wood_creaks`` are one category.

    Parameters
    ----------
    name : str
        Untrusted text.

    Returns
    -------
    int or None
        The target, 0–49; None if it is no category.

    Raises
    ------
    ScoreError
        If the name fits several categories, such as "clock".
    """
    words = _words(name)
    target = _targets().get(_key(words))
    if target is None:
        target = _targets().get(("".join(words),))  # "handsaw", "chain saw"
    if target is None and (several := _containing(words)):
        raise ScoreError(f"the name {shortened(name)!r} fits several categories: {', '.join(several)}")
    return target


def _words(name: str) -> Words:
    plain = name.strip().lower().removeprefix("prob_")
    return tuple(_singular(word) for word in re.findall(r"[^\W\d_]+", plain))


def _singular(word: str) -> str:
    return word if word.endswith("ss") else word.removesuffix("s")


def _key(words: Words) -> Words:
    return tuple(sorted(set(words)))


@lru_cache(maxsize=1)
def _targets() -> dict[Words, int]:
    names = {category: target for target, category in enumerate(CATEGORIES)}
    names |= {alias: CATEGORIES.index(category) for alias, category in ALIASES.items()}
    parts = {_words(name): target for name, target in names.items()}
    return {("".join(words),): target for words, target in parts.items()} | {
        _key(words): target for words, target in parts.items()
    }


def _containing(words: Words) -> list[str]:
    """Return the categories whose names hold all words, if these are several."""
    found = [category for category in CATEGORIES if words and set(words) <= set(_words(category))]
    return found if len(found) > 1 else []
