"""How well values tell known sounds from others, with intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import roc_auc_score

N_BOOTSTRAP = 500
TRUE_ACCEPTANCE = 0.9

Measure = dict[str, float]


def auroc(known: np.ndarray, other: np.ndarray) -> float:
    """Return the probability that a known sound, of values (n,), has a higher value than another one, of (m,)."""
    return float(roc_auc_score(np.repeat([1, 0], [len(known), len(other)]), np.concatenate([known, other])))


def false_acceptance(known: np.ndarray, other: np.ndarray) -> float:
    """Return the share of other sounds that reach the threshold which 90% of the known ones reach."""
    return float((other >= np.quantile(known, 1 - TRUE_ACCEPTANCE)).mean())


def measured(known: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> Measure:
    """Return AUROC and false acceptance with intervals: means over several pairs of known and other values."""
    rng = np.random.default_rng(0)
    found: Measure = {}
    for name, measure in (("auroc", auroc), ("false_acceptance", false_acceptance)):
        draws = [
            np.mean([measure(rng.choice(a, len(a)), rng.choice(b, len(b))) for a, b in zip(known, other, strict=True)])
            for _ in range(N_BOOTSTRAP)
        ]
        found[name] = float(np.mean([measure(a, b) for a, b in zip(known, other, strict=True)]))
        found[f"{name}_low"], found[f"{name}_high"] = np.quantile(draws, [0.025, 0.975]).tolist()
    return found


def negative_entropy(probs: np.ndarray) -> np.ndarray:
    """Return the sum of p log p, shape (n,), 0 for one sure category."""
    return np.asarray((probs * np.log(probs + 1e-9)).sum(axis=-1))
