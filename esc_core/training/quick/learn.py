"""A data set → heads, calibration, scores: `learn` holds all of the steps."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from esc_core.dataset import Dataset
from esc_core.dataset.provenance import data_name, state_of
from esc_core.dataset.remarks import never_trained
from esc_core.inference.calibration import HeldOut, calibrate
from esc_core.inference.certainty import FEW_DEGRADED_ERRORS, choose_threshold
from esc_core.measures.metrics import softmax
from esc_core.models.card import Calibration
from esc_core.training.quick.background import own_categories
from esc_core.training.quick.bases import Base, best_base, load_base
from esc_core.training.quick.head import KNOWN_SHARE, Head, fit_head
from esc_core.training.quick.regression import one_blas_thread
from esc_core.training.quick.result import NO_TEST, Result
from esc_core.training.quick.samples import FITTING, Progress, Samples, embedded
from esc_core.training.quick.scores import Scores, learning_curve, score
from esc_core.words import listed, readable

LEAST_SURE = 0.5
"""An answer is at least as probable as all others together, however good the few held-out samples look."""

UNTESTED = Calibration(0.5, not_sure_below=0.7)
"""Where nothing can be held out: a guess, which no test supports, and a careful threshold."""


@dataclass(frozen=True)
class Learnt:
    """What was learnt from a data set.

    Attributes
    ----------
    categories : tuple of str
        In the order of the data set; the background is none of them.
    base : Base
        The network that had heard other sounds.
    heads : dict of int to Head
        By the fold that was held out; one that held nothing out, as fold 1, if there is no test.
    calibration : dict of str to Calibration
        By fold, and "deployment".
    scores : Scores or None
        What held-out samples say; None if nothing can be held out.
    clip_folds : dict of str to int
        By clip id, the background's too: the fold whose head had not heard its recording; empty if there is no test.
    clip_ids : tuple of str
        All samples of the categories.
    recordings : dict of str to str
        The recording of each sample, the background's too, by clip id.
    seed : int
        Seed of the copies.
    seconds : float
        Time that learning took.
    data : str
        Which copy of the data it was.
    data_key : str
        Tells data folders apart, without their names.
    remarks : tuple of str
        What is unusual, in sentences.
    state : str
        How the data set was, from `esc_core.dataset.provenance.state_of`.
    """

    categories: tuple[str, ...]
    base: Base
    heads: dict[int, Head]
    calibration: dict[str, Calibration]
    scores: Scores | None
    clip_folds: dict[str, int]
    clip_ids: tuple[str, ...]
    recordings: dict[str, str]
    seed: int
    seconds: float
    data: str
    data_key: str
    remarks: tuple[str, ...]
    state: str

    @property
    def result(self) -> Result:
        """What came of it, without the heads: what is shown, and kept in the card."""
        return Result(
            base=self.base.name,
            heard=self.base.card.heard,
            categories=self.categories,
            n_samples=len(self.clip_ids),
            scores=self.scores,
            seconds=self.seconds,
            remarks=self.remarks,
            learnt_from=self.state,
        )


def learn(
    dataset: Dataset,
    *,
    base: str | None = None,
    seed: int = 0,
    progress: Progress = lambda doing, done, total: None,
) -> Learnt:
    """Learn the categories of a data set in seconds.

    Parameters
    ----------
    dataset : Dataset
        Samples in folds; all of one recording are in one fold. A category called "background" holds room tone.
    base : str, optional
        One of `esc_core.training.quick.BASES`; the best one at hand if left out.
    seed : int
        Seed of the copies in rooms and noise.
    progress : callable, optional
        Called with what is being computed, the number done, and the total.

    Returns
    -------
    Learnt
        To be stored with `esc_core.training.quick.save`.

    Raises
    ------
    ModelError
        If the base is missing or damaged.
    ParameterError
        If there is no such base.
    TrainingError
        If fewer than two categories have a sample that can be read.
    """
    started = time.perf_counter()
    network = load_base(base or best_base())
    samples = embedded(dataset, network, seed=seed, progress=progress)
    with one_blas_thread():
        heads = _with_near(samples, _heads(samples, seed, progress))
        logits = {k: heads[k].logits(samples.x[samples.folds == k]) for k in samples.tested_folds}
        calibration = _calibrations(samples, logits)
        scores = score(samples, *_answers(samples, logits, calibration), learning_curve(samples, seed=seed))
    return Learnt(
        categories=samples.categories,
        base=network,
        heads=heads,
        calibration=calibration,
        scores=scores,
        clip_folds=_clip_folds(samples),
        clip_ids=samples.ids,
        recordings=samples.recording_of,
        seed=seed,
        seconds=time.perf_counter() - started,
        data=data_name(dataset),
        data_key=data_key(dataset.root),
        remarks=(*samples.remarks, *_fold_remarks(dataset, samples)),
        state=state_of(dataset),
    )


def _clip_folds(samples: Samples) -> dict[str, int]:
    """Return which fold's head had not heard the recording of each sample, where there is one."""
    tested = samples.tested_folds
    own = {name: int(k) for name, k in zip(samples.ids, samples.folds, strict=True) if k in tested}
    fold_of = {samples.recording_of[name]: k for name, k in own.items()}
    room = {name: fold_of.get(samples.recording_of[name]) for name in samples.background_ids}
    return own | {name: k for name, k in room.items() if k}


