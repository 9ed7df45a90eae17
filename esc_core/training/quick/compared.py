"""The same samples learnt from scratch: what hearing other sounds before brings, in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from esc_core.dataset import Clip, Dataset
from esc_core.dataset.layout import clip_stem
from esc_core.errors import TrainingError
from esc_core.measures.bootstrap import Difference, paired_difference
from esc_core.models.card import Card
from esc_core.models.folder import read_card
from esc_core.training.quick.result import Result, from_dict
from esc_core.training.record import held_out_probs
from esc_core.training.runs.run import Run
from esc_core.words import counted, percent, points


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
    return paired_difference(*_both(learnt, scratch))


def _both(learnt: Result, scratch: Mapping[str, bool]) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return which samples of both are correct in seconds and from scratch, each (n,), bool, and their recordings."""
    scores = learnt.scores
    both = [] if scores is None else [i for i, name in enumerate(scores.ids) if name in scratch]
    if scores is None or not both:
        raise TrainingError("nothing can be compared: no sample was held out by both")
    theirs = np.array([scratch[scores.ids[i]] for i in both])
    return scores.correct[both], theirs, scores.recordings[both].tolist()


def sentence(learnt: Result, scratch: Mapping[str, bool]) -> str:
    """Say both results and what hearing other sounds before brings; see `difference` for parameters and errors."""
    gap = difference(learnt, scratch)
    quick, slow, _ = _both(learnt, scratch)
    n = counted(gap.n_clips, "held-out sample", "held-out samples")
    both = (
        f"Of the same {n}, {percent(float(quick.mean()))} are correct when learnt in seconds, and "
        f"{percent(float(slow.mean()))} when trained from scratch."
    )
    numbers = f"{points(gap.accuracy)} points (95% interval {_interval(gap)})"
    if not gap.more_than_chance:
        return f"{both} Whether hearing other sounds before helps here is open: {numbers} could be chance."
    return f"{both} Hearing other sounds before {'helps' if gap.accuracy > 0 else 'hurts'} here: {numbers}."


def correct_from_scratch(runs: Iterable[Run], dataset: Dataset, *, like: Card) -> dict[str, bool]:
    """Return which samples that two ways of learning held out are classified correctly from scratch, by clip id.

    Parameters
    ----------
    runs : iterable of Run
        Finished runs on the data set, each with another validation fold.
    dataset : Dataset
        The data set as it is now: since a run it may have grown, and recordings may have been joined.
    like : Card
        Card of the model that learnt in seconds.

    Returns
    -------
    dict of str to bool
        Without the samples that are of another category by now, or of a recording that either way has heard.

    Raises
    ------
    ModelError, TrainingError
        If what a run left can't be read.
    """
    result = from_dict(like.details.get("result"))
    scores = result.scores if result else None
    learnt_as = dict(zip(scores.ids, scores.categories, strict=True)) if scores else {}
    correct: dict[str, bool] = {}
    for run in runs:
        held, card = held_out_probs(run), read_card(run.model_dir)
        hits = held.probs.argmax(axis=1) == held.labels
        for name, label, hit in zip(held.filenames, held.labels, hits, strict=True):
            clip = dataset.by_id.get(clip_stem(name))
            if clip is None or not clip.category == card.labels[label] == learnt_as.get(clip.clip_id):
                continue
            if _held_out_by(clip, dataset, card, like):
                correct[clip.clip_id] = bool(hit)
    return correct


def _held_out_by(clip: Clip, dataset: Dataset, *cards: Card) -> bool:
    return all(card.fold_of(clip.clip_id, siblings=dataset.sibling_ids(clip)) is not None for card in cards)


def _interval(gap: Difference) -> str:
    return f"{points(gap.interval[0])} to {points(gap.interval[1])}"
