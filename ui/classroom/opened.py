"""Where others reach this server: its addresses and names, and the QR code that a phone reads."""

from __future__ import annotations

import io
import ipaddress
from collections.abc import Sequence

import segno

from esc_core.config import environment
from esc_core.config.check import require
from ui.classroom.network import LOCAL_NAMES, addresses, in_url, own_names

EVERY_ADDRESS = "0.0.0.0"

QR_PIXELS = 12
"""Pixels of a module of the QR code in `qr_png`; the page scales the picture."""


def bound_address() -> str:
    """Return the address that the server listens to: all of them, or, behind a proxy, this machine's own alone."""
    proxy = environment.HTTPS.value() == "proxy"
    return environment.ADDRESS.value() or ("127.0.0.1" if proxy else EVERY_ADDRESS)


def encrypts_itself() -> bool:
    """Return whether the server has a certificate of its own, not a proxy in front of it."""
    return environment.HTTPS.value() == "own"


def names() -> list[str]:
    """Return every name and address under which the server answers, the one that people are told first.

    Raises
    ------
    ParameterError
        If the server is behind a proxy, whose name only a setting can know, and that setting is missing.
    """
    given = environment.NAMES.value()
    proxy = environment.HTTPS.value() == "proxy"
    require(bool(given) or not proxy, "ESC_NAMES must be the proxy's name where ESC_HTTPS is proxy", "nothing")
    bound = ipaddress.ip_address(bound_address())
    reached = [] if proxy else addresses() if bound.is_unspecified else [str(bound)]
    return list(dict.fromkeys([*given, *reached, *own_names(), *LOCAL_NAMES]))


def leads_here(known: Sequence[str]) -> bool:
    """Return whether one of the names leads from another machine to this one."""
    return not {*known} <= {*own_names(), *LOCAL_NAMES}


def url(*, port: int | None = None) -> str:
    """Return the address that people are told, by default with the port that is set."""
    name = in_url(names()[0])
    return f"https://{name}:{port or environment.PORT.value()}" if encrypts_itself() else f"https://{name}"


def qr_png(text: str) -> bytes:
    """Return a text as a QR code: a PNG, black on white with the margin that cameras need."""
    file = io.BytesIO()
    segno.make(text, micro=False).save(file, kind="png", scale=QR_PIXELS, border=4)
    return file.getvalue()


def qr_text(text: str) -> str:
    """Return a text as a QR code for a terminal."""
    file = io.StringIO()
    segno.make(text, micro=False).terminal(out=file, compact=True)
    return file.getvalue()
