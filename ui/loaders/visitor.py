"""Who visits, and what is theirs: the data sets of their own that this browser may open.

A set has an unguessable key. Who opens the app on the computer that runs it sees all sets; anybody else those of whose
keys this browser session knows. Every page may ask `own_sets` and add a sound to one of them with
`esc_core.dataset.own.OwnSet.add_sample`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from esc_core.config import environment
from esc_core.dataset import own
from esc_core.dataset.own import OwnSet
from esc_core.dataset.own.names import BACKGROUND
from esc_core.errors import DatasetError
from ui import state

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip")
"""Headers of a proxy: behind one, everybody seems to be on this computer."""

FIRST_NAME = "My sounds"
"""Name that is suggested for a set."""

_KEYS = "own:keys"


def is_local(address: str | None) -> bool:
    """Return whether a browser runs on this computer; Streamlit gives None for localhost."""
    return address is None or address in ("127.0.0.1", "::1", "localhost")


def on_this_computer() -> bool:
    """Return whether only people at this computer can be asking: the server listens to it alone, without a proxy.

    In classroom mode nobody is: a proxy on this computer need not say that it is one.
    """
    headers = st.context.headers
    return (
        not environment.CLASSROOM.value()
        and _is_loopback(st.get_option("server.address"))
        and is_local(st.context.ip_address)
        and not any(name in headers for name in FORWARDED)
    )


def _is_loopback(address: str | None) -> bool:
    if address == "localhost":
        return True
    try:
        return address is not None and ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def own_sets() -> list[OwnSet]:
    """Return the sets that this visitor may open, by name; one that is gone or damaged is left out."""
    sets = own.list_sets() if on_this_computer() else [found for key in _known_keys() if (found := _opened(key))]
    return sorted(sets, key=lambda one: (one.name.casefold(), one.key))


def set_folders() -> list[Path]:
    """Return the folders of the sets that this visitor may open; nothing in them is read."""
    if on_this_computer():
        return own.set_folders()
    return [folder for key in _known_keys() if (folder := own.set_folder(key)) is not None]


def model_sets() -> list[Path]:
    """Return the folders of the sets whose models this visitor may use: theirs, and those that share them."""
    return list(dict.fromkeys([*set_folders(), *own.set_folders(shared=True)]))


def names_of(sets: Sequence[OwnSet]) -> dict[str, str]:
    """Return the name of each set by its key; those of one name are numbered."""
    names: dict[str, str] = {}
    for one in sets:
        n = sum(other.name == one.name for other in sets if other.key in names)
        names[one.key] = f"{one.name} ({n + 1})" if n else one.name
    return names


def free_name(sets: Sequence[OwnSet]) -> str:
    """Return a name for another set."""
    taken = {one.name for one in sets}
    return next(name for n in range(1, 1000) if (name := FIRST_NAME if n == 1 else f"{FIRST_NAME} {n}") not in taken)


def make_set(name: str) -> OwnSet:
    """Make a set with a category for the room; it is the one that Own sounds shows next.

    Raises
    ------
    ParameterError, DatasetError
        As `esc_core.dataset.own.create`.
    """
    made = own.create(name)
    made.add_category(BACKGROUND)
    remember_key(made.key)
    state.OWN.write(made.key)
    return made


def remember_key(key: str) -> None:
    """Note that this session has opened a set."""
    _session_keys()[key] = None


def forget_key(key: str) -> None:
    """Forget a set that is gone."""
    _session_keys().pop(key, None)


def _known_keys() -> list[str]:
    """Return the keys that this session has opened, and those in its link: after a reload only these are known."""
    links = (state.OWN, state.DATA, state.MODEL_SET)
    linked = (key for link in links for key in (link.kept(), st.query_params.get(link.name)))
    return list(dict.fromkeys([*_session_keys(), *(key for key in linked if key)]))


def _opened(key: str) -> OwnSet | None:
    try:
        return own.open_set(key)
    except DatasetError:  # removed by somebody else who has its link
        return None


def _session_keys() -> dict[str, None]:
    keys: dict[str, None] = st.session_state.setdefault(_KEYS, {})
    return keys
