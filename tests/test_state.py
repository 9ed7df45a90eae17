"""The URL state: whatever a link says, a parameter has a value that its page can use."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from ui import state
from ui.state import ON_ITS_WAY, UrlParameter

DECLARED = [value for value in vars(state).values() if isinstance(value, UrlParameter)]

READ = [parameter for parameter in DECLARED if not parameter.bound]


ODD = ("", " ", "\0", "9" * 5000, "٣", "²")


class Query(dict[str, str]):
    """Stands in for `st.query_params`, which needs a browser."""


@pytest.fixture
def query(monkeypatch: pytest.MonkeyPatch) -> Query:
    """Return the URL's parameters, empty, beside an empty session."""
    values = Query()
    monkeypatch.setattr(st, "query_params", values)
    monkeypatch.setattr(st, "session_state", {})
    return values


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time in seconds, as a list of one number to change."""
    now = [100.0]
    monkeypatch.setattr(state.time, "monotonic", lambda: now[0])
    return now


def test_names_are_unique() -> None:
    """Two parameters of one name would overwrite each other."""
    names = [parameter.name for parameter in DECLARED]
    assert len(names) == 17
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("parameter", DECLARED, ids=lambda parameter: parameter.name)
def test_a_default_is_allowed(parameter: UrlParameter[Any]) -> None:
    """So are the values to which those of former versions lead."""
    if parameter.allowed:
        assert parameter.default is None or parameter.default in parameter.allowed
        assert set(parameter.former.values()) <= set(parameter.allowed)
    assert not set(parameter.former) & set(parameter.allowed)


@pytest.mark.parametrize("parameter", READ, ids=lambda parameter: parameter.name)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=some.one_of(some.text(), some.integers().map(str), some.sampled_from(["", " ", "\0", "9" * 5000, "٣", "²"]))
)
def test_any_text_gives_a_usable_value(parameter: UrlParameter[Any], text: str, query: Query) -> None:
    """A wrong value is the default, never an error."""
    query.clear()
    st.session_state.clear()
    query[parameter.name] = text
    value = parameter.read()
    if isinstance(parameter.default, int):
        assert isinstance(value, int)
        assert 0 <= value <= parameter.most
    elif parameter.allowed:
        assert value in parameter.allowed
    else:
        assert value == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        ("0007", 7),
        ("0", 0),
        ("-1", 3),
        ("+1", 3),
        ("1.0", 3),
        ("٣", 3),
        ("", 3),
        ("12", 10),
        ("9" * 5000, 10),
    ],
)
def test_whole_numbers(query: Query, text: str, value: int) -> None:
    """Figures only; what is too large is the largest, anything else the default."""
    query["n"] = text
    assert UrlParameter[int](name="n", default=3, most=10).read() == value


def test_what_was_read_is_kept_for_the_next_page(query: Query) -> None:
    """The next page's URL begins empty; the value comes back into it."""
    query["clip"] = "1-100032-A-0"
    assert state.CLIP.read() == "1-100032-A-0"
    query.clear()
    st.session_state["shown"] = {}  # as `enter` does for another page
    assert state.CLIP.kept() == "1-100032-A-0"
    assert query == {}
    assert state.CLIP.read() == "1-100032-A-0"
    assert query == {"clip": "1-100032-A-0"}


def test_a_written_value_is_read_and_none_removes_it(query: Query) -> None:
    state.SEED.write(7)
    assert query == {"seed": "7"}
    assert state.SEED.read() == 7
    state.SEED.write(None)
    assert query == {}
    assert (state.SEED.read(), state.SEED.kept()) == (0, 0)


def test_back_takes_a_value_away(query: Query, clock: list[float]) -> None:
    """What vanishes from the URL of an open page was undone by the browser's Back."""
    state.CLIP.write("1-100032-A-0")
    query.clear()
    clock[0] += ON_ITS_WAY + 0.01
    assert state.CLIP.read() is None
    assert query == {}


def test_a_browser_may_still_answer_with_the_url_from_before(query: Query, clock: list[float]) -> None:
    """Just after a change the missing value is on its way, and comes back."""
    state.CLIP.write("1-100032-A-0")
    query.clear()
    clock[0] += ON_ITS_WAY - 0.01
    assert state.CLIP.read() == "1-100032-A-0"
    assert query == {"clip": "1-100032-A-0"}


def test_a_bound_parameter_is_written_through_its_widget(query: Query) -> None:
    """The widget owns the URL; a filter that is removed lets all clips pass."""
    state.VIEW.write("table")
    assert st.session_state["view"] == "table"
    assert query == {}
    state.VIEW.write(None)
    state.GROUP.write(None)
    assert (st.session_state["view"], st.session_state["group"]) == ("cards", [])


def _page() -> None:
    import streamlit as st

    from ui import state

    st.segmented_control(
        "x", state.RESULTS.allowed, required=True, default=state.RESULTS.default, **state.RESULTS.bind()
    )


@pytest.mark.parametrize(
    ("text", "view"),
    [
        ("The field", "Published results"),
        ("Published results", "Published results"),
        ("Nonsense", "The claims"),
        ("", "The claims"),
        ("x" * 5000, "The claims"),
    ],
)
def test_links_of_former_versions_open_what_they_meant(text: str, view: str) -> None:
    """A bound widget shows the view by its present name, and the default for a link that it does not know."""
    app = AppTest.from_function(_page)
    app.query_params["results"] = text
    app.run()
    assert not app.exception
    assert app.segmented_control(key="results").value == view


def _read() -> None:
    import streamlit as st

    from ui import state

    st.text(f"{state.CLIP.read()}|{state.SEED.read()}|{state.SOURCE.read()}")


def test_a_repeated_parameter_counts_once() -> None:
    """Of a name that stands in the URL twice, the last counts, as everywhere in Streamlit."""
    app = AppTest.from_function(_read)
    app.query_params["clip"] = ["a", "b"]
    app.query_params["seed"] = ["x", "5"]
    app.query_params["from"] = ["clip", "nowhere"]
    app.run()
    assert not app.exception
    assert app.text[0].value == "b|5|microphone"
