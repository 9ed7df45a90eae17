"""The URL's parameters: what is read from a link, what is kept for the session, and what a wrong link does: nothing."""

from __future__ import annotations

from typing import Any

import pytest
import streamlit as st
from hypothesis import example, given
from hypothesis import strategies as some
from streamlit.runtime.state.query_params import QueryParams
from streamlit.testing.v1 import AppTest

from ui import state
from ui.state import MAX_NUMBER, MAX_SEED, ON_ITS_WAY, UrlParameter

DECLARED = {name: value for name, value in vars(state).items() if isinstance(value, UrlParameter)}
UNBOUND = [parameter for parameter in DECLARED.values() if not parameter.bound]
BOUND = [parameter for parameter in DECLARED.values() if parameter.bound]

WRONG = {
    "empty": "",
    "blank": "   ",
    "unknown": "no such thing",
    "doubled": ["no such thing", "nor this"],
    "doubled and empty": ["", ""],
    "huge": "9" * 5000,
    "negative": "-1",
    "not ASCII": "٣",
    "long": "x" * 5000,
    "markup": "<b>&=#?\x00",
}
"""Values that no link of ours has, by what is wrong with them."""

FIGURE = UrlParameter[int](name="figure", default=7, most=1000)
WORD = UrlParameter[str](name="word", default="red", allowed=("red", "blue"), former={"azure": "blue"})
FREE = UrlParameter[str | None](name="free", default=None)


class Visit:
    """A browser's tab on the pages: its URL, its session, and a clock that the test winds."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.url, self.session, self.now = QueryParams(), dict[str, Any](), 1000.0
        patch.setattr(st, "query_params", self.url)
        patch.setattr(st, "session_state", self.session)
        patch.setattr(state.time, "monotonic", lambda: self.now)
        state.enter("explore")

    def open(self, **parameters: str | list[str]) -> None:
        """Let the browser have a URL with these parameters only."""
        self.url.clear_with_no_forward_msg()
        for name, value in parameters.items():
            self.url.set_with_no_forward_msg(name, value)


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Visit:
    """Open a tab without parameters."""
    return Visit(monkeypatch)


def is_allowed(parameter: UrlParameter[Any], value: object) -> bool:
    """Whether a parameter may have a value, by its declaration alone."""
    if value == parameter.default:
        return True
    if isinstance(parameter.default, int):
        return type(value) is int and 0 <= value <= parameter.most
    return value in parameter.allowed if parameter.allowed else isinstance(value, str)


# declarations


def test_every_name_is_unique() -> None:
    """No two parameters share a name, also in another case, and none has one that Streamlit takes."""
    names = [parameter.name.lower() for parameter in DECLARED.values()]
    assert len(names) == len(set(names)) >= 17
    assert not {"embed", "embed_options"} & set(names)


@pytest.mark.parametrize("parameter", DECLARED.values(), ids=DECLARED)
def test_a_declaration_agrees_with_itself(parameter: UrlParameter[Any]) -> None:
    """The default is allowed, no former value is one of today, and each leads to one of today."""
    if parameter.allowed:
        assert parameter.default is None or parameter.default in parameter.allowed
        assert set(parameter.former.values()) <= set(parameter.allowed)
        assert not set(parameter.former) & set(parameter.allowed)
    assert parameter.most <= MAX_NUMBER or parameter is state.SEED


# reading


def test_missing_is_the_default(visit: Visit) -> None:
    """Nothing is written to the URL for it."""
    assert (FIGURE.read(), WORD.read(), FREE.read()) == (7, "red", None)
    assert dict(visit.url) == {}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("12", 12), ("007", 7), ("1000", 1000), ("1001", 1000), ("9" * 5000, 1000),
        ("0" * 5000, 0), ("0" * 5000 + "5", 5), ("-1", 7), ("+1", 7), ("1.0", 7), ("1e2", 7), ("1_0", 7), (" 1", 7),
        ("", 7), (" ", 7), ("٣", 7), ("\uff13", 7), ("²", 7), ("0x1f", 7), ("nan", 7),
    ],
)  # fmt: skip
def test_whole_numbers(visit: Visit, text: str, value: int) -> None:
    """Only ASCII figures count; one too large is the largest, and anything else the default."""
    visit.open(figure=text)
    assert FIGURE.read() == value


def test_the_largest_seed(visit: Visit) -> None:
    """It is reached and not passed."""
    for text in (str(MAX_SEED), str(MAX_SEED + 1), "9" * 10):
        visit.open(seed=text)
        assert state.SEED.read() == MAX_SEED
    visit.open(seed=str(MAX_SEED - 1))
    assert state.SEED.read() == MAX_SEED - 1


def test_allowed_values(visit: Visit) -> None:
    """One that is not allowed is the default; case and blanks count."""
    for text, value in {"blue": "blue", "red": "red", "Blue": "red", "blue ": "red", "": "red"}.items():
        visit.open(word=text)
        assert WORD.read() == value


def test_a_former_value(visit: Visit) -> None:
    """A link of a former version means what it meant, also when it is kept for another page."""
    visit.open(word="azure")
    assert WORD.read() == WORD.kept() == "blue"


def test_the_last_of_repeated_keys_counts(visit: Visit) -> None:
    """As with Streamlit's own parameters."""
    visit.open(word=["red", "blue"], figure=["x", "3"], free=["a", ""])
    assert (WORD.read(), FIGURE.read(), FREE.read()) == ("blue", 3, "")


