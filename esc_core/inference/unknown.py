"""The rule of "none of the fifty": when a sound is none of a model's categories.

A network must choose among its categories, and takes a flute for a siren. Two values tell such sounds apart; the first
needs YAMNet's trunk, which knows 521 classes of sound:

- **agreement**: does what YAMNet hears fit what the model says? The trunk's scores are compared with a profile of each
  category, their mean over clips of the training folds, by the cosine of their square roots. The agreement is the mean
  of these cosines, weighted with the model's probabilities.
- **likeness**: do the model's probabilities look like those of a clip of ESC-50? A weighted sum of their logarithms,
  whose weights were learnt from held-out clips and from sounds that are none of the fifty (Hendrycks et al. 2019,
  "Deep anomaly detection with outlier exposure", arXiv:1812.04606).

A sound is unknown if one of them lies below its threshold. Without the trunk there is only likeness, whose threshold is
higher then. A given share of held-out clips reaches each threshold, clean ones and those of a noisy room together; for
the network of a fold, thresholds, profiles and weights come from the other four. A long recording is unknown if it
is so as a whole and none of its events is known. ``python -m benchmarks.unknown`` compares both values with simpler
ones, and makes what is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from esc_core import yamnet
from esc_core.config import ASSETS_DIR
from esc_core.dataset.categories import CATEGORIES
from esc_core.disk.files import read_arrays
from esc_core.errors import EscError
from esc_core.inference.audioset import outside
from esc_core.inference.front_end import Sound
from esc_core.inference.timeline import Timeline
from esc_core.models.card import Card

PROFILES = ASSETS_DIR / "yamnet-profiles.npz"
"""Arrays "1"–"5" and "deployment", each (50, 521): the profiles without a fold, and those of all folds."""

KNOWN_SHARE = 0.97
"""Share of held-out clips, clean and in a noisy room, that reach each of the two thresholds."""

KNOWN_SHARE_ALONE = 0.95
"""Share that reaches the threshold of likeness alone: about as many as reach both others."""

THRESHOLDS = ("agreement_below", "likeness_below", "likeness_alone_below")
"""Names of the thresholds in a card, beside the weights."""

PROB_FLOOR = 1e-5
"""Added to probabilities before the logarithm: what is less likely makes no difference."""


@dataclass(frozen=True)
class Heard:
    """What YAMNet hears in a sound.

    Attributes
    ----------
    scores : numpy.ndarray, shape (521,), float32
        Highest score of each class over the sound's patches.
    outside : tuple of str
        The classes that are none of the fifty, by `esc_core.inference.audioset.outside`.
    """

    scores: np.ndarray
    outside: tuple[str, ...]


def hear(sound: Sound) -> Heard | None:
    """Return what YAMNet hears in a sound; None where its trunk is missing or can't be used."""
    if yamnet.missing_trunk():
        return None
    try:
        scores = sound.yamnet[1].max(axis=0)
        return Heard(scores, outside(scores, yamnet.load_trunk().class_names))
    except EscError:  # a damaged file: the model chip says so, and an answer is given without it
        return None


@dataclass(frozen=True, kw_only=True)
class UnknownRule:
    """The rule of one network, or of the mean of all.

    Attributes
    ----------
    agreement_below : float
        A sound of less agreement is none of the fifty.
    weights : numpy.ndarray, shape (n_classes,)
        Of the logarithm of each probability.
    likeness_below, likeness_alone_below : float
        A sound of less likeness is none of the fifty: where YAMNet is there, and where it is not.
    profiles : numpy.ndarray, shape (n_classes, 521), or None
        What YAMNet hears in each category, square roots with length 1; None if the file is missing.
    """

    agreement_below: float
    weights: np.ndarray
    likeness_below: float
    likeness_alone_below: float
    profiles: np.ndarray | None

    def hear(self, sound: Sound) -> Heard | None:
        """Return what YAMNet hears in a sound; see `hear`."""
        return hear(sound)

    def is_unknown(self, probs: np.ndarray, heard: Heard | None) -> bool:
        """Tell whether a sound is none of the categories.

        Parameters
        ----------
        probs : numpy.ndarray, shape (n_classes,)
            Calibrated probabilities.
        heard : Heard or None
            What YAMNet hears, from `hear`.

        Returns
        -------
        bool
            True where no sure answer should be given.
        """
        value = float(likeness(probs, self.weights))
        if heard is None or self.profiles is None:
            return value < self.likeness_alone_below
        fit = float(agreement(probs, heard.scores, self.profiles))
        return fit < self.agreement_below or value < self.likeness_below

    def knows_an_event(self, timeline: Timeline, sound: Sound) -> bool:
        """Tell whether a long recording holds an event that is one of the categories, whatever else is in it.

        Parameters
        ----------
        timeline : esc_core.inference.timeline.Timeline
            The recording's windows and events.
        sound : Sound
            The whole recording.

        Returns
        -------
        bool
            True if one of its events, judged by its own windows and its own sound, is not unknown.
        """
        frame_seconds = sound.features.hop_length / sound.features.sr
        for event in timeline.events:
            inside = (timeline.times >= event.start) & (timeline.times <= event.end)
            start, end = (round(time / frame_seconds) for time in (event.start, event.end))
            heard = hear(sound.part(start, max(1, end - start))) if inside.any() else None
            if inside.any() and not self.is_unknown(timeline.probs[inside].mean(axis=0), heard):
                return True
        return False


