"""Steady bars: smoothed probabilities whose order changes rarely."""

from __future__ import annotations

import numpy as np

ORDER_MARGIN = 0.1
"""How much more probable a category must be than the one above it before they change places."""


class Bars:
    """The top categories of a stream.

    Parameters
    ----------
    n_classes : int
        How many categories there are.
    k : int
        How many bars are shown.
    hop_seconds : float
        Time from one window to the next.
    """

    def __init__(self, n_classes: int, *, k: int, hop_seconds: float) -> None:
        self.values = np.zeros(n_classes)
        self.order: list[int] = list(range(min(k, n_classes)))
        self._hop_seconds = hop_seconds

    def push(self, probs: np.ndarray, *, seconds: float) -> None:
        """Take a window's probabilities, shape (n_classes,), all zero for a quiet one.

        Parameters
        ----------
        probs : numpy.ndarray, shape (n_classes,)
            The probabilities.
        seconds : float
            Time in which a bar goes two thirds of its way; 0 for none.
        """
        share = 1.0 if seconds <= 0 else 1 - np.exp(-self._hop_seconds / seconds)
        self.values += share * (probs - self.values)
        self._reorder()

    def _reorder(self) -> None:
        for newcomer in np.argsort(-self.values)[: len(self.order)].tolist():
            last = min(self.order, key=lambda c: self.values[c])
            if newcomer not in self.order and self.values[newcomer] > self.values[last] + ORDER_MARGIN:
                self.order[self.order.index(last)] = newcomer
        for _ in self.order:
            for i in range(len(self.order) - 1):
                upper, lower = self.order[i : i + 2]
                if self.values[lower] > self.values[upper] + ORDER_MARGIN:
                    self.order[i : i + 2] = lower, upper
