"""All models on one sound: what each says, how sure it is, what it had heard before, and how long it takes."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from esc_core.dataset.categories import CATEGORIES
from esc_core.disk.tables import defused
from esc_core.errors import EscError
from esc_core.inference.background import NOTHING
from esc_core.inference.certainty import NOT_SURE
from esc_core.inference.classify import was_trained_on
from esc_core.inference.compare import N_GUESSES, ModelAnswer, ask, damaged_answers
from esc_core.models.card import Card
from esc_core.models.registry import title_of
from esc_core.words import probability, readable
from ui import loaders
from ui.literal import literal, model_named

GUESS_COLUMNS = ("first guess", "second guess", "third guess")


def all_models(
    y: np.ndarray,
    sr: int,
    card: Card,
    *,
    key: str,
    known_as: str | None,
    clip_id: str | None = None,
    name: str = "",
    siblings: tuple[str, ...] = (),
    recording: str = "",
    category: str | None = None,
    synthetic: bool = False,
) -> None:
    """Offer the answers of all models, and ask one after the other where somebody wants them.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,), float32
        The sound.
    sr : int
        Its rate in Hz.
    card : Card
        Card of the model in use, which is asked first.
    key : str
        Prefix of the widgets' keys.
    known_as : str or None
        Id of the clip of ESC-50 that the sound is.
    clip_id : str, optional
        Id of the clip of the data set that it is; `known_as` if left out.
    name : str
        Name of its file, by which a model that learnt from own sounds knows its samples; the id if left out.
    siblings : tuple of str
        Ids of the clips of the data set that are of the same recording.
    recording : str
        Group of its file, from `esc_core.dataset.own.names.group_of_file`.
    category : str, optional
        Its true category; that of the clip of ESC-50 if left out.
    synthetic : bool
        Whether it is a clip of the starter set.
    """
    box = st.expander("All models", icon=":material/compare:", key=f"{key}:all", on_change="rerun")
    if not box.open:
        return
    clip_id = clip_id or known_as
    name = name or clip_id or ""
    if category is None and known_as is not None:
        category = CATEGORIES[int(known_as.rpartition("-")[2])]
    with box:
        sentence, table = st.empty(), st.empty()
        answers: list[tuple[ModelAnswer, tuple[str, ...]]] = []
        cards = sorted(loaders.cards(), key=lambda other: other.name != card.name)
        for i, other in enumerate(cards):
            sentence.markdown(f"Asking model {i + 1} of {len(cards)} …")
            theirs = (*siblings, *other.clips_of(recording))
            seen = was_trained_on(other, clip_id, name=name, siblings=theirs, synthetic=synthetic)
            answers.append((_ask(other, y, sr, known_as, name=name, siblings=theirs, seen=seen), other.labels))
            _show(table, answers, category)
            if i:
                _keep_in_use(card)
        answers += [(damaged, ()) for damaged in damaged_answers(loaders.damaged_models())]
        _show(table, answers, category)
        sentence.markdown(literal(summary([answer for answer, _ in answers], category)))
        # below the table, where a sentence has room: the last column was cut on every screen
        for answer, _ in answers:
            if text := remark(answer):
                st.caption(f"**{model_named(answer.model)}**: {literal(text)}")


def _keep_in_use(card: Card) -> None:
    """Ask for the model in use, so that of the few that stay loaded it is not the one that goes."""
    try:
        loaders.predictor(card.name)
    except EscError:  # its row says so
        return


def _ask(
    card: Card, y: np.ndarray, sr: int, known_as: str | None, *, name: str, siblings: tuple[str, ...], seen: bool
) -> ModelAnswer:
    digest = hashlib.sha1(np.ascontiguousarray(y).tobytes(), usedforsecurity=False).hexdigest()
    changed = loaders.model_changed(card.name)
    return _answer(digest, sr, card.name, changed, known_as, name, siblings, seen, _y=y, _card=card)


@st.cache_data(scope="session", max_entries=500, show_spinner=False)
def _answer(
    digest: str,
    sr: int,
    model: str,
    changed: int,
    known_as: str | None,
    name: str,
    siblings: tuple[str, ...],
    seen: bool,
    _y: np.ndarray,
    _card: Card,
) -> ModelAnswer:
    return ask(
        _card, lambda: loaders.predictor(model), _y, sr,
        known_as=known_as, name=name, siblings=siblings, seen_in_training=seen,
    )  # fmt: skip


def _show(
    table: st.delta_generator.DeltaGenerator,
    answers: Sequence[tuple[ModelAnswer, tuple[str, ...]]],
    category: str | None,
) -> None:
    frame = pd.DataFrame([row(answer, category, labels) for answer, labels in answers])
    table.dataframe(defused(frame), hide_index=True, placeholder="–")


def row(answer: ModelAnswer, category: str | None, labels: tuple[str, ...]) -> dict[str, str]:
    """Return a model's row; each guess has a check or a cross where the true category is known."""
    shown = [] if answer.nothing else answer.top
    guesses = [f"{_sign(name, category)}{readable(name)} {probability(prob)}" for name, prob in shown]
    sure = "" if answer.problem else NOTHING if answer.nothing else NOT_SURE if answer.not_sure else "sure"
    values = {"model": title_of(answer.model), **dict(zip(GUESS_COLUMNS, [*guesses, *[""] * N_GUESSES], strict=False))}
    values |= {"sure": sure}
    if category is not None:
        values |= {"correct": answer.verdict(category, labels)}
    return values | {"time": "" if answer.problem else f"{1000 * answer.seconds:.0f} ms", "has heard": answer.heard}


def remark(answer: ModelAnswer) -> str:
    """Return what must be known of a model's answer: why there is none, or that it has heard the recording."""
    return answer.problem or ("was trained on this recording" if answer.seen_in_training else "")


def _sign(name: str, category: str | None) -> str:
    return "" if category is None else "✓ " if name == category else "✗ "


def summary(answers: Sequence[ModelAnswer], category: str | None) -> str:
    """Say what most models say, and how many of them are correct: "3 of 4 models say dog. This clip is dog: …"."""
    answering = [answer for answer in answers if not answer.problem]
    if not answering:
        return "No model can answer."
    first = [NOTHING if answer.nothing else readable(answer.top[0][0]) for answer in answering]
    most, n = Counter(first).most_common(1)[0]
    text = f"The only model says {most}." if len(first) == 1 else f"{n} of {len(first)} models say {most}."
    if category is not None:
        n_correct = sum(name == readable(category) for name in first)
        verdict = f"{n_correct} of {len(first)} are correct" if len(first) > 1 else ("wrong", "correct")[n_correct]
        text += f" This clip is {readable(category)}: {verdict}."
    return text
