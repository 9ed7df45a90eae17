"""The Live page without a browser: what it shows of a known mix, its link, pause, and sounds that are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from esc_core.audio import to_wav_bytes
from esc_core.colours import GROUPS
from esc_core.dataset import own
from esc_core.dataset.own.names import group_of_file
from esc_core.inference import Predictor
from esc_core.inference.events_out import FORMATS
from esc_core.inference.front_end import Sound
from esc_core.models.installed import find_model
from tests.browser.serve import ROOT
from tests.two_tones import SR, TwoTones, mix
from ui.live.pick import _track
from ui.live.session import Heard, Origin
from ui.microphone import Chunk

CATEGORIES = ("dog", "rooster")
"""What the page's model calls a low and a high tone."""

TONES = mix(20, (2, 4, 400), (12, 14, 4000))


class DogOrRooster(TwoTones):
    """The shipped model, but for its answers."""

    def __init__(self) -> None:
        super().__init__()
        self.card = Predictor(find_model("mel_cnn")).card
        self.folds = self.card.folds

    def sound_probs(self, sounds: Sequence[Sound], *, fold: int | None = None) -> np.ndarray:
        probs = np.zeros((len(sounds), len(self.card.labels)), np.float32)
        probs[:, [self.card.labels.index(name) for name in CATEGORIES]] = super().sound_probs(sounds, fold=fold)
        return probs


@pytest.fixture(autouse=True)
def _model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.loaders.predictor", lambda name: DogOrRooster())
    monkeypatch.setattr("esc_core.inference.live.naming.rule_of", lambda card, fold: None)


