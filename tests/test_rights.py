"""Who may do what: each action asks when it is done, and no page does it in another way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from esc_core.config import TrainConfig, esc_home
from esc_core.training.runs.run import Run
from tests.test_layout import modules
from ui.classroom import data, question, rights, runs, teacher
from ui.classroom.rights import Action, RightsError

ROOT = Path(__file__).parent.parent

RUN = Run(Path("no-run"))

LIMITS = {"max_sets": 1, "max_samples": 1}

ACTIONS: dict[str, tuple[Action, Callable[[], Any], str]] = {
    "submit": (Action.START_RUN, lambda: runs.submit(TrainConfig(), Path()), "ui.classroom.runs.control.submit"),
    "lesson": (Action.START_RUN, lambda: runs.submit_lesson("leak", Path()), "ui.classroom.runs.control.submit_lesson"),
    "resume": (Action.START_RUN, lambda: runs.resume(RUN), "ui.classroom.runs.control.resume"),
    "measure": (Action.START_RUN, lambda: runs.measure(TrainConfig(), Path()), "ui.classroom.runs.start_measuring"),
    "stop": (Action.STOP_RUN, lambda: runs.stop(RUN), "ui.classroom.runs.control.stop"),
    "clear": (Action.CLEAR_QUEUE, runs.clear_queue, "ui.classroom.runs.control.clear_queue"),
    "rename": (Action.CHANGE_RUN, lambda: runs.rename(RUN, "x"), "ui.classroom.runs.rename_run"),
    "delete": (Action.CHANGE_RUN, lambda: runs.delete(RUN), "ui.classroom.runs.control.delete"),
    "envelope": (Action.CHANGE_RUN, lambda: runs.open_envelope(RUN), "ui.classroom.runs.open_sealed"),
    "use": (Action.SHARE_MODEL, lambda: runs.use_in_classify(RUN), "ui.classroom.runs.export.use_in_classify"),
    "folder": (Action.CHOOSE_DATA, lambda: data.use_folder("/x"), "ui.classroom.data.remember_folder"),
    "home": (Action.CHOOSE_DATA, lambda: data.use_home(str(esc_home())), "ui.classroom.data.home_fault"),
    "limits": (
        Action.SET_LIMITS,
        lambda: data.lower_limits(max_sets=1, max_samples=1),
        "ui.classroom.data.own.lower_limits",
    ),
    "ask": (Action.ASK_CLASS, lambda: question.ask("clip", "dog", ("dog", "cat")), "ui.classroom.question.poll"),
    "ring": (Action.ASK_CLASS, lambda: question.ring(remarks=()), "ui.classroom.question.poll"),
    "end": (Action.ASK_CLASS, question.end, "ui.classroom.question.poll"),
    "download": (Action.CHOOSE_DATA, data.download_data, "ui.classroom.data.DownloadJob"),
    "yamnet": (Action.CHOOSE_DATA, data.download_yamnet, "ui.classroom.data.FetchJob"),
}
"""Each action with its right, and the function behind it."""

BEHIND = {
    "esc_core.training.process.control",
    "esc_core.training.finished.export.use_in_classify",
    "esc_core.training.finished.envelope.open_envelope",
    "esc_core.training.process.measure.start_measuring",
    "esc_core.training.runs.listing.rename",
    "esc_core.dataset.remember_folder",
    "esc_core.dataset.job.DownloadJob",
    "esc_core.yamnet.fetch.FetchJob",
    "esc_core.dataset.own.lower_limits",
}
"""What only the actions may import; a type of one of them may stand in an annotation."""

TYPES_ONLY = {"ui.frame.data_dialog": "DownloadJob", "ui.frame.trunk": "FetchJob"}


class Library:
    """Functions of the library that only note that they were called."""

    def __init__(self) -> None:
        self.called: list[str] = []

    def function(self, name: str) -> Callable[..., Any]:
        def call(*arguments: object, **named: object) -> Any:
            self.called.append(name)
            return self if name.endswith(("Job", "poll")) else None

        return call

    def start(self) -> None:
        """Be a job."""

    def ask(self, *arguments: object, **named: object) -> None:
        """Be a poll."""

    ring = end = ask


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    """Put it behind the actions."""
    made = Library()
    for name, (_, _, path) in ACTIONS.items():
        monkeypatch.setattr(path, made.function(path if path.endswith(("Job", "poll")) else name))
    return made


@pytest.fixture
def cookie(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Put the app into classroom mode; the browser sends what the test puts into this."""
    sent: dict[str, str] = {}
    monkeypatch.setenv("ESC_CLASSROOM", "1")
    monkeypatch.setattr(rights, "_cookie", lambda: sent.get(teacher.COOKIE))
    teacher.new_key()
    return sent


