"""Held-out answers → accuracy with its interval, recalls, confusion, mistakes, and the learning curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from esc_core.measures.bootstrap import accuracy_interval
from esc_core.training.quick.regression import fit
from esc_core.training.quick.samples import Samples


@dataclass(frozen=True)
class Mistake:
    """A held-out sample that was taken for another category.

    Attributes
    ----------
    clip_id : str
        The sample.
    category : str
        What it is.
    taken_for : str
        What the network that had not heard its recording took it for.
    prob : float
        Probability of that, in 0–1.
    """

    clip_id: str
    category: str
    taken_for: str
    prob: float


@dataclass(frozen=True)
class CurvePoint:
    """Held-out accuracy after learning from some samples a category.

    Attributes
    ----------
    n : int
        Most samples of each category.
    accuracy : float
        In 0–1, always over the same held-out samples.
    interval : tuple of float
        Its 95% interval.
    """

    n: int
    accuracy: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Scores:
    """What the held-out samples say; each was answered by the head that had not heard its recording.

    Attributes
    ----------
    n : int
        Held-out samples.
    correct : numpy.ndarray, shape (n,), bool
        Which of them are correctly classified.
    recordings : numpy.ndarray, shape (n,), str
        Their recordings.
    ids : tuple of str
        Their clip ids.
    categories : tuple of str
        What they were when the model learnt.
    accuracy : float
        Share whose most probable category is the true one, in 0–1.
    interval : tuple of float
        Its 95% interval, by a bootstrap over recordings.
    fold_accuracy : dict of int to float
        Accuracy by fold.
    recall : dict of str to (float or None)
        By category; None without a held-out sample.
    confusion : numpy.ndarray, shape (n_classes, n_classes), int
        Rows true, columns predicted.
    answered : float
        Share that is answered: neither "not sure" nor none of the categories.
    wrong : float
        Share of these answers that is wrong.
    mistakes : tuple of Mistake
        The most confident one first.
    curve : tuple of CurvePoint
        Ascending; the last one has all samples.
    """

    n: int
    correct: np.ndarray
    recordings: np.ndarray
    ids: tuple[str, ...]
    categories: tuple[str, ...]
    accuracy: float
    interval: tuple[float, float]
    fold_accuracy: dict[int, float]
    recall: dict[str, float | None]
    confusion: np.ndarray
    answered: float
    wrong: float
    mistakes: tuple[Mistake, ...]
    curve: tuple[CurvePoint, ...]


def score(samples: Samples, probs: np.ndarray, sure: np.ndarray, curve: tuple[CurvePoint, ...]) -> Scores | None:
    """Score held-out answers.

    Parameters
    ----------
    samples : Samples
        What was learnt from.
    probs : numpy.ndarray, shape (n_samples, n_classes)
        Calibrated probabilities, out of fold; NaN for a sample that was never held out.
    sure : numpy.ndarray, shape (n_samples,), bool
        Which of them are answers.
    curve : tuple of CurvePoint
        From `learning_curve`.

    Returns
    -------
    Scores or None
        None if nothing was held out.
    """
    held = ~np.isnan(probs[:, 0])
    if not held.any():
        return None
    truth, guess = samples.targets[held], probs[held].argmax(axis=1)
    correct, folds, recordings = guess == truth, samples.folds[held], samples.recordings[held]
    n_classes = len(samples.categories)
    confusion = np.bincount(truth * n_classes + guess, minlength=n_classes**2).reshape(n_classes, n_classes)
    counts = confusion.sum(axis=1)
    ids = tuple(samples.ids[i] for i in np.flatnonzero(held))
    answered = sure[held]
    return Scores(
        n=int(held.sum()),
        correct=correct,
        recordings=recordings,
        ids=ids,
        categories=tuple(samples.categories[i] for i in truth),
        accuracy=float(correct.mean()),
        interval=accuracy_interval(correct, recordings.tolist()),
        fold_accuracy={k: float(correct[folds == k].mean()) for k in sorted(set(folds.tolist()))},
        recall={
            name: float(confusion[i, i] / counts[i]) if counts[i] else None for i, name in enumerate(samples.categories)
        },
        confusion=confusion,
        answered=float(answered.mean()),
        wrong=float((answered & ~correct).sum() / max(1, answered.sum())),
        mistakes=_mistakes(samples.categories, ids, truth, probs[held]),
        curve=curve,
    )


def _mistakes(
    categories: tuple[str, ...], ids: tuple[str, ...], truth: np.ndarray, probs: np.ndarray
) -> tuple[Mistake, ...]:
    guess, most = probs.argmax(axis=1), probs.max(axis=1)
    wrong = [i for i in np.argsort(-most, kind="stable") if guess[i] != truth[i]]
    return tuple(Mistake(ids[i], categories[truth[i]], categories[guess[i]], float(most[i])) for i in wrong)


def learning_curve(samples: Samples, *, seed: int) -> tuple[CurvePoint, ...]:
    """Return the held-out accuracy after learning from 1, 2, 4, 8 … samples a category, and from all.

    Parameters
    ----------
    samples : Samples
        What was learnt from; what is held out is the same at each point.
    seed : int
        Draws the samples: of each category one of each recording first.

    Returns
    -------
    tuple of CurvePoint
        Ascending; empty if nothing can be held out.
    """
    folds = samples.tested_folds
    if not folds:
        return ()
    most = max(int(np.bincount(samples.targets[samples.training(k)]).max()) for k in folds)
    sizes = [2**i for i in range(most.bit_length()) if 2**i < most] + [most]
    held = np.isin(samples.folds, folds)
    points = []
    for n in sizes:
        correct = np.zeros(len(samples.targets), bool)
        for k in folds:
            few = draw(samples, np.flatnonzero(samples.training(k)), n, seed=seed)
            out = samples.folds == k
            correct[out] = guesses(samples, few, out) == samples.targets[out]
        interval = accuracy_interval(correct[held], samples.recordings[held].tolist())
        points.append(CurvePoint(n, float(correct[held].mean()), interval))
    return tuple(points)


def draw(samples: Samples, among: np.ndarray, n: int, *, seed: int) -> np.ndarray:
    """Return positions of at most n samples of each category, shape (k,), from as many recordings as possible."""
    chosen: list[int] = []
    for target in range(len(samples.categories)):
        own = np.random.default_rng([seed, target]).permutation(among[samples.targets[among] == target])
        turns: dict[str, int] = {}
        ranked: list[tuple[int, int, int]] = []
        for i in own:  # the first sample of each recording, then the second of each
            turns[samples.recordings[i]] = turns.get(samples.recordings[i], -1) + 1
            ranked.append((turns[samples.recordings[i]], len(ranked), int(i)))
        chosen += [i for _, _, i in sorted(ranked)[:n]]
    return np.array(chosen, int)


def guesses(samples: Samples, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Return the categories that some samples get after learning from others, shape (n_test,), int."""
    rows = samples.x[train].reshape(-1, samples.x.shape[-1])
    targets = np.repeat(samples.targets[train], samples.x.shape[1])
    kernel, bias = fit(rows, targets, n_classes=len(samples.categories))
    return np.asarray((samples.x[test, 0] @ kernel + bias).argmax(axis=1))
