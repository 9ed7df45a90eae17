"""The URL state: whatever a link holds, a parameter has an allowed value or its default, and Back is Back."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.runtime.state.query_params import QueryParams
from streamlit.testing.v1 import AppTest, local_script_runner

from esc_core.dataset.categories import CATEGORIES
from ui import state
from ui.state import ON_ITS_WAY, UrlParameter

PARAMETERS = {name: value for name, value in vars(state).items() if isinstance(value, UrlParameter)}
READ = [parameter for parameter in PARAMETERS.values() if not parameter.bound]
BOUND = [parameter for parameter in PARAMETERS.values() if parameter.bound]
NUMBERS = [parameter for parameter in READ if isinstance(parameter.default, int)]
CHOICES = [parameter for parameter in READ if parameter.allowed]

DOUBLED = [["x", "y"], ["1", "2"], ["", ""], ["3", ""], ["", "animals"], ["The field", "x"], ["x", "The field"]]
WRONG = ["", " ", "\t\n", "0", "-1", "1.5", "1e3", "+1", "1_0", "٣", "²", "9" * 5000, "-" + "9" * 5000, "x" * 5000]
WRONG += ["\0", "\N{REPLACEMENT CHARACTER}", "<b>", "💥", "None", "null", "[]", "nan"]

by_name = pytest.mark.parametrize("parameter", READ, ids=lambda parameter: parameter.name)


class Browser:
    """A session on a page, its URL, and a clock."""

    def __init__(self) -> None:
        self.query_params = QueryParams()
        self.session_state: dict[str, Any] = {}
        self.now = 0.0

    def open(self, **parameters: str | list[str]) -> None:
        """Open a link in this session."""
        self.query_params.populate_from_query_string(urlencode(parameters, doseq=True))

    def monotonic(self) -> float:
        """Return the time, in seconds."""
        return self.now


@contextmanager
def opened(**parameters: str | list[str]) -> Iterator[Browser]:
    """Let `ui.state` see a new session that was opened by a link."""
    browser = Browser()
    browser.open(**parameters)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "st", browser)
        patch.setattr(state, "time", browser)
        yield browser


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Open a link without parameters."""
    with opened() as browser:
        yield browser


def is_allowed(parameter: UrlParameter, value: object) -> bool:
    """Tell whether a value is one that a page may meet."""
    if value == parameter.default and type(value) is type(parameter.default):
        return True
    if isinstance(parameter.default, int):
        return type(value) is int and 0 <= value <= parameter.most
    return isinstance(value, str) and (not parameter.allowed or value in parameter.allowed)


def test_names() -> None:
    """Each parameter has a name of its own, which needs no quoting in a URL."""
    names = [parameter.name for parameter in PARAMETERS.values()]
    assert len(names) > 10
    assert len(set(names)) == len(names)
    assert all(name.isascii() and name.islower() and name.isalpha() for name in names)
    assert not {"embed", "embed_options"} & set(names)  # Streamlit's own


@pytest.mark.parametrize("parameter", PARAMETERS.values(), ids=lambda parameter: parameter.name)
def test_declarations(parameter: UrlParameter) -> None:
    """A default is allowed, and former values lead to allowed ones and are none themselves."""
    if parameter.allowed:
        assert parameter.default is None or parameter.default in parameter.allowed
        assert set(parameter.former.values()) <= set(parameter.allowed)
    assert not set(parameter.former) & set(parameter.allowed)


@by_name
@pytest.mark.parametrize("value", [*WRONG, *DOUBLED], ids=lambda value: repr(value)[:12])
def test_wrong_values(parameter: UrlParameter, value: str | list[str]) -> None:
    """Whatever stands in the URL, the page meets an allowed value, twice the same, and in the session as well."""
    with opened(**{parameter.name: value}):
        first = parameter.read()
        assert is_allowed(parameter, first)
        assert (parameter.read(), parameter.kept()) == (first, first)


@by_name
@pytest.mark.parametrize("value", ["", " ", "\t\n", "\0", ["", " "]], ids=repr)
def test_a_blank_value_says_nothing(parameter: UrlParameter, value: str | list[str]) -> None:
    """`?run=` is the same as no parameter: no warning about a run without a name."""
    with opened(**{parameter.name: value}) as browser:
        assert parameter.read() == parameter.default
        assert parameter.name not in browser.query_params


