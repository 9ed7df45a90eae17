"""One question for the whole class, and the answers to it: in memory only, without names, and for a while.

Of an answer nothing is kept but the choice, under a digest that only serves to count a browser once; with the bell even
that is dropped, and the numbers stay.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from esc_core.errors import EscError

MAX_VOTERS = 500
"""Browsers that can answer a question."""

EXPIRES_SECONDS = 1800.0
"""Time after which a question that nobody ended is gone."""


class PollError(EscError):
    """An answer or a bell comes too late, or does not fit the question."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A sound that is to be guessed.

    Attributes
    ----------
    number : int
        Counts the questions of this server, from 1.
    clip_id : str
        The sound.
    category : str
        What it is.
    choices : tuple of str
        Categories to choose from, `category` among them.
    """

    number: int
    clip_id: str
    category: str
    choices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a question stands.

    Attributes
    ----------
    question : Question
        The question.
    counts : mapping of str to int
        Answers by choice, in the order of the choices.
    rung : bool
        Whether the bell has rung; then nobody can answer any more.
    remarks : tuple of str
        Sentences on the model and on people, as Markdown; none before the bell.
    """

    question: Question
    counts: Mapping[str, int]
    rung: bool
    remarks: tuple[str, ...] = ()

    @property
    def n_answers(self) -> int:
        """How many have answered."""
        return sum(self.counts.values())


@dataclass
class _Open:
    """The question of the moment, with what browsers have answered."""

    question: Question
    ends: float
    answers: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] | None = None  # with the bell
    remarks: tuple[str, ...] = ()


class Poll:
    """The question of the moment; any thread may ask and answer.

    Parameters
    ----------
    clock : callable
        Returns the time in seconds.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._salt = secrets.token_bytes(16)
        self._number = 0
        self._open: _Open | None = None

    def ask(self, clip_id: str, category: str, choices: tuple[str, ...]) -> Question:
        """Ask a question in place of the former one, and return it."""
        with self._lock:
            self._number += 1
            question = Question(number=self._number, clip_id=clip_id, category=category, choices=choices)
            self._open = _Open(question, self._clock() + EXPIRES_SECONDS)
            self._salt = secrets.token_bytes(16)  # nobody is known again at the next question
            return question

    def answer(self, voter: str, number: int, choice: str) -> None:
        """Take an answer; until the bell, a further one of the same browser replaces it.

        Parameters
        ----------
        voter : str
            What a browser is counted by.
        number : int
            The question that was seen.
        choice : str
            The category that was chosen.

        Raises
        ------
        PollError
            If that question is over, has no such choice, or too many have answered.
        """
        with self._lock:
            now = self._current()
            if now is None or now.question.number != number or now.counts is not None:
                raise PollError("this question is over")
            if choice not in now.question.choices:
                raise PollError("this question has no such answer")
            known = hashlib.blake2b(voter.encode("utf-8", "surrogatepass"), key=self._salt, digest_size=16).hexdigest()
            if known not in now.answers and len(now.answers) >= MAX_VOTERS:
                raise PollError(f"{MAX_VOTERS} people have answered, the most that are counted")
            now.answers[known] = choice

    def ring(self, *, remarks: tuple[str, ...] = ()) -> None:
        """Ring the bell: nobody can answer any more, and what is shown is the numbers and `remarks`."""
        with self._lock:
            now = self._current()
            if now is not None and now.counts is None:
                now.counts, now.remarks = _counted(now), remarks
                now.answers = {}

    def end(self) -> None:
        """Drop the question."""
        with self._lock:
            self._open = None

    def standing(self) -> Standing | None:
        """Return how the question stands; None if there is none."""
        with self._lock:
            now = self._current()
            if now is None:
                return None
            rung = now.counts is not None
            return Standing(question=now.question, counts=now.counts or _counted(now), rung=rung, remarks=now.remarks)

    def _current(self) -> _Open | None:
        if self._open is not None and self._clock() >= self._open.ends:
            self._open = None
        return self._open


def _counted(now: _Open) -> dict[str, int]:
    counts = Counter(now.answers.values())
    return {choice: counts[choice] for choice in now.question.choices}
