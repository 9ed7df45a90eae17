"""The question of the whole class on the pages: asked by the teacher, answered by everybody, shown as bars."""

from __future__ import annotations

import secrets

import pandas as pd
import streamlit as st
from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string

from esc_core import colours
from esc_core.config import esc_home
from esc_core.words import counted, readable
from ui.classroom.poll import Poll, Question, Standing
from ui.classroom.rights import Action, require
from ui.literal import named

_SESSION = "class:voter"

_BROWSER = "_streamlit_xsrf"
"""A cookie of Streamlit's with a random token, which a browser keeps when a page is loaded again."""


@st.cache_resource(max_entries=4, show_spinner=False)
def _poll(home: str) -> Poll:
    # one for all sessions
    return Poll()


def poll() -> Poll:
    """Return the class's poll, to be read."""
    return _poll(str(esc_home()))


def ask(clip_id: str, category: str, choices: tuple[str, ...]) -> Question:
    """Ask the class; raises RightsError if who asks is not the teacher."""
    require(Action.ASK_CLASS)
    return poll().ask(clip_id, category, choices)


def ring(*, remarks: tuple[str, ...]) -> None:
    """Ring the bell; raises RightsError if who rings is not the teacher."""
    require(Action.ASK_CLASS)
    poll().ring(remarks=remarks)


def end() -> None:
    """Drop the question; raises RightsError if who does is not the teacher."""
    require(Action.ASK_CLASS)
    poll().end()


def answer(number: int, choice: str) -> None:
    """Answer for this browser.

    Raises
    ------
    PollError
        As `Poll.answer`.
    """
    session = st.session_state.setdefault(_SESSION, secrets.token_hex(16))
    poll().answer(_browser() or session, number, choice)


def _browser() -> str | None:
    """Return what stays the same in this browser's cookie, whose mask changes with each load of a page."""
    cookie = st.context.cookies.get(_BROWSER)
    if not cookie:
        return None
    token, _ = decode_xsrf_token_string(cookie)
    return token.hex() if token else cookie


def show_bars(standing: Standing) -> None:
    """Show how many chose what; the right answer is named once the bell has rung.

    Parameters
    ----------
    standing : Standing
        How the question stands.
    """
    right = standing.question.category
    names = {choice: readable(choice) for choice in standing.counts}
    if standing.rung:
        names[right] = f"✓ {names[right]}"
    table = pd.DataFrame({"answer": names.values(), "people": standing.counts.values()})
    said = ", ".join(f"{names[choice]}: {n}" for choice, n in standing.counts.items())
    st.bar_chart(
        table, x="answer", y="people", horizontal=True, sort=False, color=colours.BLUE, height=60 + 44 * len(names),
        x_label="answers", y_label="", alt=f"Answers of the class. {said}",
    )  # fmt: skip
    if not standing.rung:
        return
    n, n_right = standing.n_answers, standing.counts[right]
    st.markdown(f":green[:material/check_circle:] **It is {named(right)}.** {_share(n_right, n)}")
    for remark in standing.remarks:
        st.markdown(remark)


def _share(n_right: int, n: int) -> str:
    if not n:
        return "Nobody has answered."
    return f"{n_right} of {counted(n, 'answer is', 'answers are')} correct ({round(100 * n_right / n)}%)."
