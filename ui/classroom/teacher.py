"""The teacher's key, and the cookie that it is exchanged for.

The key is shown once. The disk holds a hash of it, and a secret with which cookies are signed: a new key comes with a
new secret, so that cookies of the former key are worth nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from pathlib import Path
from typing import Any

from esc_core.disk.files import read_json
from ui.classroom.private import private_folder, write_private

COOKIE = "esc_teacher"
"""Name of the cookie."""

COOKIE_SECONDS = 12 * 3600
"""How long a cookie counts: a day at school."""

_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that look like another
_GROUPS, _GROUP = 4, 4

_SCRYPT = {"n": 2**14, "r": 8, "p": 1}
"""Cost of a hash: 16 MB and about 50 ms, so that a stolen file does not give away a key that a person chose."""


def new_key(chosen: str | None = None) -> str:
    """Make a key, or take one that was chosen, and store what is needed to check it; all former cookies end.

    Raises
    ------
    OSError
        If it can't be stored.
    """
    made = "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    key = chosen or made
    salt = secrets.token_bytes(16)
    stored = {"salt": salt.hex(), "hash": _hash(key, salt), "secret": secrets.token_hex(32)}
    write_private(_file(), json.dumps(stored).encode())
    return key


def has_key() -> bool:
    """Return whether a key was made."""
    return _stored() is not None


def is_key(text: str) -> bool:
    """Return whether a text is the key; blanks around it and capital letters don't matter in a key that was made."""
    stored = _stored()
    if stored is None:
        return False
    salt = bytes.fromhex(stored["salt"])
    tries = dict.fromkeys((text.strip(), text.strip().lower()))
    matches = [hmac.compare_digest(_hash(one, salt), stored["hash"]) for one in tries]
    return any(matches)


def new_cookie(*, now: float | None = None) -> str:
    """Return the value of a cookie for who has shown the key; there must be one."""
    stored = _stored()
    if stored is None:
        raise LookupError("there is no teacher key")
    text = f"{int((time.time() if now is None else now) + COOKIE_SECONDS)}.{secrets.token_urlsafe(12)}"
    return f"{text}.{_signature(text, stored)}"


def is_cookie(value: str | None, *, now: float | None = None) -> bool:
    """Return whether a cookie was given out here for the present key, and still counts."""
    stored = _stored()
    if stored is None or not value or value.count(".") != 2 or not value.isascii():
        return False
    text, _, signature = value.rpartition(".")
    if not hmac.compare_digest(signature, _signature(text, stored)):
        return False
    return int(text.partition(".")[0]) > (time.time() if now is None else now)


def _hash(key: str, salt: bytes) -> str:
    return hashlib.scrypt(key.encode("utf-8", "surrogatepass"), salt=salt, **_SCRYPT).hex()


def _signature(text: str, stored: dict[str, Any]) -> str:
    made = hmac.new(bytes.fromhex(stored["secret"]), text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _file() -> Path:
    return private_folder() / "teacher.json"


def _stored() -> dict[str, str] | None:
    """Return what is stored; None if it is not there or damaged."""
    try:
        stored = read_json(_file())
        for name in ("salt", "hash", "secret"):
            bytes.fromhex(stored[name])
    except (TypeError, ValueError, LookupError):  # a ValueError, too, if ESC_HOME can't be a path
        return None
    return {name: str(stored[name]) for name in ("salt", "hash", "secret")}