@by_name
@given(values=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=3))
def test_any_values(parameter: UrlParameter, values: list[str]) -> None:
    """The same for any text, once or several times."""
    with opened(**{parameter.name: values}):
        first = parameter.read()
        assert is_allowed(parameter, first)
        assert (parameter.read(), parameter.kept()) == (first, first)


@by_name
def test_missing(parameter: UrlParameter, browser: Browser) -> None:
    """Without a value there is the default, and nothing appears in the URL."""
    assert parameter.read() == parameter.kept() == parameter.default
    assert dict(browser.query_params) == {}


@pytest.mark.parametrize("parameter", NUMBERS, ids=lambda parameter: parameter.name)
@given(figures=st.text("0123456789", min_size=1, max_size=20), zeros=st.integers(0, 5000))
@example(figures="1" + "0" * 5000, zeros=0)
def test_whole_numbers(parameter: UrlParameter[int], figures: str, zeros: int) -> None:
    """A number is read as it is up to the largest, however many digits it has and however many zeros come first."""
    expected = parameter.most if len(figures) > 20 else min(int(figures), parameter.most)
    with opened(**{parameter.name: "0" * zeros + figures}):
        assert parameter.read() == expected


@pytest.mark.parametrize("parameter", NUMBERS, ids=lambda parameter: parameter.name)
@pytest.mark.parametrize("above", [-1, 0, 1])
def test_the_largest_whole_number(parameter: UrlParameter[int], above: int) -> None:
    """The largest is itself allowed, and the one above counts as the largest."""
    with opened(**{parameter.name: str(parameter.most + above)}):
        assert parameter.read() == parameter.most + min(above, 0)


@pytest.mark.parametrize("parameter", NUMBERS, ids=lambda parameter: parameter.name)
@pytest.mark.parametrize("text", ["-1", "-" + "9" * 5000, "٣", "³", "1.0", "1e3", "+1", " 1", "1_000", "0x1", ""])
def test_no_whole_number(parameter: UrlParameter[int], text: str) -> None:
    """Only ASCII digits are a whole number; anything else is the default, also where Python would read a number."""
    with opened(**{parameter.name: text}):
        assert parameter.read() == parameter.default


@pytest.mark.parametrize("parameter", CHOICES, ids=lambda parameter: parameter.name)
def test_choices(parameter: UrlParameter[str]) -> None:
    """Each allowed value is read; one that is written otherwise is the default."""
    for value in parameter.allowed:
        with opened(**{parameter.name: value}):
            assert parameter.read() == value
        with opened(**{parameter.name: value.upper()}):
            assert parameter.read() == parameter.default


def test_of_a_doubled_one_the_last_counts() -> None:
    """As for Streamlit's own widgets."""
    with opened(**{state.SEED.name: ["3", "7"]}):
        assert state.SEED.read() == 7
    with opened(**{state.SOURCE.name: ["files", "nothing"]}):
        assert state.SOURCE.read() == state.SOURCE.default


def test_former_values() -> None:
    """A former link's value is read as what it is called now; any other is wrong as ever."""
    former = {"azure": "blue", "pink": "red"}
    tone = UrlParameter[str](name="tone", default="red", allowed=("red", "blue"), former=former)
    for text, value in {"azure": "blue", "pink": "red", "blue": "blue", "green": "red"}.items():
        with opened(tone=text):
            assert tone.read() == value


def test_write(browser: Browser) -> None:
    """A value that was written stands in the URL and is read; None removes it from both."""
    state.SEED.write(12)
    state.CLIP.write("1-100032-A-0")
    assert dict(browser.query_params) == {"seed": "12", "clip": "1-100032-A-0"}
    assert (state.SEED.read(), state.CLIP.read()) == (12, "1-100032-A-0")
    state.SEED.write(None)
    assert dict(browser.query_params) == {"clip": "1-100032-A-0"}
    assert state.SEED.read() == state.SEED.kept() == state.SEED.default
    state.SEED.write(None)  # as often as one likes
    assert state.CLIP.kept() == "1-100032-A-0"


