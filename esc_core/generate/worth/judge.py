"""What generated sounds are worth: whether they are named as meant, are copies, and are as diverse as real ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from esc_core.config import require
from esc_core.dataset import Dataset
from esc_core.generate.generator import Generator, GeneratorCard
from esc_core.generate.training.data import plain_windows
from esc_core.generate.worth.drawn import made_sounds, mel_of
from esc_core.generate.worth.resemblance import Copies, Diversity, diversity, find_copies
from esc_core.inference.predictor import Predictor
from esc_core.measures.intervals import share_interval
from esc_core.training.data.splits import Split
from esc_core.unsupervised.embedders import log_mel_statistics

Embed = Callable[[np.ndarray], np.ndarray]
"""Takes mel power of a window, shape (n_mels, t); returns its embedding, shape (d,)."""

Classify = Callable[[Sequence[np.ndarray]], np.ndarray]
"""Takes mel power of windows; returns the probability of each of the generator's categories, shape (n, n_classes)."""


WINDOWS = 4
"""Windows of each training clip among which the nearest is looked for: a copy may be of any part of it."""


@dataclass(frozen=True)
class Named:
    """Whether generated sounds are named as meant by a classifier that never saw them.

    Attributes
    ----------
    n_correct, n : int
        Sounds named as meant, and all.
    chance : float
        Share by guessing.
    by_category : dict of str to float
        Share of each category's sounds, 0–1.
    real : float
        Share of real held-out windows that the same classifier names correctly.
    """

    n_correct: int
    n: int
    chance: float
    by_category: dict[str, float]
    real: float

    @property
    def accuracy(self) -> float:
        """Share that is named as meant, 0–1."""
        return self.n_correct / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95% interval; the sounds are independent draws."""
        return share_interval(self.n_correct, self.n)


@dataclass(frozen=True)
class Judgement:
    """All that is said of a generator.

    Attributes
    ----------
    named : Named or None
        None without a classifier.
    copies : Copies
        Nearest training sounds.
    diversity : Diversity
        Distance as a whole.
    """

    named: Named | None
    copies: Copies
    diversity: Diversity


def named_as_meant(
    probs: np.ndarray, labels: np.ndarray, categories: Sequence[str], *, real: float = float("nan")
) -> Named:
    """Count the sounds whose most likely category is the one that was asked for.

    Parameters
    ----------
    probs : numpy.ndarray, shape (n, n_classes)
        What a classifier says of the generated sounds.
    labels : numpy.ndarray, shape (n,), int
        What was asked for.
    categories : sequence of str
        Names of the classes.
    real : float
        Accuracy of the same classifier on real held-out sounds, 0–1.

    Returns
    -------
    Named
        With chance and categories.
    """
    correct = probs.argmax(axis=1) == labels
    by_category = {name: float(correct[labels == i].mean()) for i, name in enumerate(categories) if (labels == i).any()}
    return Named(int(correct.sum()), len(labels), 1 / len(categories), by_category, real)


def model_classifier(predictor: Predictor, card: GeneratorCard) -> Classify:
    """Return a model on spectrograms as the classifier of a generator's sounds.

    Parameters
    ----------
    predictor : Predictor
        Its networks learnt from real clips; of five, the one that was not trained on the generator's held-out fold.
    card : GeneratorCard
        Categories of the generator; the model must know them all.

    Returns
    -------
    callable
        Probabilities of these categories alone.

    Raises
    ------
    ParameterError
        If the model lacks a category.
    """
    labels = list(predictor.card.labels)
    missing = [name for name in card.labels if name not in labels]
    require(not missing, "the model must know all categories of the generator; it lacks", ", ".join(missing))
    columns = [labels.index(name) for name in card.labels]
    fold = card.val_fold if card.val_fold in predictor.folds else None

    def classify(mels: Sequence[np.ndarray]) -> np.ndarray:
        return predictor.mel_probs(list(mels), fold=fold)[:, columns]

    return classify


def judge(
    generator: Generator,
    dataset: Dataset,
    mel: np.ndarray,
    split: Split,
    *,
    classify: Classify | None = None,
    embed: Embed = log_mel_statistics,
    per_category: int = 20,
    seed: int = 1,
) -> Judgement:
    """Judge a generator by sounds that it makes now.

    Parameters
    ----------
    generator : Generator
        Trained on `split.train`.
    dataset : Dataset
        The clips of its categories, in its order.
    mel : numpy.ndarray, shape (n_clips, n_mels, t)
        Their mel power.
    split : Split
        What it has heard, and what it has not.
    classify : callable, optional
        A classifier that never saw its sounds.
    embed : callable
        What sounds are compared by; statistics of the log-mel spectrogram by default.
    per_category : int
        Sounds of each category.
    seed : int
        Seed of points and windows.

    Returns
    -------
    Judgement
        All three figures.

    Raises
    ------
    ParameterError
        If the clips are of other categories than the generator's.
    """
    labels_known, card = tuple(dataset.categories), generator.card
    require(labels_known == card.labels, f"the categories must be {', '.join(card.labels)}", ", ".join(labels_known))
    made, labels = made_sounds(generator, per_category=per_category, seed=seed)
    made = mel_of(made)

    def windows(chosen: np.ndarray, per_clip: int) -> np.ndarray:
        return plain_windows(mel, chosen, n_frames=card.n_frames, per_clip=per_clip, seed=seed)

    heard, held_out = windows(split.train, WINDOWS), windows(split.val, 1)
    x, known, new = (np.stack([embed(one) for one in part]) for part in (made, heard, held_out))
    copies = find_copies(x, known, new)
    copies = Copies(split.train[copies.nearest // WINDOWS], copies.similarity, copies.real)
    named = None
    if classify is not None:
        real = float((classify(list(held_out)).argmax(axis=1) == dataset.labels[split.val]).mean())
        named = named_as_meant(classify(list(made)), labels, card.labels, real=real)
    return Judgement(named, copies, diversity(x, known[::WINDOWS], dataset.folds[split.train], seed=seed))
