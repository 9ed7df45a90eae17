"""Guess first: a sound, five categories, then the answer, with scores of the user, the model and other people."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st

from esc_core import colours
from esc_core.dataset import Clip, Dataset
from esc_core.errors import EscError
from esc_core.inference.background import NOTHING_SENTENCE
from esc_core.inference.classify import was_trained_on
from esc_core.models.card import Card
from esc_core.words import percent, readable
from ui import loaders, state
from ui.answer.people import human_confusions, human_recall, people_sentence
from ui.clip.choices import five_choices
from ui.clip.picture import TOP_DB, for_the_eye
from ui.literal import literal, named, show_error
from ui.player import player

HEIGHT = 190
"""Height of the picture in pixels: with it, all of a question fits 1280 × 720."""

_ROUND, _TALLY = "explore:round", "explore:tally"


@dataclass
class Round:
    """One sound to guess.

    Attributes
    ----------
    clip_id : str
        The sound.
    choices : list of str
        Categories to choose from.
    token : str or None
        Starts the player if the user asked for the sound.
    answer : str or None
        The category that the user chose.
    model : str or None
        The model's most probable category among the choices; None until it was asked.
    """

    clip_id: str
    choices: list[str]
    token: str | None = None
    answer: str | None = None
    model: str | None = None


@dataclass
class Tally:
    """The scores so far.

    Attributes
    ----------
    rounds, correct : int
        Sounds that the user guessed, and guessed correctly.
    asked, model_correct : int
        Sounds that the model was asked about, and classified correctly.
    people : float
        Sounds that people would have classified correctly, by their recall in the listening test.
    played : set of str
        Ids of the clips so far.
    """

    rounds: int = 0
    correct: int = 0
    asked: int = 0
    model_correct: int = 0
    people: float = 0.0
    played: set[str] = field(default_factory=set)


def show_guess(dataset: Dataset, clips: Sequence[Clip], card: Card | None) -> None:
    """Show a round.

    Parameters
    ----------
    dataset : Dataset
        The data in use, whose categories are the choices.
    clips : sequence of Clip
        The clips that pass the filters; the sounds are drawn from these.
    card : Card or None
        The model that also guesses.
    """
    bad = loaders.bad_clips(dataset)
    clips = [clip for clip in clips if clip.filename not in bad]
    if not clips:
        st.info("None of these clips can be read, so there is none to guess.", icon=":material/hearing_disabled:")
        return
    tally: Tally = st.session_state.setdefault(_TALLY, Tally())
    now: Round | None = st.session_state.get(_ROUND)
    drawn_from = {clip.clip_id for clip in clips}
    if now is None or now.clip_id not in dataset.by_id or (now.answer is None and now.clip_id not in drawn_from):
        _draw(dataset, clips, play=False)
    now = st.session_state[_ROUND]
    clip = dataset.by_id[now.clip_id]
    # side by side, so that a class sees sound, answers and verdict at once
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _show_sound(dataset, clip, now)
    with right:
        if now.answer is None:
            st.markdown("Which sound is this? Click, or press 1 to 5.")
            _next_step(dataset, clips, now)
            _show_choices(now, clip)
        else:
            _verdict(clip, now)
            _next_step(dataset, clips, now)
            _explain(dataset, clip, now, card, tally)


def _next_step(dataset: Dataset, clips: Sequence[Clip], now: Round) -> None:
    """Show the button that plays the question, the first time too, and what else there is to do."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if now.answer is None:
            st.button("Play the sound", icon=":material/play_arrow:", type="primary", shortcut="N", on_click=_play)
            st.button(
                "Another sound", icon=":material/skip_next:", type="tertiary", on_click=_draw, args=(dataset, clips),
                kwargs={"play": True}, help="Skips this one; it does not count.",
            )  # fmt: skip
            return
        st.button(
            "Play the next sound", icon=":material/play_arrow:", type="primary", shortcut="N", on_click=_draw,
            args=(dataset, clips), kwargs={"play": True},
        )  # fmt: skip
        st.button("Look closer", icon=":material/open_in_full:", type="tertiary", on_click=_look_closer)
        st.button("Reset the scores", icon=":material/restart_alt:", type="tertiary", on_click=_new_tally)


def _play() -> None:
    st.session_state[_ROUND].token = uuid.uuid4().hex


def _draw(dataset: Dataset, clips: Sequence[Clip], *, play: bool) -> None:
    rng = random.Random()
    played = st.session_state.setdefault(_TALLY, Tally()).played
    last = st.session_state.get(_ROUND)
    fresh = [clip for clip in clips if clip.clip_id not in played and (last is None or clip.clip_id != last.clip_id)]
    clip = rng.choice(fresh or list(clips))
    choices = five_choices(clip, dataset.categories, human_confusions().get(clip.category, []), rng)
    st.session_state[_ROUND] = Round(clip.clip_id, choices, uuid.uuid4().hex if play else None)


