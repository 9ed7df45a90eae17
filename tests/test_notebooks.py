"""The notebooks: stored without outputs, read downwards, and each runs to its end on synthetic sounds."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.small_starter import ten_categories, write_small_starter
from ui.frame.navigation import PAGES
from ui.frame.notebooks import NOTEBOOKS as OFFERED

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

MOST_CELLS = 15
"""A notebook has fewer cells of code than this."""

EPOCHS = 2
"""Passes over the training clips, `ESC_NOTEBOOK_EPOCHS`: enough for a curve."""

LIBRARIES = {"IPython", "numpy", "os", "pandas"}
"""What a notebook imports beside the library."""

LEFT_OUT = ("TF_CPP_MIN_LOG_LEVEL",)
"""Set for tests only: where it is set, the library does not hold back what TensorFlow prints."""

SAYS = {
    "01": [r"· 150 clips · 10 categories", r"dealt at random: [345]\d%", r"split by folds: 0% of the test clips"],
    "02": [r"loudest band: number \d+, around (9[5-9]\d|10[0-4]\d) Hz", r"power added, .*: off by [0-3]\.\d dB"],
    "03": [
        r"pitch \+2\.7 semitones · tempo ×1\.23 · pink noise 18 dB below",
        r"41% dog, 59% rooster",
        r"bands .* masked",
    ],
    "04": [rf"after {EPOCHS} epochs", r"sealed fold: +\d+\.\d% of 30 clips"],
    "05": [rf"one budget: {EPOCHS} epochs for the mel CNN, 1 for", r"only the mel CNN is right: \d+ clips"],
    "06": [r"Whole folds\s+30\s+0\s+0\b", r"Copies and siblings at random\s+60\s+[1-9]\d*\s+\d+"],
    "07": [r"a scene of dog, church_bells, rain", r"15\.0 s at 16000 Hz", r"from, s +to, s +heard"],
    "08": [
        r"base: mel_cnn · 150 clips in 10 categories",
        r"\d+% of 150 held-out samples are correctly classified",
        r"from scratch: \d*(0\.0|3\.3|6\.7)% of fold 1",
    ],
}
"""What must stand in the outputs of each, beside figures; patterns, by its number."""


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def code(path: Path) -> list[Any]:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def imported(cell: Any) -> list[str]:
    """Return the modules and names that a cell imports."""
    names = []
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return names


def test_there_is_one_for_each_topic() -> None:
    """Eight, in their order, and the README lists them all."""
    assert [path.name[:2] for path in NOTEBOOKS] == list(SAYS)
    listed = re.findall(r"\]\(([\w-]+\.ipynb)\)", (ROOT / "notebooks" / "README.md").read_text("utf-8"))
    assert listed == [path.name for path in NOTEBOOKS]


def test_each_is_offered_by_one_page() -> None:
    offered = [name for names in OFFERED.values() for name in names]
    assert sorted(offered) == [path.stem for path in NOTEBOOKS]
    assert [page for page in OFFERED if f'offer_notebooks("{page}")' not in (ROOT / PAGES[page].file).read_text()] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    """What was computed would be out of date soon, and each run would change the file; ids stay as they are."""
    nbformat.validate(read(path))
    assert [cell for cell in code(path) if cell.outputs or cell.execution_count is not None] == []
    assert [cell.id for cell in read(path).cells] == [f"{path.name[:2]}-{i:02d}" for i in range(1, 1 + n_cells(path))]
    assert 0 < len(code(path)) < MOST_CELLS


def n_cells(path: Path) -> int:
    return len(read(path).cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_uses_the_public_library_only(path: Path) -> None:
    names = [name for cell in code(path) for name in imported(cell)]
    private = [name for name in names if any(part.startswith("_") for part in name.split("."))]
    assert {name.split(".")[0] for name in names} <= {"esc_core", *LIBRARIES}
    assert private == []
    hidden = re.compile(r"\.(_[a-z]\w*)")
    assert [found for cell in code(path) for found in hidden.findall(cell.source)] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_links_of_a_notebook_lead_to_notebooks(path: Path) -> None:
    links = [link for cell in read(path).cells for link in re.findall(r"\]\(([\w-]+\.ipynb)\)", cell.source)]
    assert links
    assert [link for link in links if not (path.parent / link).is_file()] == []


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables of a kernel: synthetic sounds in ten categories, a home of its own, few epochs, no YAMNet."""
    folder = tmp_path_factory.mktemp("notebooks")
    data = write_small_starter(folder / "data", clips=ten_categories())
    own = {
        "ESC_HOME": str(folder / "home"),
        "ESC50_DIR": str(data),
        "ESC_NOTEBOOK_EPOCHS": str(EPOCHS),
        "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "ignore:IProgress not found",  # as the Makefile has it
    }
    others = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    return {**others, **own}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, environment: dict[str, str], tmp_path: Path) -> None:
    """From the top to the end; what it prints has the right values, and each figure has a question and an answer."""
    notebook = read(path)
    client = NotebookClient(notebook, kernel_name="python3", timeout=None, resources={"metadata": {"path": tmp_path}})
    client.execute(env=environment)
    text = "\n".join(text_of(output) for cell in notebook.cells for output in cell.get("outputs", ()))
    assert [pattern for pattern in SAYS[path.name[:2]] if not re.search(pattern, text)] == []
    assert "stderr" not in {output.get("name") for cell in notebook.cells for output in cell.get("outputs", ())}, text
    assert unasked(notebook) == []


def text_of(output: Any) -> str:
    """Return what an output says; of a table its cells, which pandas would wrap as text."""
    data = output.get("data", {})
    if "<table" in data.get("text/html", ""):
        return re.sub(r"(<[^>]+>|\s)+", " ", data["text/html"])
    return str(output.get("text") or data.get("text/plain", ""))


def unasked(notebook: Any) -> list[str]:
    """Return the cells with a figure that no question precedes, or that no answer follows."""
    found = []
    for before, cell, after in zip(notebook.cells, notebook.cells[1:], notebook.cells[2:], strict=False):
        figures = [o for o in cell.get("outputs", ()) if "application/vnd.plotly.v1+json" in o.get("data", {})]
        if figures and not ("question before you" in before.source and after.source.startswith("**Answer:**")):
            found.append(cell.id)
    return found
