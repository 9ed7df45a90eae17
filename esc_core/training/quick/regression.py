"""Embeddings → categories: logistic regression, in which each category counts alike."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import numpy as np

PENALTY = 5e-5
"""Of half the squared weights, against the mean loss, for embeddings with a variance of 1 in sum; chosen on fold 1 of
ESC-50."""

MOST_STEPS = 100


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
    mean = x.mean(axis=0, dtype=float)
    scale = float(np.sqrt(x.var(axis=0, dtype=float).sum())) or 1.0
    centred = (x - mean) / scale
    # the weights lie in the span of the samples, which has far fewer dimensions than an embedding
    basis = np.linalg.qr(centred.T)[0] if len(x) < x.shape[1] else np.eye(x.shape[1])
    weights, bias = _minimum(centred @ basis, targets, n_classes, penalty)
    kernel = basis @ weights / scale
    return kernel.astype(np.float32), (bias - mean @ kernel).astype(np.float32)


def _minimum(x: np.ndarray, targets: np.ndarray, n_classes: int, penalty: float) -> tuple[np.ndarray, np.ndarray]:
    """Return weights, shape (d, n_classes), and constants, shape (n_classes,), of the least penalised loss."""
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    counts = np.bincount(targets, minlength=n_classes)
    share = (1 / (counts[targets] * (counts > 0).sum()))[:, None]
    truth = np.eye(n_classes)[targets]
    n_weights = x.shape[1] * n_classes

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights, bias = flat[:n_weights].reshape(-1, n_classes), flat[n_weights:]
        log_probs = log_softmax(x @ weights + bias, axis=1)
        error = share * (np.exp(log_probs) - truth)
        gradient = np.concatenate([(x.T @ error + penalty * weights).ravel(), error.sum(axis=0)])
        return float(-(share * truth * log_probs).sum() + penalty / 2 * (weights**2).sum()), gradient

    start = np.zeros(n_weights + n_classes)
    flat = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": MOST_STEPS}).x
    return flat[:n_weights].reshape(-1, n_classes), flat[n_weights:]