@pytest.mark.parametrize("name", ACTIONS)
def test_in_a_class_each_action_needs_the_key(name: str, library: Library, cookie: dict[str, str]) -> None:
    """Without a cookie, with a made-up one and with one of a former key nothing happens; with the right one it does."""
    action, act, _ = ACTIONS[name]
    former = teacher.new_cookie()
    teacher.new_key()
    for sent in (None, "", "1.2.3", former):
        cookie.clear()
        if sent is not None:
            cookie[teacher.COOKIE] = sent
        with pytest.raises(RightsError, match=f"^only the teacher can {action.value}$"):
            act()
    assert library.called == []
    cookie[teacher.COOKIE] = teacher.new_cookie()
    act()
    assert len(library.called) == 1


@pytest.mark.parametrize("name", ACTIONS)
def test_outside_a_class_everything_is_as_before(name: str, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are everybody's; the data are chosen at this computer only, even if the server lets others in."""
    action, act, _ = ACTIONS[name]
    act()
    assert len(library.called) == 1
    monkeypatch.setattr(rights, "is_local", lambda address: False)
    if action is Action.CHOOSE_DATA:
        with pytest.raises(
            RightsError, match=r"^only a person at the computer on which the app runs can choose the data$"
        ):
            act()
    else:
        act()
    assert len(library.called) == (1 if action is Action.CHOOSE_DATA else 2)


def test_a_cookie_makes_no_teacher_outside_a_class(cookie: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    cookie[teacher.COOKIE] = teacher.new_cookie()
    assert rights.is_teacher()
    monkeypatch.delenv("ESC_CLASSROOM")
    assert not rights.is_teacher()


def test_no_page_goes_past_the_rights() -> None:
    """What an action does is imported by the actions only, so that no button can do it without asking."""
    past = [
        (module, imported)
        for top in ("ui", "pages")
        for module, imported in modules(top)
        if imported in BEHIND and not module.startswith("ui.classroom.")
        if imported.rpartition(".")[2] != TYPES_ONLY.get(module)
    ]
    assert past == []
    assert {imported for _, imported in modules("ui") if imported in BEHIND} >= BEHIND - {
        "esc_core.training.finished.export.use_in_classify",  # by way of its module
        "esc_core.dataset.own.lower_limits",
    }
    for path in (ROOT / "ui").rglob("*.py"):
        assert "own.lower_limits(" not in path.read_text() or path.name == "data.py"
    by_module = [path.name for path in (ROOT / "ui").rglob("*.py") if "export.use_in_classify(" in path.read_text()]
    assert by_module == ["runs.py"]
    for module, name in TYPES_ONLY.items():
        source = (ROOT / f"{module.replace('.', '/')}.py").read_text()
        assert f"{name}(" not in source, f"{module} makes a {name} itself"


def test_only_the_waiting_runs_are_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from esc_core.training.process import control

    all_runs = [
        SimpleNamespace(status=lambda state=state: SimpleNamespace(state=state), name=state)
        for state in ("queued", "training", "done", "queued", "stopped", "preparing")
    ]
    stopped: list[str] = []
    monkeypatch.setattr(control, "list_runs", lambda: all_runs)
    monkeypatch.setattr(control, "stop", lambda run: stopped.append(run.name))
    assert control.clear_queue() == 2
    assert stopped == ["queued", "queued"]
