"""The question of the class on the projector: the teacher asks, the answers come in, the bell ends it."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable

import streamlit as st

from esc_core import colours
from esc_core.dataset import Clip, Dataset
from esc_core.errors import EscError
from esc_core.models.card import Card
from esc_core.words import counted, percent, readable
from ui import loaders
from ui.answer.people import human_confusions, human_recall, people_sentence
from ui.classroom import question as asked
from ui.classroom.poll import Standing
from ui.classroom.rights import Action, may
from ui.clip.choices import five_choices
from ui.clip.picture import TOP_DB, for_the_eye
from ui.literal import literal, named, show_error
from ui.player import player

POLL_SECONDS = 1.0

HEIGHT = 190
"""Height of the picture in pixels: with it, question and answers fit 1280 × 720."""

_TOKEN, _PLAYED = "class:token", "class:played"


def show_question(dataset: Dataset, card: Card | None) -> None:
    """Show the question with its answers; who has the teacher's key asks, and rings.

    Parameters
    ----------
    dataset : Dataset
        The data in use, from which the sounds are drawn.
    card : Card or None
        The model that answers after the bell.
    """
    standing = asked.poll().standing()
    if may(Action.ASK_CLASS):
        _buttons(dataset, card, standing)
    if standing is None:
        st.info(
            "Ask a question: a sound is drawn, and everybody answers on the page Vote."
            if may(Action.ASK_CLASS)
            else "There is no question yet.",
            icon=":material/how_to_vote:",
        )
        return
    clip = dataset.by_id.get(standing.question.clip_id)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        if clip is None:
            st.caption("The sound belongs to other data than those in use now.")
        else:
            _sound(dataset, clip, standing)
    with right:
        number, rung = standing.question.number, standing.rung
        st.fragment(_answers, run_every=None if rung else POLL_SECONDS)(number)


def _answers(number: int) -> None:
    """Show the bars; the only part that runs again by itself."""
    standing = asked.poll().standing()
    if standing is None or standing.question.number != number:
        st.caption("This question is over.")
        return
    n = counted(standing.n_answers, "answer", "answers")
    st.markdown("**The bell has rung.**" if standing.rung else f"**{n}** so far")
    asked.show_bars(standing)


def _buttons(dataset: Dataset, card: Card | None, standing: Standing | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="class_buttons"):
        running = standing is not None and not standing.rung
        st.button(
            "Next question" if standing else "Ask a question", icon=":material/help:", key="class:ask",
            type="secondary" if running else "primary", on_click=_ask, args=(dataset,),
        )  # fmt: skip
        if standing is None:
            return
        st.button("Play the sound", icon=":material/play_arrow:", key="class:play", shortcut="N", on_click=_play)
        if running and st.button("Ring the bell", icon=":material/notifications:", type="primary", key="class:ring"):
            with st.spinner("Asking the model"):
                remarks = _remarks(dataset, card, standing)
            _try(lambda: asked.ring(remarks=remarks))
            st.rerun()
        st.button("End", icon=":material/close:", type="tertiary", key="class:end", on_click=_end)


def _try(act: Callable[[], object]) -> None:
    try:
        act()
    except EscError as error:
        show_error(error)


def _end() -> None:
    _try(asked.end)


def _ask(dataset: Dataset) -> None:
    """Draw a sound that was not asked before, and ask."""
    rng, played = random.Random(), st.session_state.setdefault(_PLAYED, set())
    bad = loaders.bad_clips(dataset)
    good = [clip for clip in dataset.clips if clip.filename not in bad]
    if not good:
        return
    clip = rng.choice([clip for clip in good if clip.clip_id not in played] or good)
    played.add(clip.clip_id)
    choices = five_choices(clip, dataset.categories, human_confusions().get(clip.category, []), rng)
    _try(lambda: asked.ask(clip.clip_id, clip.category, tuple(choices)))
    _play()


def _play() -> None:
    st.session_state[_TOKEN] = uuid.uuid4().hex


def _sound(dataset: Dataset, clip: Clip, standing: Standing) -> None:
    try:
        track = loaders.clip_track(
            dataset, clip, for_the_eye(loaders.sampling_rate(dataset, clip)), top_db=TOP_DB,
            color=colours.GROUPS[clip.group] if standing.rung else colours.GREY,
            label=readable(clip.category) if standing.rung else "What is this?",
        )  # fmt: skip
    except EscError as error:
        show_error(error, icon=":material/hearing_disabled:")
        return
    player(key="class_player", tracks=[track], height=HEIGHT, autoplay_token=st.session_state.get(_TOKEN))


def _remarks(dataset: Dataset, card: Card | None, standing: Standing) -> tuple[str, ...]:
    """Say what the model and people in the listening test make of this sound."""
    clip = dataset.by_id.get(standing.question.clip_id)
    if clip is None:
        return ()
    said = [_model(dataset, clip, card, standing)] if card is not None else []
    people = human_recall().get(clip.category)
    if people is not None:
        said.append(f":material/groups: {people_sentence(clip.category, people, synthetic=dataset.synthetic)}")
    return tuple(said)


def _model(dataset: Dataset, clip: Clip, card: Card, standing: Standing) -> str:
    try:
        _, _, prediction, _ = loaders.clip_answer(dataset, clip, model=card.name)
    except EscError as error:
        return literal(str(error))
    (first, prob), *_ = prediction.top(1)
    probs = dict(prediction.top(len(prediction.labels)))
    choices = standing.question.choices
    among = max(choices, key=lambda choice: probs.get(choice, 0.0))
    verdict = "correct" if among == clip.category else "wrong"
    seen = " It was trained on this clip." if card.seen_in_training(clip.clip_id, synthetic=dataset.synthetic) else ""
    return (
        f":material/neurology: The model's best guess is {named(first)}, {percent(prob)}; among these "
        f"{len(choices)} it says {named(among)}, which is {verdict}.{seen}"
    )
