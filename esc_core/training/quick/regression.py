"""Embeddings → categories: logistic regression, in which each category counts alike."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import numpy as np

PENALTY = 5e-5
"""Of half the squared weights, against the mean loss, for embeddings with a variance of 1 in sum; chosen on fold 1 of
ESC-50."""

MOST_STEPS = 200

ABSENT = 100.0
"""How far below 0 the logit of a category without a sample lies."""


def one_blas_thread() -> AbstractContextManager[Any]:
    """Return a context in which matrix products use one thread.

    Small products on several threads took over 20 times as long while other processes computed.
    """
    from threadpoolctl import threadpool_limits

    context: AbstractContextManager[Any] = threadpool_limits(1, user_api="blas")
    return context


def fit(
    x: np.ndarray, targets: np.ndarray, *, n_classes: int, penalty: float = PENALTY
) -> tuple[np.ndarray, np.ndarray]:
    """Fit a multinomial logistic regression.

    Parameters
    ----------
    x : numpy.ndarray, shape (n, d)
        Embeddings.
    targets : numpy.ndarray, shape (n,), int
        Positions of their categories.
    n_classes : int
        Number of categories; one without a sample gets low logits everywhere.
    penalty : float
        See `PENALTY`.

    Returns
    -------
    kernel : numpy.ndarray, shape (d, n_classes), float32
        Logits are ``x @ kernel + bias``.
    bias : numpy.ndarray, shape (n_classes,), float32
        The constants.
    """
    from sklearn.linear_model import LogisticRegression

    present = np.unique(targets)
    kernel, bias = np.zeros((x.shape[1], n_classes)), np.full(n_classes, -ABSENT)
    bias[present] = 0
    if len(present) > 1:
        mean = x.mean(axis=0, dtype=float)
        scale = float(np.sqrt(x.var(axis=0, dtype=float).sum())) or 1.0
        # of two categories scikit-learn penalises the difference of the weights, here each has its own
        strength = (2 if len(present) == 2 else 1) / (penalty * len(x))
        found = LogisticRegression(C=strength, class_weight="balanced", max_iter=MOST_STEPS, tol=1e-5)
        found.fit((x - mean) / scale, targets)
        weights, constants = found.coef_.T / scale, found.intercept_
        if len(present) == 2:
            weights, constants = np.hstack([-weights, weights]) / 2, np.array([-0.5, 0.5]) * constants
        kernel[:, present] = weights
        bias[present] = constants - mean @ weights
    return kernel.astype(np.float32), bias.astype(np.float32)
