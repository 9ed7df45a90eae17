"""The question of the class: what counts, what is kept of an answer, and when it ends."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from ui.classroom import poll as polls
from ui.classroom import question
from ui.classroom.poll import EXPIRES_SECONDS, Poll, PollError

CHOICES = ("dog", "rain", "sea_waves")


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_each_browser_counts_once_and_may_change_its_mind() -> None:
    poll = Poll()
    number = poll.ask("1-1-A-0", "dog", CHOICES).number
    for voter, choice in (("a", "rain"), ("b", "dog"), ("a", "dog"), ("c", "sea_waves")):
        poll.answer(voter, number, choice)
    standing = poll.standing()
    assert standing is not None
    assert list(standing.counts.items()) == [("dog", 2), ("rain", 0), ("sea_waves", 1)]
    assert (standing.n_answers, standing.rung, standing.remarks) == (3, False, ())


def test_a_browser_is_the_same_after_a_reload(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit masks the token in its cookie in another way each time; another browser has another token."""
    token = bytes(range(16))
    cookies = [generate_xsrf_token_string(token, 1), generate_xsrf_token_string(token, 1), generate_xsrf_token_string()]
    assert len(set(cookies)) == 3
    seen = []
    for cookie in cookies:
        monkeypatch.setattr(
            question, "st", SimpleNamespace(context=SimpleNamespace(cookies={question._BROWSER: cookie}))
        )
        seen.append(question._browser())
    assert seen[0] == seen[1] != seen[2]


def test_the_bell_ends_it_and_only_the_numbers_stay() -> None:
    poll = Poll()
    question = poll.ask("1-1-A-0", "dog", CHOICES)
    poll.answer("anna", question.number, "rain")
    assert "anna" not in repr(vars(poll)), "not even in memory"
    poll.ring(remarks=("The model says dog.",))
    with pytest.raises(PollError, match=r"^this question is over$"):
        poll.answer("b", question.number, "dog")
    poll.ring(remarks=("again",))
    standing = poll.standing()
    assert standing is not None
    assert (standing.rung, dict(standing.counts), standing.remarks) == (
        True, {"dog": 0, "rain": 1, "sea_waves": 0}, ("The model says dog.",),
    )  # fmt: skip
    assert poll._open is not None
    assert poll._open.answers == {}


def test_answers_that_do_not_fit_are_refused() -> None:
    """One for the question before, one that is no choice, one when nothing is asked."""
    poll = Poll()
    with pytest.raises(PollError, match="over"):
        poll.answer("a", 1, "dog")
    first = poll.ask("1-1-A-0", "dog", CHOICES).number
    second = poll.ask("1-2-A-10", "rain", CHOICES).number
    with pytest.raises(PollError, match="over"):
        poll.answer("a", first, "dog")
    with pytest.raises(PollError, match=r"^this question has no such answer$"):
        poll.answer("a", second, "<script>")
    poll.end()
    with pytest.raises(PollError, match="over"):
        poll.answer("a", second, "dog")
    assert poll.standing() is None


def test_a_question_that_is_forgotten_goes() -> None:
    clock = Clock()
    poll = Poll(clock=clock)
    poll.ask("1-1-A-0", "dog", CHOICES)
    clock.now = EXPIRES_SECONDS - 0.1
    assert poll.standing() is not None
    clock.now = EXPIRES_SECONDS
    assert poll.standing() is None
    poll.ring()


def test_so_many_can_answer_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory that strangers can take has a limit; who has answered may still change it."""
    monkeypatch.setattr(polls, "MAX_VOTERS", 2)
    poll = Poll()
    number = poll.ask("1-1-A-0", "dog", CHOICES).number
    poll.answer("a", number, "dog")
    poll.answer("b", number, "dog")
    with pytest.raises(PollError, match=r"^2 people have answered, the most that are counted$"):
        poll.answer("c", number, "dog")
    poll.answer("a", number, "rain")
    standing = poll.standing()
    assert standing is not None
    assert dict(standing.counts) == {"dog": 1, "rain": 1, "sea_waves": 0}


def test_nobody_is_known_again_at_the_next_question() -> None:
    poll = Poll()
    kept = []
    for _ in range(2):
        poll.answer("anna", poll.ask("1-1-A-0", "dog", CHOICES).number, "dog")
        assert poll._open is not None
        kept.append(set(poll._open.answers))
    assert kept[0].isdisjoint(kept[1])
