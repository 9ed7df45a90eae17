"""The settings of the server, in one table: environment variables, each with its rule and what it decides."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from esc_core.config.check import require

T = TypeVar("T")

_HOST_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


@dataclass(frozen=True, kw_only=True)
class Setting(Generic[T]):
    """A setting that an environment variable holds.

    Attributes
    ----------
    name : str
        The variable.
    default : object
        Its value where the variable is missing or empty.
    rule : str
        What its text must be, as a phrase after the name.
    about : str
        What it decides, in a sentence.
    parse : callable
        Turns a text into the value; raises ValueError if the text breaks the rule.
    secret : bool
        Whether no message may quote it.
    """

    name: str
    default: T
    rule: str
    about: str
    parse: Callable[[str], T]
    secret: bool = False

    def value(self, environment: Mapping[str, str] | None = None) -> T:
        """Return what the environment says, by default that of this process.

        Raises
        ------
        ParameterError
            If its text breaks the rule; the message quotes both.
        """
        text = (os.environ if environment is None else environment).get(self.name, "").strip()
        if not text:
            return self.default
        try:
            return self.parse(text)
        except ValueError:
            require(False, f"{self.name} {self.rule}", f"{len(text)} characters" if self.secret else text)
            raise  # never reached, which the type checker can't know


def _switch(text: str) -> bool:
    return {"0": False, "1": True}[text] if text in ("0", "1") else _refuse()


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        fits = text.isascii() and text.isdecimal() and len(text) <= len(str(high)) and low <= int(text) <= high
        return int(text) if fits else _refuse()

    return parse


def _one_of(*words: str) -> Callable[[str], str]:
    return lambda text: text if text in words else _refuse()


def _address(text: str) -> str:
    return str(ipaddress.ip_address(text))


def _host_names(text: str) -> tuple[str, ...]:
    names = tuple(name.lower().rstrip(".") for name in text.replace(",", " ").split())
    return names if names and all(_is_host(name) for name in names) else _refuse()


def _is_host(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return _HOST_NAME.fullmatch(name) is not None
    return True


def _key(text: str) -> str:
    return text if len(text) >= SHORTEST_KEY and text.isprintable() else _refuse()


def _refuse() -> Any:
    raise ValueError


SHORTEST_KEY = 12
"""Characters of the shortest teacher key that a person may choose."""

CLASSROOM = Setting[bool](
    name="ESC_CLASSROOM", default=False, rule="must be 0 or 1", parse=_switch,
    about="Classroom mode: only who has the teacher key starts, stops and deletes runs and chooses the data. "
    "`make serve` sets it.",
)  # fmt: skip

ADDRESS = Setting[str | None](
    name="ESC_ADDRESS", default=None, rule="must be an IP address", parse=_address,
    about="Address that `make serve` listens to: by default 0.0.0.0, all of this machine's; behind a proxy 127.0.0.1.",
)  # fmt: skip

PORT = Setting[int](
    name="ESC_PORT", default=8501, rule="must be a whole number from 1024 to 65535", parse=_whole(1024, 65535),
    about="Port that `make serve` listens to.",
)  # fmt: skip

HTTPS = Setting[str](
    name="ESC_HTTPS", default="own", rule="must be own or proxy", parse=_one_of("own", "proxy"),
    about="Who encrypts: the app with a certificate that it makes itself (own), or a proxy in front of it (proxy).",
)  # fmt: skip

NAMES = Setting[tuple[str, ...]](
    name="ESC_NAMES", default=(), rule="must be host names or IP addresses with spaces between them",
    parse=_host_names,
    about="Further names under which people reach the app, such as lab.school.example; the first is shown to them.",
)  # fmt: skip

TEACHER_KEY = Setting[str | None](
    name="ESC_TEACHER_KEY", default=None, rule=f"must have at least {SHORTEST_KEY} characters", parse=_key, secret=True,
    about="A teacher key of your own choice, for a server that nobody sees start; by default one is made and printed.",
)  # fmt: skip

GIVE_WAY = Setting[bool](
    name="ESC_GIVE_WAY", default=False, rule="must be 0 or 1", parse=_switch,
    about="Training gives way to the pages: the lowest priority, and half of the processor cores. "
    "`make serve` sets it.",
)  # fmt: skip

LOAD_AHEAD = Setting[bool](
    name="ESC_LOAD_AHEAD", default=False, rule="must be 0 or 1", parse=_switch,
    about="Whether the model is loaded while the server starts: the first answer comes at once, for 700 MB of memory. "
    "`make serve` sets it.",
)  # fmt: skip

MAX_VISITORS = Setting[int](
    name="ESC_MAX_VISITORS", default=60, rule="must be a whole number from 1 to 1000", parse=_whole(1, 1000),
    about="Browser tabs in which the app may be open at the same time; a teacher always gets in.",
)  # fmt: skip

MAX_RUNS = Setting[int](
    name="ESC_MAX_RUNS", default=200, rule="must be a whole number from 1 to 10000", parse=_whole(1, 10_000),
    about="Training runs that are kept on the disk; then no other can start until some are deleted.",
)  # fmt: skip

MAX_UPLOADS = Setting[int](
    name="ESC_MAX_UPLOADS", default=60, rule="must be a whole number from 1 to 1000", parse=_whole(1, 1000),
    about="Files that one visitor may have uploaded at the same time.",
)  # fmt: skip

MAX_UPLOAD_MB = Setting[int](
    name="ESC_MAX_UPLOAD_MB", default=200, rule="must be a whole number from 20 to 10000", parse=_whole(20, 10_000),
    about="Megabytes that the files of one visitor may have together; a single file may have 20. "
    "`make serve` sets 40.",
)  # fmt: skip

DECODERS = Setting[int](
    name="ESC_DECODERS", default=2, rule="must be a whole number from 1 to 8", parse=_whole(1, 8),
    about="Sound files that are decoded at the same time, each in a process of its own.",
)  # fmt: skip

METRICS = Setting[bool](
    name="ESC_METRICS", default=False, rule="must be 0 or 1", parse=_switch,
    about="Whether the server tells everybody how many people use it and how much memory it takes, "
    "at `/_stcore/metrics`.",
)  # fmt: skip

SETTINGS: tuple[Setting[Any], ...] = (
    CLASSROOM, ADDRESS, PORT, HTTPS, NAMES, TEACHER_KEY, GIVE_WAY, LOAD_AHEAD, MAX_VISITORS, MAX_RUNS,
    MAX_UPLOADS, MAX_UPLOAD_MB, DECODERS, METRICS,
)  # fmt: skip
"""Every setting of the server, in the order in which docs/deploy.md lists them."""


def check_environment(environment: Mapping[str, str] | None = None) -> None:
    """Check every setting, so that a wrong one is refused at the start and not when it is first needed.

    Raises
    ------
    ParameterError
        If one breaks its rule.
    """
    given = os.environ if environment is None else environment
    for setting in SETTINGS:
        setting.value(given)
