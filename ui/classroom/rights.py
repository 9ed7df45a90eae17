"""Who may do what: the one place that decides. Whatever a page shows, each action asks here when it is done.

Outside classroom mode only people at this computer reach the app, and may do everything. In classroom mode everybody in
the room explores, augments, classifies and makes sounds of their own; what holds for all needs the teacher's key.
"""

from __future__ import annotations

from enum import StrEnum

import streamlit as st

from esc_core.config import environment
from esc_core.errors import EscError
from ui.classroom import teacher
from ui.loaders.visitor import is_local, on_this_computer


class Action(StrEnum):
    """What only the teacher may do in a class, as a phrase."""

    START_RUN = "start or resume training runs"
    STOP_RUN = "stop training runs"
    CHANGE_RUN = "rename or delete training runs"
    SHARE_MODEL = "make a run's model everybody's"
    CLEAR_QUEUE = "clear the queue"
    CHOOSE_DATA = "choose the data"
    SET_LIMITS = "set limits for the class"
    ASK_CLASS = "ask the whole class"
    SET_PROJECTOR = "set up the projector"
    OPEN_APP = "open the app to a class"


AT_THIS_COMPUTER = frozenset({Action.CHOOSE_DATA})
"""What, outside classroom mode, only people at this computer may do, even if the server lets others in."""


class RightsError(EscError):
    """Who asks may not do this."""


def in_class() -> bool:
    """Return whether the app is in classroom mode."""
    return environment.CLASSROOM.value()


def is_teacher() -> bool:
    """Return whether this browser has shown the teacher's key; in classroom mode only that makes a teacher."""
    return in_class() and teacher.is_cookie(_cookie())


def _cookie() -> str | None:
    return st.context.cookies.get(teacher.COOKIE)


def may(action: Action) -> bool:
    """Return whether who asks may do this."""
    if action is Action.OPEN_APP:
        return on_this_computer()
    if in_class():
        return is_teacher()
    return action not in AT_THIS_COMPUTER or is_local(st.context.ip_address)


def require(action: Action) -> None:
    """Refuse what who asks may not do.

    Raises
    ------
    RightsError
        If they may not; the sentence says who may.
    """
    if may(action):
        return
    teachers = in_class() and action is not Action.OPEN_APP
    who = "the teacher" if teachers else "a person at the computer on which the app runs"
    raise RightsError(f"only {who} can {action.value}")
