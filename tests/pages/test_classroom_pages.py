"""The pages in classroom mode, with the teacher's key and without: what is offered, and what a vote shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from esc_core.training import control
from esc_core.training.presets import PRESETS
from esc_core.training.runs.run import Run
from tests.browser.serve import ROOT
from tests.small_finished_run import write_run
from tests.small_runs import TINY, write_tones
from ui.classroom import rights, teacher

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
    monkeypatch.setattr("ui.train.start._measure", lambda config, dataset: False)
    monkeypatch.setenv("ESC_CLASSROOM", "1")
    monkeypatch.setenv("ESC_GIVE_WAY", "1")
    monkeypatch.setenv("ESC50_DIR", str(tones))
    monkeypatch.setattr(rights, "_cookie", lambda: None)
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
