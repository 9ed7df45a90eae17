"""A named folder that is gone, such as that of a stick that was pulled out: every page says so, and none breaks."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

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