def test_the_next_page_carries_it(browser: Browser) -> None:
    """A page switch drops the parameters; what was read or written is back in the URL, at any time."""
    state.enter("")
    browser.open(clip="1-100032-A-0")
    assert state.CLIP.read() == "1-100032-A-0"
    state.SEED.write(4)
    browser.now += 100 * ON_ITS_WAY
    browser.open()
    state.enter("augment")
    assert (state.CLIP.read(), state.SEED.read()) == ("1-100032-A-0", 4)
    assert dict(browser.query_params) == {"clip": "1-100032-A-0", "seed": "4"}


def test_the_url_wins_over_the_session(browser: Browser) -> None:
    """A link that is opened in a session counts, and is what the session then keeps."""
    state.SEED.write(4)
    browser.open(seed="9")
    assert state.SEED.read() == state.SEED.kept() == 9


def test_kept_leaves_the_url_alone(browser: Browser) -> None:
    """A page may ask for another page's parameter without putting it into its own URL."""
    state.CHAIN.write("[]")
    browser.open()
    assert state.CHAIN.kept() == "[]"
    assert dict(browser.query_params) == {}


@pytest.mark.parametrize(("seconds", "back"), [(0.5, False), (1.0, False), (1.001, True), (3600, True)])
def test_back(browser: Browser, seconds: float, back: bool) -> None:
    """A parameter that vanishes was taken back, unless the browser may not yet have known of it."""
    state.enter("")
    state.PAGE.write(2)
    browser.now += seconds * ON_ITS_WAY
    browser.open()
    assert state.PAGE.read() == (1 if back else 2)
    assert dict(browser.query_params) == ({} if back else {"page": "2"})
    browser.now += ON_ITS_WAY / 2
    browser.open()
    assert state.PAGE.read() == (1 if back else 2)  # it stays so


def test_back_of_a_link(browser: Browser) -> None:
    """The same for a parameter that came with the link: its first reading counts, not its last."""
    state.enter("")
    browser.open(page="2")
    for _ in range(4):
        assert state.PAGE.read() == 2
        browser.now += ON_ITS_WAY / 2
    browser.open()
    assert state.PAGE.read() == 1


def test_back_to_another_value(browser: Browser) -> None:
    """From page 3 back to 2 and back to none: each is what the URL says."""
    state.enter("")
    for number in (2, 3):
        state.PAGE.write(number)
        browser.now += 2 * ON_ITS_WAY
    browser.open(page="2")
    assert state.PAGE.read() == 2
    browser.now += 2 * ON_ITS_WAY
    browser.open()
    assert state.PAGE.read() == state.PAGE.kept() == 1


def test_a_written_value_is_on_its_way_again(browser: Browser) -> None:
    """A second change, long after the first, has its own second in which the browser may not know of it."""
    state.enter("")
    state.PAGE.write(2)
    browser.now += 5 * ON_ITS_WAY
    state.PAGE.write(3)
    browser.now += 0.5 * ON_ITS_WAY
    browser.open()
    assert state.PAGE.read() == 3


def test_a_removed_value_that_comes_again_is_on_its_way_again(browser: Browser) -> None:
    """Of a value that a page removed nothing is remembered, not even when it was there."""
    state.enter("")
    state.PAGE.write(2)
    browser.now += 5 * ON_ITS_WAY
    state.PAGE.write(None)
    browser.open(page="2")
    assert state.PAGE.read() == 2
    browser.now += 0.5 * ON_ITS_WAY
    browser.open()
    assert state.PAGE.read() == 2


def test_entering_the_same_page_again_forgets_nothing(browser: Browser) -> None:
    """Each run of a page enters it; only another page begins anew."""
    state.enter("")
    state.PAGE.write(2)
    browser.now += 2 * ON_ITS_WAY
    browser.open()
    state.enter("")
    assert state.PAGE.read() == 1