def data_key(root: Path) -> str:
    """Return what tells data folders apart in cards, without their names."""
    return hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]


def _heads(samples: Samples, seed: int, progress: Progress) -> dict[int, Head]:
    """Return a head for each fold, which has not heard it; where none can be held out, one that has heard all."""
    heads, folds = {}, samples.tested_folds or (0,)
    for i, k in enumerate(folds):
        train = samples.training(k)
        n_classes = len(samples.categories)
        heads[k or 1] = fit_head(
            samples.x[train], samples.targets[train], samples.background[samples.background_for(k)],
            n_classes=n_classes, seed=seed,
        )  # fmt: skip
        progress(FITTING, i + 1, len(folds))
    return heads


def _with_near(samples: Samples, heads: dict[int, Head]) -> dict[int, Head]:
    """Return the heads with ``near`` of each chosen on the other folds; on its own, if it is the only one."""
    if not samples.tested_folds:
        return heads
    values = {k: head.least_near(samples.x[samples.folds == k]).ravel() for k, head in heads.items()}
    near = {
        k: float(np.quantile(np.concatenate([values[i] for i in _others(k, heads)]), 1 - KNOWN_SHARE)) for k in heads
    }
    return {k: replace(head, near=near[k]) for k, head in heads.items()}


def _others(fold: int, folds: Iterable[int]) -> list[int]:
    return [k for k in folds if k != fold] or [fold]


def _calibrations(samples: Samples, logits: dict[int, np.ndarray]) -> dict[str, Calibration]:
    """Return temperature and threshold of each fold, chosen on the others, and of the mean of all."""
    if not logits:
        return {"1": UNTESTED, "deployment": UNTESTED}
    own = {str(k): _calibration(samples, logits, _others(k, logits)) for k in logits}
    return own | {"deployment": _calibration(samples, logits, list(logits))}


def _calibration(samples: Samples, held_out_logits: dict[int, np.ndarray], folds: list[int]) -> Calibration:
    logits = [held_out_logits[k] for k in folds]
    labels = [samples.targets[samples.folds == k] for k in folds]
    held_out = [
        HeldOut(logits=z[:, 0, :-1], labels=t, degraded=z[:, copy, :-1])
        for z, t in zip(logits, labels, strict=True)
        for copy in range(1, z.shape[1])
    ]
    temperature = calibrate(held_out).temperature
    truth = np.concatenate(labels)
    clean = np.concatenate([probabilities(z[:, 0], temperature) for z in logits])
    noisy = np.concatenate([probabilities(z[:, copy], temperature) for z in logits for copy in range(1, z.shape[1])])
    noisy_truth = np.concatenate([np.tile(t, z.shape[1] - 1) for z, t in zip(logits, labels, strict=True)])
    below = choose_threshold(clean, truth), choose_threshold(noisy, noisy_truth, max_error=FEW_DEGRADED_ERRORS)
    return Calibration(temperature, not_sure_below=max(LEAST_SURE, *below))


def probabilities(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Return the categories' probabilities, shape (..., n_classes), from all logits; what lacks to 1 is "none"."""
    return softmax(logits / np.float32(temperature))[..., :-1]


def _answers(
    samples: Samples, logits: dict[int, np.ndarray], calibration: dict[str, Calibration]
) -> tuple[np.ndarray, np.ndarray]:
    """Return probabilities out of fold, shape (n, n_classes), NaN where there are none, and which are answers, (n,)."""
    probs = np.full((len(samples.targets), len(samples.categories)), np.nan)
    sure = np.zeros(len(samples.targets), bool)
    for k, own_logits in logits.items():
        held, own = samples.folds == k, calibration[str(k)]
        probs[held] = probabilities(own_logits[:, 0], own.temperature)
        none = 1 - probs[held].sum(axis=1)
        sure[held] = probs[held].max(axis=1) >= np.maximum(own.not_sure_below, none)
    return probs, sure


def _fold_remarks(dataset: Dataset, samples: Samples) -> list[str]:
    if not samples.tested_folds:
        return [NO_TEST]
    own = set(own_categories(dataset))
    lacking = {name for k in samples.tested_folds for name in never_trained(dataset, k) if name in own}
    if not lacking:
        return []
    names = listed([readable(name) for name in samples.categories if name in lacking])
    return [
        f"All samples of {names} come from one recording. While it is held out, nothing is left to learn from, and so "
        "they are never correctly classified: record them again at another time or place."
    ]
