"""A sound file that was opened and not yet decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np


class DamageError(Exception):
    """The file can't be read any further."""


@dataclass(frozen=True)
class Source:
    """An opened sound file.

    Attributes
    ----------
    sr : int
        Sampling rate in Hz.
    n_channels : int
        Number of channels.
    format : str
        Container, one of `esc_core.config.CONTAINERS`.
    blocks : callable
        Gives the samples from the beginning, in blocks of shape (n, n_channels), float32; each call starts again. The
        blocks raise `DamageError` where the file can't be read any further.
    promised : float
        Length by the header, in seconds; 0 if it gives none.
    factor : float or None
        The same relative to the length that is there, where only that is known; None if the header leaves it open.
    tolerance : float
        Seconds that may lack without a word.
    remarks : tuple of str
        What had to be chosen, a sentence each.
    """

    sr: int
    n_channels: int
    format: str
    blocks: Callable[[], Iterator[np.ndarray]]
    promised: float = 0.0
    factor: float | None = 1.0
    tolerance: float = 0.0
    remarks: tuple[str, ...] = ()
