"""What generated sounds are worth: whether they are named as meant, are copies, and are as diverse as real ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from esc_core.config import require
from esc_core.dataset import Dataset
from esc_core.generate.data import plain_windows
from esc_core.generate.generator import Generator, GeneratorCard
from esc_core.inference.predictor import Predictor
from esc_core.measures.intervals import share_interval
from esc_core.training.data.splits import Split
from esc_core.unsupervised.embedders import log_mel_statistics
from esc_core.unsupervised.vectors import Scale

Embed = Callable[[np.ndarray], np.ndarray]
"""Takes mel power of a window, shape (n_mels, t); returns its embedding, shape (d,)."""

Classify = Callable[[Sequence[np.ndarray]], np.ndarray]
"""Takes mel power of windows; returns the probability of each of the generator's categories, shape (n, n_classes)."""

RARE = 0.05
"""Share of new real sounds that lie so close to a training sound that it is counted as a copy, for comparison."""

WINDOWS = 4
"""Windows of each training clip among which the nearest is looked for: a copy may be of any part of it."""

_RIDGE = 1e-6
"""Added to a covariance's diagonal: of fewer sounds than numbers it has no root that can be trusted."""


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
class Copies:
    """Whether generated sounds are copies of training sounds.

    Attributes
    ----------
    nearest : numpy.ndarray, shape (n,), int
        Row of the training sound nearest to each generated one; from `judge`, the position of its clip.
    similarity : numpy.ndarray, shape (n,), float
        Cosine with it: 1 for the same direction.
    real : numpy.ndarray, shape (m,), float
        The same of real held-out sounds, which can't be copies.
    """

    nearest: np.ndarray
    similarity: np.ndarray
    real: np.ndarray

    @property
    def limit(self) -> float:
        """Similarity that only `RARE` of the real held-out sounds exceed."""
        return float(np.quantile(self.real, 1 - RARE))

    @property
    def share(self) -> float:
        """Share of generated sounds above this limit, 0–1; `RARE` if they are as new as real ones."""
        return float((self.similarity > self.limit).mean())

    @property
    def closer(self) -> float:
        """How often a generated sound lies nearer to a training sound than a real held-out one, 0–1; 0.5 if alike."""
        above = (self.similarity[:, None] > self.real[None]).mean()
        return float(above + 0.5 * (self.similarity[:, None] == self.real[None]).mean())


@dataclass(frozen=True)
class Diversity:
    """How far the generated sounds as a whole are from the real ones.

    Attributes
    ----------
    distance : float
        Fréchet distance between generated and real sounds.
    floor : float
        The same between halves of the real sounds by fold, which no generator can be expected to beat.
    n : int
        Sounds on each side, the same for both figures, since fewer sounds give larger ones.
    """

    distance: float
    floor: float
    n: int


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


def mel_of(log_mel: np.ndarray) -> np.ndarray:
    """Return mel power of what a generator made, float32."""
    return np.power(np.float32(10.0), np.asarray(log_mel, np.float32))


def made_sounds(generator: Generator, *, per_category: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Make as many sounds of each category.

    Parameters
    ----------
    generator : Generator
        Trained.
    per_category : int
        How many of each.
    seed : int
        Seed of the points.

    Returns
    -------
    log_mel : numpy.ndarray, shape (n, n_mels, n_frames), float32
        Category by category.
    labels : numpy.ndarray, shape (n,), int
        Which category was asked for.
    """
    require(per_category >= 1, "per_category must be at least 1", per_category)
    labels = np.repeat(np.arange(len(generator.card.labels)), per_category)
    points = generator.points(len(labels), seed=seed)
    parts = [
        generator.log_mel(points[labels == label], generator.category(label, n=per_category))
        for label in range(len(generator.card.labels))
    ]
    return np.concatenate(parts), labels


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


def find_copies(generated: np.ndarray, train: np.ndarray, held_out: np.ndarray) -> Copies:
    """Look for the nearest training sound of each generated one.

    Parameters
    ----------
    generated, train, held_out : numpy.ndarray, shape (n, d)
        Embeddings of generated sounds, of what the generator has heard, and of real sounds that it has not.

    Returns
    -------
    Copies
        By the cosine of standardised embeddings.
    """
    scale = Scale.of(train)
    known = scale(train)
    similarity = scale(generated) @ known.T
    real = scale(held_out) @ known.T
    return Copies(similarity.argmax(axis=1), similarity.max(axis=1), real.max(axis=1))


def frechet_distance(a: np.ndarray, b: np.ndarray) -> float:
    """Return the Fréchet distance of two sets of embeddings, each taken for normally distributed.

    As for pictures (Heusel et al. 2017, arXiv:1706.08500), in another embedding: only distances in the same embedding
    compare.

    Parameters
    ----------
    a, b : numpy.ndarray, shape (n, d)
        Embeddings on one scale.

    Returns
    -------
    float
        0 for two sets of the same mean and covariance.
    """
    gap = a.mean(axis=0, dtype=float) - b.mean(axis=0, dtype=float)
    first, second = (np.cov(x.astype(float), rowvar=False) + _RIDGE * np.eye(x.shape[1]) for x in (a, b))
    root = _root(first)
    # the eigenvalues of first · second are those of this symmetric product, whose root is real
    product = np.linalg.eigvalsh(root @ second @ root)
    shared = np.sqrt(np.maximum(product, 0)).sum()
    return float(max(0.0, gap @ gap + np.trace(first) + np.trace(second) - 2 * shared))


def _root(matrix: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T)


def diversity(generated: np.ndarray, real: np.ndarray, folds: np.ndarray, *, seed: int = 0) -> Diversity:
    """Compare generated sounds with real ones, and real ones with each other.

    Parameters
    ----------
    generated : numpy.ndarray, shape (n, d)
        Embeddings of generated sounds.
    real : numpy.ndarray, shape (m, d)
        Embeddings of what the generator has heard.
    folds : numpy.ndarray, shape (m,), int
        Their folds, at least two.
    seed : int
        Which sounds are taken where one side has more.

    Returns
    -------
    Diversity
        Both figures for as many sounds.

    Raises
    ------
    ParameterError
        If there is one fold only.
    """
    numbers = np.unique(folds)
    require(len(numbers) >= 2, "real sounds of at least 2 folds are needed to compare them with each other", numbers)
    directions = Scale.of(real)
    real, generated = directions(real), directions(generated)
    first = np.isin(folds, numbers[: len(numbers) // 2])
    n = min(int(first.sum()), int((~first).sum()), len(generated))
    rng = np.random.default_rng(seed)

    def some(x: np.ndarray) -> np.ndarray:
        return x[rng.permutation(len(x))[:n]]

    halves = some(real[first]), some(real[~first])
    made = some(generated)
    return Diversity(float(np.mean([frechet_distance(made, half) for half in halves])), frechet_distance(*halves), n)


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
