"""The pages in classroom mode, with the teacher's key and without: what is offered, and what a vote shows."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from esc_core.dataset import own
from esc_core.training.presets import PRESETS
from esc_core.training.process import control
from esc_core.training.runs.run import Run
from esc_core.words import readable
from tests.browser.serve import ROOT
from tests.small_finished_run import write_run
from tests.small_runs import TINY, write_tones
from ui.classroom import rights, switch, teacher
from ui.classroom.certificate import own_certificate
from ui.classroom.question import poll
from ui.classroom.rights import RightsError
from ui.literal import literal

SECONDS = 120  # AppTest's limit, on a busy machine


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the data once for all tests."""
    return write_tones(tmp_path_factory.mktemp("data") / "tones")


@pytest.fixture
def in_class(tones: Path, monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """Open a class on the tones; whoever opens a page is a pupil. The runs that are started are collected."""
    runs: list[Run] = []
    monkeypatch.setattr(control, "start_worker", runs.append)
    monkeypatch.setenv("ESC_CLASSROOM", "1")
    monkeypatch.setenv("ESC_GIVE_WAY", "1")
    monkeypatch.setenv("ESC50_DIR", str(tones))
    monkeypatch.setattr(rights, "_cookie", lambda: None)
    monkeypatch.setattr("ui.classroom.question._browser", lambda: None)  # without a server there are no cookies
    teacher.new_key()
    return runs


def as_teacher(monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = teacher.new_cookie()
    monkeypatch.setattr(rights, "_cookie", lambda: cookie)


def opened(page: str, **parameters: str) -> AppTest:
    """Open a page by a link, in a session of its own."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS).run()
    app.switch_page(f"pages/{page}.py")
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def labels(app: AppTest) -> set[str]:
    return {one.label for one in app.button}


def texts(elements) -> str:
    return "\n".join(element.value for element in elements)


CHANGES = {"Stop the run", "Delete", "Use in Classify", "Start", "Start the lesson", "Rename", "Resume"}


def test_a_pupil_watches_and_replays_but_starts_nothing(in_class: list[Run], tones: Path) -> None:
    """No view of Train has a button that changes anything; the teacher's are there with the key."""
    waiting = write_run(TINY, tones, state="stopped", name="blue fox")
    for show in ("Watch", "Set it up", "All runs", "Lesson: the leak"):
        app = opened("train", show=show, run=waiting.id)
        assert labels(app) & (CHANGES | {preset.title for preset in PRESETS.values()}) == set(), show
        assert "Your teacher starts the training runs." in texts(app.info)
    assert in_class == []
    assert "blue fox" in texts(opened("train", show="Watch").markdown)


def test_the_teacher_starts_runs(in_class: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    as_teacher(monkeypatch)
    app = opened("train")
    first = next(iter(PRESETS.values())).title
    next(one for one in app.button if one.label == first).click().run()
    assert [run.about["preset"] for run in in_class] == ["one-minute"]
    shown = labels(app)
    assert {"Stop the run", "Delete"} <= shown
    said = texts([*app.caption, *app.markdown])
    assert "Training gives way" in said


def test_the_teacher_clears_the_queue(in_class: list[Run], tones: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pupil sees no such button; the teacher's press asks the waiting run to stop."""
    run = control.submit(TINY, tones)
    offered = "Clear the queue (1 run waits)"
    assert offered not in labels(opened("train", show="All runs"))
    as_teacher(monkeypatch)
    app = opened("train", show="All runs")
    next(one for one in app.button if one.label == offered).click().run()
    assert not app.exception
    assert run.stop_file.exists()


def test_a_key_that_ends_meanwhile_is_refused_in_a_sentence(
    in_class: list[Run], tones: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that was open still has the button; pressing it does nothing but say so."""
    control.submit(TINY, tones)
    as_teacher(monkeypatch)
    app = opened("train")
    before = len(in_class)
    first = next(iter(PRESETS.values())).title
    press = next(one for one in app.button if one.label == first)
    monkeypatch.setattr(rights, "_cookie", lambda: None)
    press.click().run()
    assert not app.exception
    assert len(in_class) == before
    assert "Only the teacher can start or resume training runs." in texts(app.error)


def test_only_the_teacher_chooses_the_data(in_class: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ESC50_DIR")
    app = opened("explore")
    app.button(key="data_chip").click().run()
    assert "Your teacher chooses the data." in texts(app.info)
    assert not app.text_input or "A folder with ESC-50" not in {one.label for one in app.text_input}
    as_teacher(monkeypatch)
    app = opened("explore")
    app.button(key="data_chip").click().run()
    assert "A folder with ESC-50" in {one.label for one in app.text_input}


def test_the_projector_shows_how_to_get_in(in_class: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    """Address, QR code and fingerprint, for everybody; no control without the key."""
    monkeypatch.setenv("ESC_NAMES", "10.1.2.3")
    made = own_certificate(["10.1.2.3"])
    app = opened("projector")
    assert f"**{literal('https://10.1.2.3:8501')}**" in texts(app.markdown)
    assert app.code[0].value.split("\n")[1:] == [made.fingerprint[:48], made.fingerprint[48:]]
    assert labels(app) & {"Ask a question", "Set the limits"} == set()
    assert "address has changed since the app was started" in texts(app.warning)
    monkeypatch.setattr(
        st, "get_option", lambda name, real=st.get_option: ["10.1.2.3"] if "Hosts" in name else real(name)
    )
    assert not opened("projector").warning
    monkeypatch.setenv("ESC_HTTPS", "proxy")
    monkeypatch.setenv("ESC_NAMES", "lab.example")
    assert not opened("projector").code, "the proxy's certificate is signed by an authority"


def test_the_teacher_lowers_the_limits_of_own_sounds(in_class: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    as_teacher(monkeypatch)
    app = opened("projector")
    app.number_input(key="class:max_sets").set_value(30)
    app.number_input(key="class:max_samples").set_value(100)
    next(one for one in app.button if one.label == "Set the limits").click().run()
    assert not app.exception
    limits = own.limits_here()
    assert (limits.max_sets, limits.max_samples) == (30, 100)


QUESTION = "Question for the class"


def test_the_class_votes(in_class: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    """A teacher and two pupils, each in a session: question, answers, bell. Before the bell nobody sees the answer."""
    first, second = opened("vote"), opened("vote")
    assert "There is no question yet." in texts(first.info)
    as_teacher(monkeypatch)
    projector = opened("projector", projector=QUESTION)
    projector.button(key="class:ask").click().run()
    assert not projector.exception
    standing = poll().standing()
    assert standing is not None
    right = standing.question.category
    wrong = next(choice for choice in standing.question.choices if choice != right)
    monkeypatch.setattr(rights, "_cookie", lambda: None)
    for app, choice in ((first, wrong), (first, right), (second, wrong)):
        app.run()
        assert "It is" not in texts(app.markdown)
        press(app, readable(choice))
    assert f"Your answer is {readable(right)}." in texts(first.caption)
    standing = poll().standing()
    assert standing is not None
    assert {choice: n for choice, n in standing.counts.items() if n} == {right: 1, wrong: 1}
    as_teacher(monkeypatch)
    projector.run()
    assert "**2 answers** so far" in texts(projector.markdown)
    assert f"It is {readable(right)}" not in texts(projector.markdown)
    projector.button(key="class:ring").click().run()
    assert not projector.exception
    monkeypatch.setattr(rights, "_cookie", lambda: None)
    for app, mine in ((first, right), (second, wrong)):
        said = texts(app.run().markdown)
        assert f"Your answer was **{readable(mine)}**." in said
        assert f"**It is {readable(right)}.** 1 of 2 answers is correct (50%)." in said.replace(
            "are correct", "is correct"
        )
    assert f"**It is {readable(right)}.**" in texts(projector.markdown)


def test_a_late_answer_is_refused_in_a_sentence(in_class: list[Run]) -> None:
    """The bell rings while a phone still shows the buttons."""
    question = poll().ask("1-1-A-0", "dog", ("dog", "rain"))
    app = opened("vote")
    button = next(one for one in app.button if one.label == "dog")
    poll().ring(remarks=("The model says dog.",))
    button.click().run()
    assert not app.exception
    assert "this question is over" in texts(app.error)
    standing = poll().standing()
    assert standing is not None
    assert standing.question == question
    assert standing.n_answers == 0
    assert "The model says dog." in texts(app.markdown)


@pytest.mark.parametrize("classroom", ["0", "1"])
def test_only_a_class_has_these_pages(classroom: str, in_class: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESC_CLASSROOM", classroom)
    offered: list[str] = []
    navigation = st.navigation

    def noted(pages, **options):
        offered[:] = [page.title for page in pages]
        return navigation(pages, **options)

    monkeypatch.setattr(st, "navigation", noted)
    AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS).run()
    assert offered[0] == "Explore"
    assert [title for title in offered if title in ("Vote", "Projector")] == (
        ["Vote", "Projector"] if classroom == "1" else []
    )


def test_in_a_class_nobody_sees_the_sets_of_others(in_class: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even who seems to be at this computer, as everybody does behind a proxy that does not say that it is one."""
    monkeypatch.setattr("ui.loaders.visitor.is_local", lambda address: True)
    own.create("a diary in sounds")
    assert "a diary in sounds" not in str(opened("own"))
    monkeypatch.setenv("ESC_CLASSROOM", "0")
    assert any("a diary in sounds" in str(box.options) for box in opened("own").selectbox)


class FakeServer:
    """A second server that is no process."""

    def __init__(self) -> None:
        self.ended: int | None = None

    def poll(self) -> int | None:
        return self.ended

    def terminate(self) -> None:
        self.ended = 0

    kill = terminate

    def wait(self, timeout: float | None = None) -> int:
        return 0


def test_the_app_is_opened_and_closed_by_a_press(tones: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On About, by a person at this computer: the key is shown with the first opening only; closing ends the server."""
    started: list[tuple[FakeServer, dict[str, str]]] = []

    def start_child(module: str, **options) -> FakeServer:
        assert module == "ui.classroom"
        started.append((FakeServer(), options["variables"]))
        return started[-1][0]

    monkeypatch.setenv("ESC50_DIR", str(tones))
    monkeypatch.setenv("ESC_ADDRESS", "127.0.0.1")
    monkeypatch.setattr("ui.classroom.switch.start_child", start_child)
    monkeypatch.setattr("ui.classroom.rights.on_this_computer", lambda: False)
    assert "Only a person at the computer on which the app runs" in texts(opened("about", about="For a class").info)
    with pytest.raises(RightsError, match="only a person at the computer on which the app runs can open the app"):
        switch.open_app()
    monkeypatch.setattr("ui.classroom.rights.on_this_computer", lambda: True)
    app = opened("about", about="For a class")
    app.button(key="class:open").click().run()
    assert not app.exception
    fingerprint, key = (code.value for code in app.code)
    assert teacher.is_key(key)
    assert fingerprint == own_certificate(["127.0.0.1"]).fingerprint
    port = started[0][1]["ESC_PORT"]
    assert literal(f"https://127.0.0.1:{port}") in texts(app.markdown)
    app.button(key="class:close").click().run()
    assert started[0][0].ended == 0
    app.button(key="class:open").click().run()
    assert [code.value for code in app.code] == [fingerprint]
    assert len(started) == 2
    started[1][0].ended = 1
    assert "could not be opened" in texts(app.run().error)


def press(app: AppTest, label: str) -> None:
    next(one for one in app.button if one.label == label).click().run()
    assert not app.exception