def _show_sound(dataset: Dataset, clip: Clip, now: Round) -> None:
    # colour and name are shown with the answer only
    known = now.answer is not None
    try:
        track = loaders.clip_track(
            dataset,
            clip,
            for_the_eye(loaders.sampling_rate(dataset, clip)),
            top_db=TOP_DB,
            color=colours.GROUPS[clip.group] if known else colours.GREY,
            label=readable(clip.category) if known else "What is this?",
        )
    except EscError as error:
        show_error(error, icon=":material/hearing_disabled:")
        return
    player(key="guess_player", tracks=[track], height=HEIGHT, autoplay_token=now.token)


def _show_choices(now: Round, clip: Clip) -> None:
    # legible from the back of a classroom
    st.html("<style>.st-key-choices button p { font-size: 1.35rem; line-height: 1.4; }</style>")
    with st.container(key="choices", gap="xsmall"):
        for i, name in enumerate(now.choices):
            st.button(
                named(name), key=f"choice:{i}", shortcut=str(i + 1), width="stretch", on_click=_answer,
                args=(name, clip),
            )  # fmt: skip


def _answer(name: str, clip: Clip) -> None:
    now, tally = st.session_state[_ROUND], st.session_state[_TALLY]
    if now.answer is not None:
        return
    now.answer = name
    tally.played.add(now.clip_id)
    tally.rounds += 1
    tally.correct += name == clip.category
    tally.people += human_recall().get(clip.category, 0.0)
    state.CLIP.write(now.clip_id)


def _verdict(clip: Clip, now: Round) -> None:
    name = named(clip.category)
    if now.answer == clip.category:
        st.subheader(f":green[:material/check_circle: Correct:] {name}", anchor=False)
    else:
        said = named(now.answer or "")
        st.subheader(f":orange[:material/cancel: Not quite:] it is {name}, you said {said}", anchor=False)


def _explain(dataset: Dataset, clip: Clip, now: Round, card: Card | None, tally: Tally) -> None:
    """Show the scores, and how people and the model classify such sounds."""
    figures = st.container()
    people = human_recall().get(clip.category)
    if people is not None:
        st.markdown(f":material/groups: {people_sentence(clip.category, people, synthetic=dataset.synthetic)}")
    if card is not None:
        _ask_model(dataset, clip, now, card, tally)
    with figures:
        _show_tally(tally)


def _ask_model(dataset: Dataset, clip: Clip, now: Round, card: Card, tally: Tally) -> None:
    """Show the model's guess; TensorFlow is loaded only here."""
    try:
        _, _, prediction, known_as = loaders.clip_answer(dataset, clip, model=card.name)
    except EscError as error:
        st.caption(literal(str(error)))
        return
    (first, prob), *_ = prediction.top(1)
    probs = dict(prediction.top(len(prediction.labels)))
    among = max(now.choices, key=lambda choice: probs.get(choice, 0.0))
    if now.model is None:
        now.model = among
        tally.asked += 1
        tally.model_correct += among == clip.category
    text = f":material/neurology: The model says {named(first)}, {percent(prob)}"
    if prediction.nothing:
        text = f":material/neurology: {NOTHING_SENTENCE}; the model's raw guess is {named(first)}, {percent(prob)}"
    elif prediction.unknown:
        text = (
            f":material/neurology: The model says {prediction.doubt}; its best guess is {named(first)}, {percent(prob)}"
        )
    elif among != first:
        text += f"; among your {len(now.choices)} choices {named(among)}"
    siblings, clip_id = dataset.sibling_ids(clip), known_as or clip.clip_id
    if was_trained_on(card, clip_id, name=clip.filename, siblings=siblings, synthetic=dataset.synthetic):
        who = "It was trained on this recording."
    elif known_as and prediction.fold and len(card.folds) > 1:
        who = f"Answered by the one network of {len(card.folds)} that was not trained on fold {prediction.fold}."
    else:
        who = "It was not trained on this recording."
    st.markdown(f"{text}. {who}")


def _show_tally(tally: Tally) -> None:
    with st.container(horizontal=True, gap="large", key="tally"):
        st.metric("You", f"{tally.correct} of {tally.rounds}", width="content", help="Among five categories.")
        if tally.asked:
            st.metric(
                "The model", f"{tally.model_correct} of {tally.asked}", width="content",
                help="Its most probable category among the same five.",
            )  # fmt: skip
        st.metric(
            "People", f"{tally.people:.1f} of {tally.rounds}", width="content",
            help="Expected from the listening test, in which people chose among all fifty categories.",
        )  # fmt: skip


def _look_closer() -> None:
    state.VIEW.write("cards")


def _new_tally() -> None:
    st.session_state[_TALLY] = Tally()