figures = some.one_of(
    some.integers().map(str),
    some.text("0123456789", min_size=1, max_size=5000),
    some.text(some.characters(categories=["Nd", "Nl", "No"]), min_size=1, max_size=20),
)
values = some.one_of(
    some.sampled_from([value for value in WRONG.values() if isinstance(value, str)]),
    some.sampled_from([str(value) for parameter in UNBOUND for value in parameter.allowed]),
    some.text(max_size=50),
    figures,
)


@given(value=values | some.lists(values, min_size=1, max_size=3))
@example(value=[])
def test_any_link_gives_an_allowed_value(value: str | list[str]) -> None:
    """Whatever stands in the URL, each parameter has an allowed value, the same at each reading and when kept."""
    with pytest.MonkeyPatch.context() as patch:
        visit = Visit(patch)
        visit.open(**{parameter.name: value for parameter in UNBOUND})
        for parameter in UNBOUND:
            first = parameter.read()
            assert is_allowed(parameter, first)
            assert parameter.read() == parameter.kept() == first


@given(number=some.integers(0, MAX_SEED))
def test_what_is_written_is_read(number: int) -> None:
    """A whole number comes back as it was, from the URL and on another page."""
    with pytest.MonkeyPatch.context() as patch:
        visit = Visit(patch)
        state.SEED.write(number)
        assert visit.url["seed"] == str(number)
        assert state.SEED.read() == number
        visit.open()
        state.enter("train")
        assert state.SEED.read() == number


# writing and keeping


def test_write_and_remove(visit: Visit) -> None:
    """It is set in the URL and for the session; None removes it from both."""
    WORD.write("blue")
    assert (dict(visit.url), WORD.read(), WORD.kept()) == ({"word": "blue"}, "blue", "blue")
    WORD.write(None)
    assert (dict(visit.url), WORD.read(), WORD.kept()) == ({}, "red", "red")
    WORD.write(None)
    assert dict(visit.url) == {}


def test_other_parameters_stay(visit: Visit) -> None:
    """Writing one leaves the rest of the URL alone."""
    visit.open(other=["a", "b"])
    WORD.write("blue")
    FIGURE.write(3)
    WORD.write(None)
    assert (visit.url.get_all("other"), visit.url["figure"]) == (["a", "b"], "3")


def test_kept_leaves_the_url_alone(visit: Visit) -> None:
    """What a link carried on one page is known on the next, which need not show it."""
    visit.open(word="blue")
    assert WORD.kept() == "red"
    WORD.read()
    visit.open()
    state.enter("train")
    assert WORD.kept() == "blue"
    assert dict(visit.url) == {}


def test_another_page_carries_it_on(visit: Visit) -> None:
    """Streamlit drops the parameters when the page is switched; reading puts them back, however long it took."""
    visit.open(free="1-100032-A-0")
    FREE.read()
    visit.now += 100 * ON_ITS_WAY
    visit.open()
    state.enter("train")
    assert FREE.read() == "1-100032-A-0"
    assert dict(visit.url) == {"free": "1-100032-A-0"}


def test_a_link_replaces_what_was_kept(visit: Visit) -> None:
    """The URL comes first."""
    FREE.write("a")
    visit.open(free="b")
    assert FREE.read() == FREE.kept() == "b"


def test_bound_ones_write_by_way_of_their_widget(visit: Visit) -> None:
    """The session gets the value, or the default for None; the URL is the widget's."""
    state.SHOW.write("All runs")
    state.CATEGORY.write("dog")
    assert visit.session["show"] == "All runs"
    assert visit.session["category"] == "dog"
    state.SHOW.write(None)
    state.CATEGORY.write(None)
    assert (visit.session["show"], visit.session["category"]) == ("Watch", None)
    assert dict(visit.url) == {}


# the browser's Back


@pytest.mark.parametrize(
    ("seconds", "value"), [(0.0, "a"), (0.9 * ON_ITS_WAY, "a"), (ON_ITS_WAY, "a"), (1.1 * ON_ITS_WAY, None)]
)
def test_back_takes_it_out(visit: Visit, seconds: float, value: str | None) -> None:
    """Long after it came, its absence is meant; just after, the browser has not heard of it yet, and it is restored."""
    FREE.write("a")
    visit.now += seconds
    visit.open()
    assert FREE.read() == FREE.kept() == value
    assert visit.url.get("free") == value
    assert FREE.read() == value


