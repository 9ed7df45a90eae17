"""The question of the class on a phone: large buttons, the own answer, and after the bell the class's."""

from __future__ import annotations

import streamlit as st

from esc_core.errors import EscError
from ui.classroom.poll import Standing
from ui.classroom.question import answer, poll, show_bars
from ui.literal import named, show_error

POLL_SECONDS = 2.0

_MINE = "vote:mine"


def show_phone() -> None:
    """Show the question, or that there is none, and follow what the teacher does."""
    # legible and easy to hit
    st.html("<style>.st-key-vote button p { font-size: 1.35rem; line-height: 1.8; }</style>")
    st.fragment(_show, run_every=POLL_SECONDS)()


def _show() -> None:
    standing = poll().standing()
    if standing is None:
        st.info("There is no question yet. It appears here by itself.", icon=":material/hourglass_empty:")
    elif standing.rung:
        mine = _mine(standing)
        if mine is not None:
            st.markdown(f"Your answer was **{named(mine)}**.")
        show_bars(standing)
    else:
        _choices(standing)


def _choices(standing: Standing) -> None:
    question = standing.question
    mine = _mine(standing)
    st.markdown("**Which sound is this?** Listen, then choose. Nobody sees who chose what.")
    with st.container(key="vote", gap="xsmall"):
        for i, choice in enumerate(question.choices):
            st.button(
                named(choice), key=f"vote:{question.number}:{i}", width="stretch", on_click=_answer,
                args=(question.number, choice), type="primary" if choice == mine else "secondary",
                icon=":material/check:" if choice == mine else None,
            )  # fmt: skip
    st.caption(
        "You can answer until the bell."
        if mine is None
        else f"Your answer is {named(mine)}. You can change it until the bell."
    )


def _answer(number: int, choice: str) -> None:
    try:
        answer(number, choice)
    except EscError as error:
        show_error(error)
    else:
        st.session_state[_MINE] = (number, choice)


def _mine(standing: Standing) -> str | None:
    """Return what this browser has answered to this question."""
    number, choice = st.session_state.get(_MINE, (None, None))
    return choice if number == standing.question.number else None