@pytest.fixture
def microphone(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Have the next run of the page receive sound in half seconds."""
    waiting: list[Chunk] = []
    goes_on: list[bool] = []
    monkeypatch.setattr("ui.microphone.listen", lambda key: [waiting.pop(0) for _ in range(len(waiting))])
    monkeypatch.setattr("ui.microphone.is_listening", lambda key: bool(goes_on))

    def send(
        y: np.ndarray, *, session: str = "0123abcd-e", first: int = 0, unheard: float = 0.0, stop: bool = False
    ) -> None:
        goes_on[:] = [] if stop else [True]
        pieces = [y[start : start + SR // 2] for start in range(0, y.size, SR // 2)]
        waiting.extend(
            Chunk(session, first + i, piece, SR, 0.0 if i else unheard) for i, piece in enumerate(pieces)
        )  # fmt: skip

    return send


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Return what the page sends to the board last; `press` is the event whose button is pressed next."""
    seen = SimpleNamespace(data={}, press=None)

    def show(*, key: str, data: dict[str, Any], on_picked_change: Callable[[], None]) -> SimpleNamespace:
        seen.data, pressed, seen.press = data, seen.press, None
        return SimpleNamespace(picked=pressed)

    monkeypatch.setattr("ui.live.board._COMPONENT", show)
    return seen


def opened(**parameters: str | list[str]) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.run()
    app.switch_page("pages/live.py")
    app.query_params["model"] = "mel_cnn"
    for name, value in parameters.items():
        app.query_params[name] = value
    return shown(app)


def shown(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def session(app: AppTest) -> Heard:
    return app.session_state["kept"]["live"]


def listed(board: SimpleNamespace) -> list[str]:
    """Return the names in the list of events, the newest first."""
    return [name for _, _, name, _, _ in board.data["events"]]


def said(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.error)
    return "\n".join(element.value for kind in kinds for element in kind).replace("\\", "").replace("\u2060", "")


def widget(elements: Any, label: str) -> Any:
    (found,) = [one for one in elements if one.label == label]
    return found


def test_sounds_are_named_and_counted(microphone: Callable[..., None], board: SimpleNamespace) -> None:
    """At first it listens to nothing; then both sounds are in the list and in the log, with their times."""
    app = opened()
    assert board.data["state"] == "Not listening"
    assert board.data["counts"] == ""
    assert [button.proto.disabled for button in app.get("download_button")] == [True] * len(FORMATS)
    assert "Nothing has been heard yet" in app.get("download_button")[0].proto.help
    microphone(TONES[: 2 * SR])
    shown(app)
    assert (board.data["state"], board.data["bars"]) == ("Quiet", [])
    microphone(TONES[2 * SR : 4 * SR], first=4)
    shown(app)
    assert [(name, colour) for name, _, colour in board.data["bars"]][:1] == [("dog", GROUPS["animals"])]
    microphone(TONES[4 * SR :], first=8)
    shown(app)
    assert listed(board) == ["rooster", "dog"]
    assert board.data["state"] == "Quiet"
    assert board.data["counts"] == "40 pieces of half a second received, 0 pieces lost, 0 late."
    assert [(row["category"], round(row["start_s"])) for row in session(app).log] == [("dog", 2), ("rooster", 12)]
    assert [button.proto.disabled for button in app.get("download_button")] == [False] * len(FORMATS)


def test_stop_ends_the_events_that_go_on(microphone: Callable[..., None], board: SimpleNamespace) -> None:
    """And no name stays on the screen as if it were heard now."""
    app = opened()
    microphone(TONES[: 5 * SR])
    shown(app)
    assert (board.data["state"], session(app).log) == ("Dog", [])
    microphone(TONES[:0], stop=True)
    shown(app)
    assert (board.data["state"], listed(board)) == ("Not listening", ["dog"])
    microphone(TONES[: 10 * SR], session="99999999-f")
    shown(app)
    assert listed(board) == ["dog", "dog"]


def test_what_was_not_heard_is_said(microphone: Callable[..., None], board: SimpleNamespace) -> None:
    """A tab that was suspended, and a server that was started again, are sentences and not silent gaps."""
    app = opened()
    microphone(TONES[: 2 * SR], first=40)
    microphone(TONES[: 2 * SR], first=44, unheard=33.0)
    shown(app)
    assert "Nothing was heard for 33 s." in board.data["counts"]
    assert "what it heard in the first 20 s is not in the list" in board.data["counts"]
    assert session(app).listener.seconds == pytest.approx(37, abs=0.1)


def test_pause(microphone: Callable[..., None], board: SimpleNamespace) -> None:
    """What comes in meanwhile makes no event; the time goes on."""
    app = opened()
    widget(app.toggle, "Pause").set_value(True)
    microphone(TONES[: 10 * SR])
    shown(app)
    assert (board.data["state"], listed(board)) == ("Paused", [])
    widget(app.toggle, "Pause").set_value(False)
    microphone(TONES[10 * SR :], first=20)
    shown(app)
    assert listed(board) == ["rooster"]
    assert session(app).events[0].start == pytest.approx(12, abs=0.15)


def test_a_link_holds_the_settings(microphone: Callable[..., None], board: SimpleNamespace) -> None:
    """All of them arrive in the listener, and stay in the link; a wrong one is the default."""
    link = {"listen": ["rooster", "church bells"], "sure": "80", "smooth": "1.5", "alarm": "rooster", "after": "1.0"}
    app = opened(**link, large="true", beep="true", hear="nothing")
    settings = session(app).settings
    assert (settings.threshold, settings.smoothing) == (0.8, 1.5)
    assert settings.listen_for == ("rooster", "church_bells")
    assert [(rule.category, rule.seconds) for rule in settings.rules] == [("rooster", 1.0)]
    microphone(TONES)
    shown(app)
    assert listed(board) == ["rooster"]
    assert board.data["alarm"] == {"text": "rooster: heard 1 time", "count": 1, "beep": True}
    assert board.data["large"] is True
    assert {name: app.query_params[name] for name in ("listen", "sure", "alarm")} == {
        "listen": ["rooster", "church bells"], "sure": "80", "alarm": "rooster",
    }  # fmt: skip


def test_the_models_own_threshold_is_the_default(board: SimpleNamespace) -> None:
    own_threshold = DogOrRooster().card.calibration_of(None).event_threshold
    app = opened()
    assert session(app).settings.threshold == round(100 * own_threshold) / 100
    assert "sure" not in app.query_params


def test_a_sound_is_kept_in_a_new_data_set(microphone: Callable[..., None], board: SimpleNamespace) -> None:
    """With the category that the user says; a second one joins it, and both are one recording."""
    app = opened()
    microphone(TONES)
    shown(app)
    board.press = 1
    shown(app)
    assert "Wrong? It was not dog but" in widget(app.selectbox, "Wrong? It was not dog but …").label
    widget(app.selectbox, "Wrong? It was not dog but …").select("cat")
    shown(app)
    assert widget(app.selectbox, "Data set").options == ["A new data set"]
    assert widget(app.selectbox, "Category").value == "cat"
    widget(app.button, "Add it").click()
    shown(app)
    (made,) = own.list_sets()
    assert f"Added to cat in “{made.name}”: 1 sample there now." in said(app)
    board.press = 2
    shown(app)
    assert widget(app.selectbox, "Data set").value == made.key
    widget(app.selectbox, "Category").select("cat")
    widget(app.button, "Add it").click()
    shown(app)
    samples = made.samples
    assert [(s.category, s.title, s.source) for s in samples] == [
        ("cat", "cat 1", "microphone"), ("cat", "cat 2", "microphone"),
    ]  # fmt: skip
    assert {s.group for s in samples} == {"live-0123abcd"}
    assert samples[0].seconds == pytest.approx(2.4, abs=0.2)
    assert app.query_params["set"] == made.key


def test_another_press_of_listen_is_another_recording(microphone: Callable[..., None], board: SimpleNamespace) -> None:
    app = opened()
    microphone(TONES[: 10 * SR])
    microphone(TONES[: 10 * SR], session="99999999-f")
    shown(app)
    heard = session(app)
    assert [heard.origin(event).group for event in heard.events] == ["live-0123abcd", "live-99999999"]


def test_a_set_of_somebody_else_is_not_offered(
    microphone: Callable[..., None], board: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a server for many, only the sets whose keys this visitor has."""
    monkeypatch.setattr("ui.loaders.visitor.on_this_computer", lambda: False)
    secret, mine = own.create("Secret"), own.create("Mine")
    app = opened(set=mine.key)
    microphone(TONES)
    shown(app)
    board.press = 1
    shown(app)
    assert widget(app.selectbox, "Data set").options == ["Mine", "A new data set"]
    widget(app.button, "Add it").click()
    shown(app)
    assert [sample.category for sample in mine.samples] == ["dog"]
    assert secret.samples == []


def test_what_can_not_be_kept_is_a_sentence(microphone: Callable[..., None], board: SimpleNamespace) -> None:
    made = own.create("Full")
    app = opened(set=made.key)
    microphone(TONES)
    shown(app)
    board.press = 1
    shown(app)
    own.remove(made.key)
    widget(app.button, "Add it").click()
    shown(app)
    assert len(app.error) == 1
    assert own.list_sets() == []


def test_a_file_as_if_it_were_live(board: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is heard to its end, at most two seconds at a time, and is one recording whenever it is uploaded."""
    now = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr("ui.live.file.time", SimpleNamespace(monotonic=lambda: now.seconds))
    app = opened(hear="file")
    data = to_wav_bytes(TONES[: 10 * SR], SR)
    app.file_uploader[0].upload("mix.wav", data)
    for _ in range(6):
        now.seconds += 60
        shown(app)
    assert listed(board) == ["dog"]
    heard = session(app)
    assert heard.origin(heard.events[0]) == Origin(group_of_file("any.wav", data), "file")
    assert heard.listener.seconds == pytest.approx(10, abs=0.1)


def test_another_model_goes_on_with_the_list() -> None:
    """Its events have times and numbers of their own, and those of the model before stay."""
    heard = Heard(("first", 1), _listener())
    heard.take(TONES[: 10 * SR], SR)
    heard.go_on(("second", 1), DogOrRooster())
    heard.take(TONES[: 10 * SR], SR)
    heard.finish()
    assert [(event.number, round(event.start)) for event in heard.events] == [(1, 2), (2, 12)]
    assert _track(replace(heard.events[1], start=72.4), DogOrRooster().card).label == "dog at 1:12"
    assert heard.model == ("second", 1)


def _listener() -> Any:
    from esc_core.inference.live import Listener

    return Listener(DogOrRooster())