def test_entry_is_required(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that was opened alone starts again as one of the navigation; after app.py it goes on."""

    def rerun() -> None:
        raise InterruptedError

    monkeypatch.setattr(browser, "rerun", rerun, raising=False)
    monkeypatch.setattr(PagesManager, "uses_pages_directory", True)
    with pytest.raises(InterruptedError):
        state.require_entry()
    assert PagesManager.uses_pages_directory is False
    state.enter("")
    state.require_entry()


def all_widgets() -> None:
    """Show a widget per bound parameter, of the kind that the pages have, and note their values."""
    import streamlit as st

    from esc_core.dataset import GROUPS
    from esc_core.dataset.categories import CATEGORIES
    from ui import state

    st.session_state["values"] = {
        state.GROUP.name: st.pills("Group", GROUPS, selection_mode="multi", **state.GROUP.bind()),
        state.CATEGORY.name: st.selectbox("Category", CATEGORIES, index=None, **state.CATEGORY.bind()),
        state.TEXT.name: st.text_input("Search", **state.TEXT.bind()),
        state.FOLD.name: st.pills("Fold", (1, 2, 3, 4, 5), selection_mode="multi", **state.FOLD.bind()),
        state.SUBSET.name: st.pills("Subset", state.SUBSET.allowed, **state.SUBSET.bind()),
        **{
            parameter.name: st.segmented_control(
                parameter.name, parameter.allowed, default=parameter.default, required=True, **parameter.bind()
            )
            for parameter in (
                state.VIEW,
                state.COLOUR,
                state.SHOW,
                state.RESULTS,
                state.STEP,
                state.ABOUT,
                state.PROJECTOR,
                state.MAKE,
            )
        },
        **{
            parameter.name: st.multiselect(parameter.name, ["dog", "church bells"], **parameter.bind())
            for parameter in (state.LISTEN, state.ALARM)
        },
        state.SURE.name: st.slider("Sure above", 5, 99, 62, **state.SURE.bind()),
        **{
            parameter.name: st.slider(parameter.name, 0.0, 3.0, parameter.default, 0.1, **parameter.bind())
            for parameter in (state.SMOOTH, state.AFTER)
        },
        **{parameter.name: st.toggle(parameter.name, **parameter.bind()) for parameter in (state.LARGE, state.BEEP)},
    }


ITEMS: dict[str, Callable[[object], bool]] = {
    state.GROUP.name: lambda value: set(value) <= {"animals", "nature", "human", "interior", "urban"},
    state.CATEGORY.name: lambda value: value is None or value in CATEGORIES,
    state.TEXT.name: lambda value: isinstance(value, str),
    state.FOLD.name: lambda value: set(value) <= {1, 2, 3, 4, 5},
    state.SUBSET.name: lambda value: value is None or value in state.SUBSET.allowed,
    **{p.name: lambda value, p=p: value in p.allowed for p in BOUND if p.allowed and p != state.SUBSET},
    **{p.name: lambda value: set(value) <= {"dog", "church bells"} for p in (state.LISTEN, state.ALARM)},
    state.SURE.name: lambda value: 5 <= value <= 99,
    **{p.name: lambda value: 0 <= value <= 3 for p in (state.SMOOTH, state.AFTER)},
    **{p.name: lambda value: isinstance(value, bool) for p in (state.LARGE, state.BEEP)},
}
"""Name of a bound parameter → whether its widget may have a value."""


def follow(app: AppTest, **parameters: str | list[str]) -> dict[str, Any]:
    """Open a link with these parameters and return the widgets' values."""
    for name in list(app.query_params):
        del app.query_params[name]
    app.query_params.update(parameters)
    app.run()
    assert not app.exception
    return app.session_state["values"]


@pytest.fixture
def app() -> AppTest:
    """Make a page with all widgets that are bound; not yet run."""
    return AppTest.from_function(all_widgets, default_timeout=60)


def test_bound_parameters_without_values(app: AppTest) -> None:
    """Each widget has its parameter's default, or nothing selected."""
    values = follow(app)
    assert set(values) == set(ITEMS) == {parameter.name for parameter in BOUND}
    assert values.pop(state.SURE.name) == 62  # the model's own
    for parameter in BOUND:
        if parameter is not state.SURE:
            assert values[parameter.name] == (list(parameter.default) if parameter.default == () else parameter.default)


@pytest.mark.parametrize("value", [*WRONG, *DOUBLED], ids=lambda value: repr(value)[:12])
def test_wrong_values_of_bound_parameters(app: AppTest, value: str | list[str]) -> None:
    """Whatever stands in the URL, each widget has one of its own values."""
    values = follow(app, **{parameter.name: value for parameter in BOUND})
    assert {name: values[name] for name in ITEMS if not ITEMS[name](values[name])} == {}


def test_of_repeated_values_the_good_ones_count(app: AppTest) -> None:
    """A wrong or an empty one among them takes nothing away."""
    values = follow(app, fold=["3", "9", ""], group=["", "animals", "x"])
    assert (values["fold"], values["group"]) == ([3], ["animals"])


@settings(max_examples=25)
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=len(BOUND), max_size=len(BOUND)))
def test_any_values_of_bound_parameters(texts: list[str]) -> None:
    """The same for any texts."""
    app = AppTest.from_function(all_widgets, default_timeout=60)
    values = follow(app, **{parameter.name: text for parameter, text in zip(BOUND, texts, strict=True)})
    assert {name: values[name] for name in ITEMS if not ITEMS[name](values[name])} == {}


