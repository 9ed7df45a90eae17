"""The model's response: its best guesses before and after, and the value of a parameter at which they change."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from esc_core.augment import Applied, Compose
from esc_core.augment.ranges import Parameter
from esc_core.dataset import Clip, Dataset
from esc_core.dataset.categories import CATEGORIES
from esc_core.errors import AudioError, EscError
from esc_core.inference.background import NOTHING_SENTENCE
from esc_core.inference.certainty import none_of
from esc_core.inference.classify import was_trained_on
from esc_core.inference.tipping import Response, Sweep, margins_of, response_to, sweeps, tipping_points
from esc_core.models.card import Card
from esc_core.plots.answers import guesses_figure, tipping_figure
from esc_core.words import probability, readable
from ui import loaders
from ui.answer.prediction import PLOTLY, groups_of, raw_guess
from ui.augment.names import in_words
from ui.augment.second import second_path, second_sound
from ui.augment.sound import Sound
from ui.literal import literal, model_named, show_error

N_GUESSES = 5
Ask = Callable[[dict[str, Any]], Response]
"""Returns the response to a replay of these draws, without asking whether the sound is known at all."""


def show_answer(
    sound: Sound, applied: Applied, dataset: Dataset | None, second: Clip | None, card: Card | None
) -> None:
    """Show beside the sliders how the answer changes, once it is asked for; TensorFlow is loaded only then.

    Parameters
    ----------
    sound, applied, dataset, second, card
        As in `show_response`.
    """
    if card is None or not st.toggle(
        "Show the model's response", key="augment:answer", persist_state="session",
        help="Asks the model after each change. The first answer takes some seconds.",
    ):  # fmt: skip
        return
    if (answers := _answers(sound, applied, dataset, second, card)) is not None:
        before, after, _ = answers
        target, _ = _target(sound, before.probs, card)
        st.markdown(f":material/neurology: **{_headline(before, after, target, card)}**")


def show_response(
    sound: Sound, applied: Applied, dataset: Dataset | None, second: Clip | None, card: Card | None
) -> None:
    """Show the guesses and the curve; TensorFlow is loaded only here.

    Parameters
    ----------
    sound : Sound
        The sound before.
    applied : Applied
        The result of the chain.
    dataset : Dataset or None
        The data set from which the second sound of a mixture comes.
    second : Clip or None
        The second sound.
    card : Card or None
        The model whose response is shown.
    """
    if card is None:
        st.info("There is no trained model here yet.", icon=":material/neurology:")
        return
    if (answers := _answers(sound, applied, dataset, second, card)) is None:
        return
    before, after, ask = answers
    target, known = _target(sound, before.probs, card)
    clip_id = sound.known_as or (sound.clip.clip_id if sound.clip is not None else None)
    synthetic = sound.clip is not None and dataset is not None and dataset.synthetic
    trained_on = was_trained_on(
        card, clip_id, name=sound.path, siblings=sound.siblings, recording=sound.group, synthetic=synthetic
    )
    _show_guesses(before, after, target, card, sound, trained_on=trained_on)
    _show_curve(applied, target, known, card, ask, seconds=sound.y.size / sound.sr)


def _answers(
    sound: Sound, applied: Applied, dataset: Dataset | None, second: Clip | None, card: Card
) -> tuple[Response, Response, Ask] | None:
    """Return the answers before and after, and how to ask for others; None if there are none, with the reason shown."""
    if applied.mel is not None and card.input != "log_mel":
        st.info(
            "This model takes waveforms, but the chain ends in a spectrogram. Choose a model on spectrograms above."
        )
        return None
    try:
        loaders.predictor(card.name)
        nothing = Compose(())
        before = _asker(sound, nothing, None, card, judged=True)(
            nothing(sound.y, sound.sr, np.random.default_rng(0)).draws
        )
        other, path, bare = second_sound(dataset, second, sound.sr), second_path(dataset, second), _bare(applied)
        after = _asker(sound, bare, other, card, path=path, judged=True)(applied.draws)
        return before, after, _asker(sound, bare, other, card, path=path, judged=False)
    except EscError as error:
        show_error(error, icon=":material/hearing_disabled:")
        return None


def _bare(applied: Applied) -> Compose:
    # without values that the draws hold anyway: a sweep is then cached whatever the position of its slider
    steps = []
    for transform, values in zip(applied.transforms, applied.draws["first"], strict=True):
        step = transform.to_dict()
        steps.append({key: value for key, value in step.items() if key != "p" and key not in (values or {})})
    return Compose.from_json(steps)


def _asker(sound: Sound, chain: Compose, second: Any, card: Card, *, path: str | None = None, judged: bool) -> Ask:
    text, changed = json.dumps(chain.to_json()), loaders.model_changed(card.name)
    fold = sound.held_out_fold(card)

    def ask(draws: dict[str, Any]) -> Response:
        key = (sound.key, text, json.dumps(draws), path, card.name, fold, changed, judged)
        return _response(*key, _sound=sound, _second=second)

    return ask


@st.cache_data(max_entries=1024, show_spinner=False)
def _response(
    key: str,
    chain: str,
    draws: str,
    second_path: str | None,
    model: str,
    fold: int | None,
    changed: int,
    judged: bool,
    _sound: Sound,
    _second: Any,
) -> Response:
    applied = Compose.from_json(json.loads(chain)).replay(_sound.y, _sound.sr, json.loads(draws), second=_second)
    return response_to(loaders.predictor(model), applied, fold=fold, ask_unknown=judged)


def _target(sound: Sound, before: np.ndarray, card: Card) -> tuple[int, bool]:
    """Return the category to follow, and whether it is known to be correct."""
    name = sound.clip.category if sound.clip is not None else None
    if name is None and sound.known_as is not None:
        name = CATEGORIES[int(sound.known_as.rpartition("-")[2])]
    return (card.labels.index(name), True) if name in card.labels else (int(before.argmax()), False)


def _headline(before: Response, after: Response, target: int, card: Card) -> str:
    """Say how the answer changes: "Dog 91% → 34%, the best guess is now cat"."""
    first, last = before.probs, after.probs
    if before.nothing and after.nothing:
        return NOTHING_SENTENCE
    if before.nothing or after.nothing:
        return f"{'Before' if before.nothing else 'After'} the change: {NOTHING_SENTENCE}"
    if after.unknown and not before.unknown:
        return f"After the change: {none_of(card.labels)}"
    name, now = readable(card.labels[target]), readable(card.labels[int(last.argmax())])
    verdict = "and stays the best guess" if last.argmax() == target else f"the best guess is now {now}"
    if first.argmax() != target:
        verdict = f"the best guess was {readable(card.labels[int(first.argmax())])} and is now {now}"
    return literal(f"{name.capitalize()} {probability(first[target])} → {probability(last[target])}, {verdict}")


def _show_guesses(
    before: Response,
    after: Response,
    target: int,
    card: Card,
    sound: Sound,
    *,
    trained_on: bool,
) -> None:
    st.subheader(_headline(before, after, target, card), anchor=False)
    fold = sound.held_out_fold(card)
    threshold = card.calibration_of(fold).not_sure_below
    for column, title, found in zip(st.columns(2, gap="large"), ("before", "after"), (before, after), strict=True):
        ranked = np.argsort(-found.probs, kind="stable")[:N_GUESSES]
        top = [(card.labels[i], float(found.probs[i])) for i in ranked]
        figure = guesses_figure(top, groups_of(card), chance=1 / len(card.labels), threshold=threshold)
        spoken = ", ".join(f"{readable(category)} {probability(prob)}" for category, prob in top)
        with column:
            st.markdown(f"**{title}**")
            if found.nothing or found.unknown:
                st.markdown(
                    f"{NOTHING_SENTENCE}." if found.nothing else f"{none_of(card.labels).capitalize()}, perhaps:"
                )
            box = raw_guess() if found.nothing else column
        with box:
            st.plotly_chart(figure, config=PLOTLY, key=f"augment:guesses:{title}", alt=f"Guesses {title}: {spoken}")
    st.caption(_who_answered(sound, card, fold, trained_on=trained_on))


def _who_answered(sound: Sound, card: Card, fold: int | None, *, trained_on: bool) -> str:
    if trained_on:
        return f"Answered by {model_named(card.name)}, which was trained on this recording and may have memorised it."
    if fold is not None:
        return f"Answered by the one network that was not trained on fold {fold}: it has never seen this recording."
    if len(card.folds) == 1:
        return f"Answered by {model_named(card.name)}, which was not trained on this sound."
    return f"Answered by the mean of {len(card.folds)} networks. None of them was trained on this sound."


def _show_curve(applied: Applied, target: int, known: bool, card: Card, ask: Ask, *, seconds: float) -> None:
    found = sweeps(applied, seconds=seconds)
    name = readable(card.labels[target])
    if not found:
        st.markdown("No parameter of this chain can be varied; add a transform with a slider.")
        return
    labels = [_label(applied, sweep) for sweep in found]
    chosen = st.selectbox(
        f"Probability of {literal(name)} over", range(len(found)), format_func=labels.__getitem__,
        key="augment:sweep:" + ",".join(labels), persist_state="session",
        help="All other values stay as drawn.",
    )  # fmt: skip
    sweep = found[chosen]
    parameter = applied.transforms[sweep.step].parameters[sweep.name]
    probs = _sweep(applied, sweep, len(card.labels), ask)
    tips = tipping_points(sweep.values, margins_of(probs, target))
    figure = tipping_figure(
        sweep.values, probs[:, target], drawn=sweep.drawn, tips=tips, label=labels[chosen], category=name,
        chance=1 / len(card.labels), texts=[in_words(parameter, value) for value in sweep.values],
    )  # fmt: skip
    st.plotly_chart(figure, config=PLOTLY, key="augment:curve", alt=f"Probability of {name} over {labels[chosen]}")
    st.markdown(_tipping_sentence(tips, parameter, literal(name), margins_of(probs, target)))
    if not known:
        st.caption(f"The true category of this sound is not known; the curve follows the first guess, {literal(name)}.")


def _label(applied: Applied, sweep: Sweep) -> str:
    transform = applied.transforms[sweep.step]
    unit = f" in {sweep.unit}" if sweep.unit else ""
    return f"{transform.title}: {transform.parameters[sweep.name].label.lower()}{unit}"


def _sweep(applied: Applied, sweep: Sweep, n_classes: int, ask: Ask) -> np.ndarray:
    """Return the probabilities for each value; a row of NaN where too little sound is left for an answer."""
    probs = np.full((len(sweep.values), n_classes), np.nan, np.float32)
    bar = st.empty()
    for i, value in enumerate(sweep.values):
        draws = copy.deepcopy(applied.draws)
        draws["first"][sweep.step][sweep.name] = value  # type: ignore[index]  # a sweep is of a step that acted
        try:
            found = ask(draws)
        except AudioError:
            continue
        if not found.nothing:
            probs[i] = found.probs
        bar.progress((i + 1) / len(sweep.values), f"Asking the model: {i + 1} of {len(sweep.values)} values")
    bar.empty()
    return probs


def _tipping_sentence(tips: list[float], parameter: Parameter, name: str, margins: np.ndarray) -> str:
    if tips:
        points = " and ".join(in_words(parameter, tip) for tip in tips)
        return f":material/swap_horiz: The response tips at **{points}**: the best guess changes to or from {name}."
    if (margins > 0).any():
        return f"The response does not tip: over the whole range the best guess is {name}."
    return f"Over the whole range the best guess is not {name}."
