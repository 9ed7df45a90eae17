"""Names of sets, categories, samples and groups: what they may be, and when two are the same."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Iterable

from esc_core.config import require
from esc_core.dataset.known import known_clip_id
from esc_core.errors import ParameterError
from esc_core.words import shortened

MAX_NAME = 60
"""Characters of a name of a set or a category."""

MAX_TITLE = 80
"""Characters of a sample's title."""

BACKGROUND = "background"
"""Usual name of the category that holds the room without any sound."""

BACKGROUND_NAMES = (BACKGROUND, "none", "none of these", "room tone", "silence")
"""Names of that category: its samples show what is none of the others."""

_JOINERS = "\u200c\u200d"
"""Invisible, but part of the spelling of Persian, Hindi and other languages."""

_GROUP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


def checked_name(name: str, *, of: str) -> str:
    """Return a name as it is stored: blanks at its ends removed, one blank between words, letters composed.

    Parameters
    ----------
    name : str
        What a person typed.
    of : str
        Whose name, for the error: "category", "data set".

    Returns
    -------
    str
        The name. It begins with a letter or a digit, so that no spreadsheet takes it for a formula, and no system for
        a hidden file.

    Raises
    ------
    ParameterError
        If it is empty, too long, begins with anything else, or holds a slash or a character that can't be seen.
    """
    tidy = " ".join(unicodedata.normalize("NFC", name).split())
    shown = shortened(tidy)
    require(bool(tidy), f"the name of a {of} must have at least one letter or digit", repr(shown))
    require(len(tidy) <= MAX_NAME, f"the name of a {of} must have at most {MAX_NAME} characters", len(tidy))
    require(tidy[0].isalnum(), f"the name of a {of} must begin with a letter or a digit", shown)
    bad = [letter for letter in tidy if letter in "/\\" or not (letter.isprintable() or letter in _JOINERS)]
    require(not bad, f"the name of a {of} must hold no slash and no invisible character", shown)
    return tidy


def same_name(name: str) -> str:
    """Return the text that two names share if they differ only by case, blanks, underscores, or invisible letters."""
    plain = unicodedata.normalize("NFKC", name).casefold().replace("_", " ")
    return " ".join(plain.translate(dict.fromkeys(map(ord, _JOINERS))).split())


def is_background(category: str) -> bool:
    """Tell by its name whether a category's samples show what is none of the others: "Room tone" is one."""
    return same_name(category) in BACKGROUND_NAMES


def check_new(name: str, others: Iterable[str]) -> None:
    """Raise ParameterError if a category of this name is there already, perhaps written a little otherwise."""
    for other in others:
        if same_name(other) == same_name(name):
            raise ParameterError(f"there is a category {shortened(other)} already; choose another name than {name}")


def tidy_title(title: str) -> str:
    """Return a title on one line, cut to `MAX_TITLE` characters, without characters that can't be seen."""
    line = "".join(letter if letter.isprintable() or letter in _JOINERS else " " for letter in title)
    return " ".join(unicodedata.normalize("NFC", line).split())[:MAX_TITLE].strip() or "sound"


def checked_group(group: str) -> str:
    """Return the name of a group; raise ParameterError if it has other characters than letters, digits, ``.``, ``_``,
    ``-``, or more than 40 of them.
    """  # noqa: D205 - one sentence
    rule = "a group must have 1 to 40 of the characters A–Z, a–z, 0–9, '.', '_' and '-', and begin with no mark"
    require(_GROUP.fullmatch(group) is not None, rule, repr(shortened(group)))
    return group


def slug(text: str, *, most: int = 40) -> str:
    """Return a text as part of a file name: ASCII letters, digits and hyphens; "sound" if it has none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:most].strip("-") or "sound"


def is_id(value: object) -> bool:
    """Return whether a value can be the id of a sample: at most 60 ASCII letters, digits and hyphens."""
    return isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,59}", value) is not None


def category_from(text: str) -> str | None:
    """Return the name of a category that a folder or a table means; None if nothing is left of it.

    What no category can have in its name is left out: a mark at its beginning, slashes, invisible characters.
    """
    shown = "".join(letter if letter.isprintable() or letter in _JOINERS else " " for letter in text)
    tidy = " ".join(unicodedata.normalize("NFC", re.sub(r"[/\\]", " ", shown)).split())
    begin = next((i for i, letter in enumerate(tidy) if letter.isalnum()), len(tidy))
    return tidy[begin : begin + MAX_NAME].strip() or None


def group_from(text: str) -> str:
    """Return the name of a group that a table means by any text; the same for the same text."""
    if _GROUP.fullmatch(text):
        return text
    return f"{slug(text, most=24)}-{hashlib.sha256(text.encode(errors='replace')).hexdigest()[:8]}"


def group_of_recording(src_file: str) -> str:
    """Return the group of clips cut from one recording of a data set; a group's name allows few characters."""
    if re.fullmatch("[A-Za-z0-9]{1,30}", src_file):
        return f"esc-{src_file}"
    return f"esc-{hashlib.sha1(src_file.encode(), usedforsecurity=False).hexdigest()[:12]}"


def group_of_file(name: str, data: bytes) -> str:
    """Return the group of all sounds of a file, wherever and however often they are taken from it.

    Parameters
    ----------
    name : str
        Name of the file. A clip of ESC-50 joins the clips of its recording.
    data : bytes
        Its content.
    """
    known = known_clip_id(name, data)
    return group_of_recording(known.split("-")[1]) if known else f"file-{hashlib.sha256(data).hexdigest()[:16]}"


def new_id(title: str, taken: Iterable[str]) -> str:
    """Return the id of a new sample, such as ``front-door-k3f9a2``: also the stem of its file."""
    taken = set(taken)
    while True:
        found = f"{slug(title)}-{secrets.token_hex(3)}"
        if found not in taken:
            return found