def test_a_link_sets_bound_parameters(app: AppTest) -> None:
    """A link's values are the widgets', repeated ones all of them, and stay in the URL."""
    link = {"group": ["animals", "human"], "fold": ["1", "5"], "category": "dog", "search": "a b", "subset": "ESC-10"}
    link |= {"view": "guess first", "show": "All runs", "results": "Score your own", "step": "Learn"}
    link |= {"listen": "dog", "alarm": ["dog", "church bells"], "sure": "80", "smooth": "1.5", "after": "2.5"}
    link |= {"large": "true", "beep": "true", "about": "Packages", "make": "Walk", "colour": "cluster"}
    link |= {"projector": "Question for the class"}
    values = follow(app, **link)
    live = {"listen": ["dog"], "sure": 80, "smooth": 1.5, "after": 2.5, "large": True, "beep": True}
    assert values == {**link, "fold": [1, 5], **live}
    assert app.query_params == link


@pytest.mark.parametrize("parameter", [p for p in BOUND if p.former], ids=lambda parameter: parameter.name)
def test_former_links_of_bound_parameters(parameter: UrlParameter[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A former value opens what it is called now: in a new session, in the same one again, and by Back."""
    for text, value in parameter.former.items():
        app = AppTest.from_function(all_widgets, default_timeout=60)
        assert follow(app, **{parameter.name: text})[parameter.name] == value
        assert app.query_params == {parameter.name: value}
        assert follow(app, **{parameter.name: text})[parameter.name] == value
        other = next(allowed for allowed in parameter.allowed if allowed not in (value, parameter.default))
        with monkeypatch.context() as patch:
            patch.setattr(local_script_runner, "RerunData", functools.partial(RerunData, is_history_navigation=True))
            assert follow(app, **{parameter.name: other})[parameter.name] == other
            assert follow(app, **{parameter.name: text})[parameter.name] == value
            assert app.query_params == {parameter.name: value}


def test_the_field_is_called_published_results_now(app: AppTest) -> None:
    """A link to the view by its first name is in use; it is not to end at the page's first view."""
    assert follow(app, results="The field")["results"] == "Published results"


def test_a_bound_parameter_is_written_by_way_of_its_widget(browser: Browser) -> None:
    """Streamlit lets nobody else write it: the session's value is set, which the widget takes; None is the default."""
    state.VIEW.write("table")
    assert browser.session_state == {"view": "table"}
    state.GROUP.write(("animals",))
    state.VIEW.write(None)
    state.GROUP.write(None)
    assert browser.session_state == {"view": "cards", "group": []}  # as the widget has it
    assert dict(browser.query_params) == {}


def writes() -> None:
    """Write a bound parameter at a press, and show its widget."""
    import streamlit as st

    from ui import state

    st.button("table", on_click=state.VIEW.write, args=("table",))
    st.button("none", on_click=state.VIEW.write, args=(None,))
    view = st.segmented_control("View", state.VIEW.allowed, default="cards", required=True, **state.VIEW.bind())
    st.text(view)


def test_a_widget_follows_what_is_written() -> None:
    """The widget shows the value, and puts it into the URL; the default stands in no URL."""
    app = AppTest.from_function(writes, default_timeout=60)
    app.run()
    for label, value, url in (("table", "table", {"view": "table"}), ("none", "cards", {})):
        next(button for button in app.button if button.label == label).click().run()
        assert not app.exception
        assert app.text[0].value == value
        assert app.query_params == url


def test_binding_changes_no_other_value() -> None:
    """A good value stays in the URL as it is, and the widget gets its key."""
    with opened(view="table") as browser:
        assert state.VIEW.bind() == {"key": "view", "bind": "query-params"}
        assert dict(browser.query_params) == {"view": "table"}
