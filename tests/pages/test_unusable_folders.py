"""Folders that can't be read or written: a sentence on each page, no error page, and a dialog that mends it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from esc_core.config import home_fault
from esc_core.dataset import dataset_dir, remember_folder
from esc_core.errors import DatasetError
from tests.browser.serve import ROOT
from tests.small_runs import write_tones
from ui import loaders

PAGES = ["explore", "augment", "train", "results", "classify"]

NAMES = {
    "too long": ("x" * 300, "File name too long"),
    "unknown user": ("~nobody-here/data", "no such user"),
    "not UTF-8": (os.fsdecode(b"/data/\xff\xfe"), "must be in UTF-8"),
}
"""Names that no folder can have, and what is said about them."""


def opened(page: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    if page != "explore":
        app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    return app


def warnings(app: AppTest) -> list[str]:
    return [element.value.replace("\\", "") for element in app.warning]


@pytest.fixture(autouse=True)
def _no_models_on_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaders, "cards", list)
    monkeypatch.setattr("ui.classroom.rights.is_local", lambda address: True)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("variable", ["ESC50_DIR", "ESC_HOME"])
@pytest.mark.parametrize("kind", NAMES)
def test_a_name_that_no_folder_has(monkeypatch: pytest.MonkeyPatch, page: str, variable: str, kind: str) -> None:
    """One warning, which says why."""
    name, why = NAMES[kind]
    monkeypatch.setenv(variable, name)
    (said,) = warnings(opened(page))
    assert why in said
    assert len(said) < 400


@pytest.mark.parametrize("page", PAGES)
def test_data_without_permission(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, page: str) -> None:
    """Tests may run as root, who may read everything, so the system's answer is replaced."""
    closed, stat = tmp_path / "closed", Path.stat
    monkeypatch.setenv("ESC50_DIR", str(closed))

    def refuse(self: Path, **options: bool) -> os.stat_result:
        if closed in self.parents:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return stat(self, **options)

    monkeypatch.setattr(Path, "stat", refuse)
    (said,) = warnings(opened(page))
    assert "closed can't be read: Permission denied" in said


@pytest.mark.parametrize("page", PAGES)
def test_a_home_that_is_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, page: str) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ESC_HOME", str(tmp_path / "file" / "home"))
    (said,) = warnings(opened(page))
    assert "file is a file, not a folder" in said


def test_a_home_that_may_not_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ESC_HOME", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda folder, mode: False)
    assert home_fault() == f"{tmp_path} can't be used: this program may not read and write it"


def choice(app: AppTest, label: str, value: str) -> AppTest:
    """Fill in a field of the dialog and press its button."""
    next(field for field in app.text_input if field.label == label).set_value(value)
    next(button for button in app.button if button.label == "Use this folder").click()
    app.run()
    assert not app.exception
    return app


def home_form() -> None:
    """Show what the dialog shows; AppTest can't press a button within a dialog."""
    from ui.frame import data_dialog

    data_dialog._home()


def data_form() -> None:
    from ui.frame import data_dialog

    data_dialog._folder()
    data_dialog._starter(None)


@pytest.mark.parametrize("variable", ["ESC50_DIR", "ESC_HOME"])
def test_the_dialog_opens(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """It says what is wrong and asks for another folder."""
    monkeypatch.setenv(variable, "~nobody-here")
    app = opened("explore")
    app.button(key="data_chip").click().run()
    assert not app.exception
    assert sum("no such user" in said for said in warnings(app)) == 2
    wanted = {"ESC50_DIR": "A folder with ESC-50", "ESC_HOME": "A folder in which the app may write"}
    assert [field.label for field in app.text_input] == [wanted[variable]]


def test_a_home_is_mended_in_the_app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder that is no better is refused, and a good one taken."""
    monkeypatch.setenv("ESC_HOME", "x" * 300)
    app = choice(AppTest.from_function(home_form).run(), "A folder in which the app may write", "~nobody-here")
    assert "no such user" in app.error[0].value
    assert os.environ["ESC_HOME"] == "x" * 300
    choice(app, "A folder in which the app may write", str(tmp_path / "new"))
    assert os.environ["ESC_HOME"] == str(tmp_path / "new")
    assert warnings(opened("explore")) == []


def test_data_are_mended_in_the_app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is chosen is used in place of a variable that names no data set."""
    root = write_tones(tmp_path / "tones", per_fold=1)
    monkeypatch.setenv("ESC50_DIR", "~nobody-here")
    app = AppTest.from_function(data_form).run()
    for name, why in NAMES.values():
        if name.isprintable():  # as a browser sends it
            assert why in choice(app, "A folder with ESC-50", name).error[0].value
    choice(app, "A folder with ESC-50", str(root))
    assert dataset_dir() == root
    assert "ESC50_DIR" not in os.environ


def test_back_to_the_starter_sounds(tmp_path: Path) -> None:
    """A button undoes the choice of a folder."""
    remember_folder(write_tones(tmp_path / "tones", per_fold=1))
    AppTest.from_function(data_form).run().button(key="use_starter").click().run()
    assert dataset_dir() is None


@pytest.mark.parametrize("name", ["a\0b", *(name for name, _ in NAMES.values())])
def test_no_name_is_more_than_a_sentence(name: str) -> None:
    """Also for the library and the command line."""
    with pytest.raises(DatasetError, match=r"can't|must be"):
        remember_folder(name)
