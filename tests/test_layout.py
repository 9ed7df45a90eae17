"""The maps in the packages' docstrings are true, and imports go one way."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ui.frame.navigation import PAGES

ROOT = Path(__file__).parent.parent
PACKAGES = [name for name in PAGES if (ROOT / "ui" / name).is_dir()]
"""Packages of one page each; none of them may know another."""

MAPPED = sorted(path.parent for top in ("esc_core", "ui") for path in (ROOT / top).rglob("__init__.py"))


def docstring(package: Path) -> str:
    return ast.get_docstring(ast.parse((package / "__init__.py").read_text())) or ""


def entries(package: Path) -> list[str]:
    """Return the names that a package's map lists: a word at the start of a line, two spaces, and what it is."""
    return re.findall(r"^([a-z_]+)  +\S", docstring(package), re.MULTILINE)


def members(package: Path) -> set[str]:
    modules = {path.stem for path in package.glob("*.py")} - {"__init__", "__main__"}
    return modules | {path.parent.name for path in package.glob("*/__init__.py")}


def modules(package: str | Path) -> Iterator[tuple[str, str]]:
    """Yield each module below a package with every module or name that it imports."""
    for path in (ROOT / package).rglob("*.py"):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                yield from ((name, f"{node.module}.{alias.name}") for alias in node.names)
            elif isinstance(node, ast.Import):
                yield from ((name, alias.name) for alias in node.names)


@pytest.mark.parametrize("package", MAPPED, ids=lambda package: package.relative_to(ROOT).as_posix())
def test_a_package_maps_all_that_it_holds(package: Path) -> None:
    """Each module once, each with a phrase, and none that is gone."""
    assert sorted(entries(package)) == sorted(members(package))


@pytest.mark.parametrize("package", MAPPED, ids=lambda package: package.relative_to(ROOT).as_posix())
def test_nothing_imports_upwards(package: Path) -> None:
    """A module knows only those that stand above it in the map of their package."""
    order, dotted = entries(package), ".".join(package.relative_to(ROOT).parts) + "."
    upwards = [
        f"{module} imports {imported}"
        for module, imported in modules(package)
        if module.startswith(dotted) and imported.startswith(dotted)
        if (own := module.removeprefix(dotted).split(".")[0]) in order  # not what starts the program
        if (other := imported.removeprefix(dotted).split(".")[0]) in order and order.index(other) > order.index(own)
    ]
    assert upwards == []


def test_no_page_knows_another() -> None:
    crossing = [
        f"{module} imports {imported}"
        for module, imported in modules("ui")
        for page in PACKAGES
        if imported.startswith(f"ui.{page}") and not module.startswith(f"ui.{page}")
    ]
    assert crossing == []


def test_every_page_is_in_the_navigation() -> None:
    """A file that the table lacks can't be reached, and an entry without a file breaks the app."""
    files = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "pages").glob("*.py"))
    assert sorted(page.file for page in PAGES.values()) == files


def test_the_library_knows_no_page() -> None:
    assert [pair for pair in modules("esc_core") if re.match(r"(ui|pages|streamlit)\b", pair[1])] == []


def test_no_page_holds_maths_or_loads_a_network() -> None:
    """A page reads downwards: widgets, guard, call, show."""
    heavy = [
        pair for pair in modules("pages") if re.match(r"(numpy|scipy|librosa|soundfile|tensorflow|keras)\b", pair[1])
    ]
    assert heavy == []


REMEMBERS = {
    "selectbox", "multiselect", "slider", "select_slider", "number_input", "text_input", "text_area",
    "segmented_control", "pills", "toggle", "checkbox", "radio",
}  # fmt: skip
"""Widgets that hold a choice; Streamlit forgets it as soon as a run of the page does not draw them."""

KEPT_ELSEWHERE = {
    ("ui/augment/chain.py", "number_input"): "the seed: in the session, and in the link",
    ("ui/augment/chain.py", "segmented_control"): "in the steps of the session, and in the link",
    ("ui/augment/chain.py", "selectbox"): "adds steps and presets to the link",
    ("ui/augment/chain.py", "slider"): "in the steps of the session, and in the link",
    ("ui/augment/chain.py", "toggle"): "in the steps of the session, and in the link",
    ("ui/augment/second.py", "selectbox"): "in the link",
    ("ui/augment/sound.py", "segmented_control"): "in the link",
    ("ui/clip/picker.py", "selectbox"): "in the link",
    ("ui/frame/data_dialog.py", "text_input"): "a form in a dialog, sent at once",
    ("ui/frame/header.py", "selectbox"): "in the link",
    ("ui/generate/choose.py", "selectbox"): "in the link",
    ("ui/generate/learn.py", "selectbox"): "in the link",
    ("ui/own/bring.py", "text_input"): "a form, sent at once",
    ("ui/own/collect.py", "text_input"): "forms, sent at once",
    ("ui/own/samples.py", "selectbox"): "moves the sample, at once",
    ("ui/own/samples.py", "text_input"): "in the sample, at once",
    ("ui/own/sets.py", "selectbox"): "in the link",
    ("ui/own/use.py", "toggle"): "a file of the set, at once",
    ("ui/train/manage.py", "text_input"): "a form, sent at once",
    ("ui/train/watch.py", "selectbox"): "in the link",
    ("pages/classify.py", "segmented_control"): "in the link",
    ("pages/live.py", "segmented_control"): "in the link",
}
"""Widgets, by module and kind, that Streamlit need not remember, and why. What is not listed has no exception."""


def forgetful(path: Path) -> list[tuple[str, str, int]]:
    """Return module, kind and line of the widgets whose choice is lost when another view is shown."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in REMEMBERS:
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            if given.get("persist_state") != "'session'" and ".bind()" not in given.get(None, ""):
                found.append((path.relative_to(ROOT).as_posix(), node.func.attr, node.lineno))
    return found


def test_every_choice_is_kept() -> None:
    """A widget is bound to the link or kept for the session, or it is listed with the place where its choice is."""
    found = [one for top in ("ui", "pages") for path in (ROOT / top).rglob("*.py") for one in forgetful(path)]
    assert [one for one in found if one[:2] not in KEPT_ELSEWHERE] == []
    assert set(KEPT_ELSEWHERE) == {one[:2] for one in found}, "an exception that is not needed any more"
