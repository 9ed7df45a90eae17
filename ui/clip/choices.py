"""Categories to choose from when a sound is to be guessed."""

from __future__ import annotations

import random
from collections.abc import Sequence

from esc_core.dataset import Clip

N_CHOICES = 5
N_CONFUSED = 2


def five_choices(clip: Clip, categories: Sequence[str], confused: Sequence[str], rng: random.Random) -> list[str]:
    """Return the clip's category and others, in random order.

    Parameters
    ----------
    clip : Clip
        The sound.
    categories : sequence of str
        All categories to choose from.
    confused : sequence of str
        Categories that people confuse with this one, the most frequent first; two of these are taken.
    rng : random.Random
        Source of randomness.

    Returns
    -------
    list of str
        Five categories, or all if there are fewer.
    """
    others = [name for name in categories if name != clip.category]
    wrong = [name for name in confused if name in others][:N_CONFUSED]
    rest = [name for name in others if name not in wrong]
    wrong += rng.sample(rest, min(len(rest), N_CHOICES - 1 - len(wrong)))
    choices = [clip.category, *wrong]
    rng.shuffle(choices)
    return choices