class NoneRule:
    """The rule of a model whose networks know "none of these" themselves: its probability is what lacks to 1."""

    def hear(self, sound: Sound) -> Heard | None:
        """Return None: the networks have said it all."""
        return None

    def is_unknown(self, probs: np.ndarray, heard: Heard | None) -> bool:
        """Tell whether "none" is more probable than each category; see `UnknownRule.is_unknown`."""
        return bool(1 - probs.sum() > probs.max())

    def knows_an_event(self, timeline: Timeline, sound: Sound) -> bool:
        """Tell whether a long recording holds an event; see `UnknownRule.knows_an_event`."""
        return bool(timeline.events)


def rule_of(card: Card, fold: int | None) -> UnknownRule | NoneRule | None:
    """Return the rule of a model.

    Parameters
    ----------
    card : Card
        Its card.
    fold : int or None
        The fold whose network answers; None for the mean of all.

    Returns
    -------
    UnknownRule, NoneRule or None
        None for a model whose card has no rule, as one that was trained here.
    """
    if card.knows_none:
        return NoneRule()
    key = "deployment" if fold is None else str(fold)
    stored: dict[str, Any] = card.details.get("unknown", {})
    if key not in stored or len(stored[key]["weights"]) != len(card.labels):
        return None
    values = stored[key]
    profiles = _profiles(PROFILES, key)
    if profiles is not None:
        rows = [CATEGORIES.index(label) for label in card.labels if label in CATEGORIES]
        profiles = profiles[rows] if len(rows) == len(card.labels) else None
    return UnknownRule(
        weights=np.array(values["weights"]), profiles=profiles, **{key: values[key] for key in THRESHOLDS}
    )


@lru_cache(maxsize=6)
def _profiles(path: Path, key: str) -> np.ndarray | None:
    arrays = read_arrays(path, key)
    return None if arrays is None else arrays[key].astype(np.float32)


def agreement(probs: np.ndarray, scores: np.ndarray, profiles: np.ndarray) -> np.ndarray:
    """Return how well what YAMNet hears fits what a model says.

    Parameters
    ----------
    probs : numpy.ndarray, shape (..., n_classes)
        The model's probabilities.
    scores : numpy.ndarray, shape (..., 521)
        YAMNet's scores.
    profiles : numpy.ndarray, shape (n_classes, 521)
        From `profiles_of`.

    Returns
    -------
    numpy.ndarray, shape (...)
        From 0, nothing in common, to 1.
    """
    return np.asarray((probs * (_unit(np.sqrt(scores)) @ profiles.T)).sum(axis=-1))


def profiles_of(scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the profile of each category: the mean of the square roots of its clips' scores, with length 1.

    Parameters
    ----------
    scores : numpy.ndarray, shape (n, 521)
        What YAMNet hears in each clip.
    targets : numpy.ndarray, shape (n,), int
        Category of each clip.

    Returns
    -------
    numpy.ndarray, shape (n_classes, 521)
        Rows in the order of the categories that occur.
    """
    roots = np.sqrt(scores)
    return _unit(np.stack([roots[targets == target].mean(axis=0) for target in np.unique(targets)]))


def _unit(x: np.ndarray) -> np.ndarray:
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-9))


def likeness(probs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return how much a model's probabilities look like those of a clip of ESC-50.

    Parameters
    ----------
    probs : numpy.ndarray, shape (..., n_classes)
        Calibrated probabilities.
    weights : numpy.ndarray, shape (n_classes,)
        From `fit_likeness`.

    Returns
    -------
    numpy.ndarray, shape (...)
        The weighted sum of the logarithms.
    """
    return np.asarray(np.log(probs + PROB_FLOOR) @ weights)


def fit_likeness(known: np.ndarray, unknown: np.ndarray, *, penalty: float = 30.0) -> np.ndarray:
    """Learn the weights of `likeness` by logistic regression; both kinds count alike, however many there are.

    Parameters
    ----------
    known : numpy.ndarray, shape (n, n_classes)
        Probabilities of clips that the networks were not trained on.
    unknown : numpy.ndarray, shape (m, n_classes)
        Probabilities of sounds that are none of the categories.
    penalty : float
        Of the sum of squared weights of standardised logarithms, against the sum of n + m losses.

    Returns
    -------
    numpy.ndarray, shape (n_classes,)
        Weights; the constant belongs to the threshold.
    """
    x = np.log(np.concatenate([known, unknown]).astype(float) + PROB_FLOOR)
    target = np.repeat([1.0, 0.0], [len(known), len(unknown)])
    balance = len(x) / 2 / np.where(target == 1, len(known), len(unknown))
    mean, std = x.mean(axis=0), x.std(axis=0) + 1e-3
    x = np.hstack([(x - mean) / std, np.ones((len(x), 1))])
    ridge = penalty * np.append(np.ones(known.shape[1]), 0)
    w = np.zeros(x.shape[1])
    for _ in range(20):  # Newton's method
        p = 1 / (1 + np.exp(-x @ w))
        gradient = x.T @ (balance * (p - target)) + ridge * w
        hessian = (x * (balance * p * (1 - p) + 1e-9)[:, None]).T @ x + np.diag(ridge)
        w -= np.linalg.solve(hessian, gradient)
    return np.asarray(w[:-1] / std)


def threshold_for(values: np.ndarray, *, share: float = KNOWN_SHARE) -> float:
    """Return the threshold that a share of the values of held-out clips, shape (n,), reaches."""
    return float(np.quantile(values, 1 - share))
