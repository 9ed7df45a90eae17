"""The offer to download YAMNet: what it says, what the button does, and when there is no offer."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from esc_core.errors import ModelError
from esc_core.yamnet import fetch, trunk_folder
from tests.test_card import make_card
from ui.frame import trunk

PAGE = "from ui.frame.trunk import offer_trunk\noffer_trunk()"


@pytest.fixture(autouse=True)
def _no_job_and_a_local_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    trunk._jobs.clear()
    monkeypatch.setattr("ui.classroom.rights.is_local", lambda address: True)


def put_files(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in fetch.FILES:
        (folder / file.name).touch()


def wait_for_job() -> None:
    trunk._jobs()["yamnet"].join(10)


def test_the_button_downloads_and_the_offer_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Meanwhile it says so and no second download can be started, by whatever session."""
    may_end = threading.Event()

    def fetch_slowly() -> None:
        may_end.wait(30)
        put_files(trunk_folder())

    monkeypatch.setattr(fetch, "fetch_trunk", fetch_slowly)
    page = AppTest.from_string(PAGE).run(timeout=60)
    assert "YAMNet is not on this computer" in page.markdown[0].value
    assert [button.label for button in page.button] == ["Download YAMNet (4.06 MB)"]
    page.button[0].click().run()
    other = AppTest.from_string(PAGE).run()
    for seen in (page, other):
        assert "Downloading YAMNet" in seen.caption[0].value
        assert len(seen.button) == 0
    may_end.set()
    wait_for_job()
    page.run()
    assert (len(page.markdown), len(page.button), len(page.error)) == (0, 0, 0)


def test_a_download_that_fails_says_why_and_can_be_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def fail() -> None:
        tries.append(1)
        raise ModelError("YAMNet was not downloaded: no *network*")

    monkeypatch.setattr(fetch, "fetch_trunk", fail)
    page = AppTest.from_string(PAGE).run(timeout=60)
    for n in (1, 2):
        page.button[0].click().run()
        wait_for_job()
        page.run()
        assert page.error[0].value == r"YAMNet was not downloaded: no \*network\*."
        assert len(tries) == n
        assert page.button[0].label.startswith("Download YAMNet")


def test_a_named_folder_without_it_gets_a_warning_and_no_button(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("YAMNET_DIR", str(tmp_path))
    page = AppTest.from_string(PAGE).run(timeout=60)
    assert "which has no yamnet" in page.warning[0].value
    assert len(page.button) == 0


def test_no_offer_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put_files(tmp_path)
    monkeypatch.setenv("YAMNET_DIR", str(tmp_path))
    page = AppTest.from_string(PAGE).run(timeout=60)
    assert len(page.main.children) == 0


def test_another_computer_can_not_download_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.classroom.rights.is_local", lambda address: False)
    page = AppTest.from_string(PAGE).run(timeout=60)
    assert any("only from the computer on which the app runs" in caption.value for caption in page.caption)
    assert len(page.button) == 0


def test_the_list_of_models_says_what_each_has_heard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """So does the sentence below it for the model in use."""
    cards = [make_card("mel_small"), make_card("heads")]
    cards[1].details["heard"] = "AudioSet before: two million clips from YouTube"
    monkeypatch.setattr("ui.loaders.cards", lambda: cards)
    put_files(tmp_path)
    monkeypatch.setenv("YAMNET_DIR", str(tmp_path))
    page = AppTest.from_string("from ui.frame.header import _model_chip, chosen_card\n_model_chip(chosen_card())")
    page.run(timeout=60)
    assert page.selectbox[0].options == ["mel small (ESC-50 only)", "heads (AudioSet before)"]
    assert "Heard in training: ESC-50 only." in [markdown.value for markdown in page.markdown]
    page.selectbox[0].set_value("heads").run()
    assert "Heard in training: AudioSet before: two million clips from YouTube." in [m.value for m in page.markdown]