def test_back_from_a_link(visit: Visit) -> None:
    """One that came with a link is taken out as well, and does not come back on another page."""
    visit.open(free="a")
    assert FREE.read() == "a"
    visit.now += 2 * ON_ITS_WAY
    visit.open()
    assert FREE.read() is None
    state.enter("train")
    assert FREE.read() is None


def test_seconds_count_from_the_last_change(visit: Visit) -> None:
    """Reading does not wind the clock, a change does, and writing the same value is none."""
    FREE.write("a")
    visit.now += 0.8 * ON_ITS_WAY
    FREE.write("b")
    visit.now += 0.8 * ON_ITS_WAY
    visit.open()
    assert FREE.read() == "b"
    visit.now += 0.8 * ON_ITS_WAY
    FREE.read()
    FREE.write("b")
    visit.now += 0.8 * ON_ITS_WAY
    visit.open()
    assert FREE.read() is None


def test_the_same_page_again_is_no_switch(visit: Visit) -> None:
    """Entering the page that is open, as each run does, keeps what it has shown."""
    FREE.write("a")
    visit.now += 2 * ON_ITS_WAY
    state.enter("explore")
    visit.open()
    assert FREE.read() is None


# widgets


def bound_widgets() -> None:
    """Bind a widget to each parameter, as the pages do, and print what they return."""
    import streamlit as st

    from ui import state

    with st.container():
        st.pills("Group", ("animals", "nature"), selection_mode="multi", **state.GROUP.bind())
        st.selectbox("Category", ["dog", "rain"], index=None, **state.CATEGORY.bind())
        st.text_input("Search", **state.TEXT.bind())
        st.pills("Fold", (1, 2, 3, 4, 5), selection_mode="multi", **state.FOLD.bind())
        st.pills("Subset", state.SUBSET.allowed, **state.SUBSET.bind())
    for parameter in (state.VIEW, state.SHOW, state.RESULTS):
        st.segmented_control(
            parameter.name, parameter.allowed, default=parameter.default, required=True, **parameter.bind()
        )


def chosen(app: AppTest, name: str) -> Any:
    """Return the value of a widget by its key, which is the parameter's name."""
    return app.session_state[name]


@pytest.fixture
def app() -> AppTest:
    """Bind widgets to parameters, not run yet."""
    return AppTest.from_function(bound_widgets, default_timeout=60)


def test_every_bound_parameter_has_its_widget(app: AppTest) -> None:
    """Without a link each has its default."""
    app.run()
    assert not app.exception
    for parameter in BOUND:
        value = chosen(app, parameter.name)
        assert (tuple(value) if isinstance(value, list) else value) == parameter.default
    assert app.query_params == {}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_widgets_stand_wrong_links(app: AppTest, wrong: str | list[str]) -> None:
    """Each has the default, an option, or nothing chosen, and no exception; the search takes any text."""
    for parameter in BOUND:
        app.query_params[parameter.name] = wrong
    app.run()
    assert not app.exception
    assert set(chosen(app, "group")) == set()
    assert set(chosen(app, "fold")) <= {1, 2, 3, 4, 5}
    assert chosen(app, "category") is None
    assert isinstance(chosen(app, "search"), str)
    for parameter in (state.SUBSET, state.VIEW, state.SHOW, state.RESULTS):
        assert chosen(app, parameter.name) in (None, parameter.default)


def test_former_link_to_published_results(app: AppTest) -> None:
    """The view was called otherwise once; a link from then opens it, also in a tab that shows another view."""
    app.query_params["results"] = "The field"
    app.run()
    assert chosen(app, "results") == "Published results"
    app.query_params.clear()
    app.session_state["results"] = "The claims"
    app.run()
    assert chosen(app, "results") == "The claims"
    app.query_params["results"] = "The field"
    app.run()
    assert not app.exception
    assert chosen(app, "results") == "Published results"


def test_a_link_sets_the_widgets(app: AppTest) -> None:
    """Each parameter of a link is what its widget has."""
    link = {"group": ["animals", "nature"], "category": "rain", "search": "dog 1", "fold": ["2", "5"], "view": "table"}
    app.query_params.update(link, subset="ESC-10", show="All runs")
    app.run()
    assert [chosen(app, name) for name in link] == [["animals", "nature"], "rain", "dog 1", [2, 5], "table"]
    assert (chosen(app, "subset"), chosen(app, "show")) == ("ESC-10", "All runs")


# entry


def test_a_page_alone_starts_again(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that did not come through app.py starts the run again; one that did goes on."""
    runs: list[str] = []
    monkeypatch.setattr(st, "rerun", lambda: runs.append("again"))
    monkeypatch.setattr(state.PagesManager, "uses_pages_directory", True)
    state.require_entry()
    assert (runs, state.PagesManager.uses_pages_directory) == ([], True)
    visit.session.clear()
    state.require_entry()
    assert (runs, state.PagesManager.uses_pages_directory) == (["again"], False)
