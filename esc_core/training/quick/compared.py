"""The same samples learnt from scratch: what hearing other sounds before brings, in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from esc_core.dataset.layout import clip_stem
from esc_core.errors import TrainingError
from esc_core.measures.intervals import Difference, paired_difference
from esc_core.training.quick.result import Result
from esc_core.training.record import held_out_probs
from esc_core.training.runs.run import Run
from esc_core.words import points


def difference(learnt: Result, scratch: Mapping[str, bool]) -> Difference:
    """Compare held-out samples one by one.

    Parameters
    ----------
    learnt : Result
        What was learnt in seconds.
    scratch : mapping of str to bool
        By clip id, whether a network that was trained from scratch classifies a sample of its held-out fold correctly.

    Returns
    -------
    Difference
        Accuracy in seconds minus accuracy from scratch, over the samples that both held out.

    Raises
    ------
    TrainingError
        If there is no such sample.
    """
    scores = learnt.scores
    both = [] if scores is None else [i for i, name in enumerate(scores.ids) if name in scratch]
    if scores is None or not both:
        raise TrainingError("nothing can be compared: no sample was held out by both")
    theirs = np.array([scratch[scores.ids[i]] for i in both])
    return paired_difference(scores.correct[both], theirs, scores.recordings[both].tolist())


def sentence(learnt: Result, scratch: Mapping[str, bool]) -> str:
    """Say what hearing other sounds before brings; see `difference` for parameters and errors."""
    gap = difference(learnt, scratch)
    numbers = f"{points(gap.accuracy)} points on {gap.n_clips} held-out samples (95% interval {_interval(gap)})"
    if not gap.more_than_chance:
        return f"Whether hearing other sounds before helps here is open: {numbers}."
    return f"Hearing other sounds before {'helps' if gap.accuracy > 0 else 'hurts'} here: {numbers}."


def correct_from_scratch(runs: Iterable[Run]) -> dict[str, bool]:
    """Return which held-out samples finished runs classify correctly, by clip id.

    Parameters
    ----------
    runs : iterable of Run
        Runs on the same data set, each with another validation fold.

    Raises
    ------
    ModelError, TrainingError
        If what a run left can't be read.
    """
    correct: dict[str, bool] = {}
    for run in runs:
        held = held_out_probs(run)
        hits = held.probs.argmax(axis=1) == held.labels
        correct |= {clip_stem(name): bool(hit) for name, hit in zip(held.filenames, hits, strict=True)}
    return correct


def _interval(gap: Difference) -> str:
    return f"{points(gap.interval[0])} to {points(gap.interval[1])}"
