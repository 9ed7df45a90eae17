"""A named folder that is gone, such as that of a stick that was pulled out: every page says so, and none breaks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from esc_core.dataset import remember_folder
from tests.small_runs import write_tones
from ui import loaders

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("page", ["explore", "augment", "train", "results", "classify"])
def test_a_folder_that_is_gone(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the folder; nothing is said of starter sounds, which nobody asked for."""
    monkeypatch.setenv("ESC50_DIR", str(tmp_path / "gone"))
    monkeypatch.setattr(loaders, "cards", list)
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    if page != "explore":
        app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    said = " ".join(element.value for element in (*app.error, *app.warning, *app.markdown, *app.caption))
    assert str(tmp_path / "gone") in said.replace("\\", "")
    assert "could not be made" not in said


@pytest.mark.parametrize("page", ["explore", "augment", "train", "own"])
@pytest.mark.parametrize("what", ["data", "data/audio", "data/meta/esc50.csv"])
def test_data_that_go_while_a_page_is_open(
    page: str, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run of the page says so or shows the rest, and the page works again when the data are back."""
    monkeypatch.setattr(loaders, "cards", list)
    remember_folder(write_tones(tmp_path / "data", per_fold=1))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    if page != "explore":
        app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    kept = shutil.move(tmp_path / what, tmp_path / "kept")
    app.run()
    assert not app.exception
    said = " ".join(element.value for element in (*app.error, *app.warning)).replace("\\", "")
    if what != "data/audio":  # of which a page may show what it has read before
        assert str(tmp_path / "data") in said
    shutil.move(kept, tmp_path / what)
    app.run()
    assert not app.exception
    assert not app.error
