"""The teaching material: its numbers are those of the result tables, and what it tells people to click exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.teaching import BLOCK, BLOCKS, FOLDER, UNMEASURED, rewritten
from esc_core.augment.presets import PRESETS
from esc_core.training.presets import PRESETS as TRAINING
from ui import state

PAGES = sorted(FOLDER.glob("*.md"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_numbers_are_those_of_the_tables(path: Path) -> None:
    """If not: `python -m benchmarks.teaching` writes them."""
    text = path.read_text("utf-8")
    assert text == rewritten(text)


def test_every_block_is_used_and_says_something() -> None:
    """Each name of a marker is known, each begun block ends, and none is empty."""
    text = "\n".join(path.read_text("utf-8") for path in PAGES)
    names = {found[2] for found in BLOCK.finditer(text)}
    assert names == set(BLOCKS)
    assert text.count("<!-- numbers: ") == text.count("<!-- end -->") == len(BLOCK.findall(text))
    assert [name for name, make in BLOCKS.items() if not re.search(r"\d", make()) and make() != UNMEASURED] == []


def test_only_what_stands_between_markers_changes() -> None:
    text = "before 1%\n<!-- numbers: scores -->\nold 99.9%\n<!-- end -->\nafter 2%\n"
    new = rewritten(text)
    assert new.startswith("before 1%\n<!-- numbers: scores -->\n| who |")
    assert new.endswith("|\n<!-- end -->\nafter 2%\n")
    assert "old" not in new
    assert "| people | 81.3% | |" in new
    assert rewritten(new) == new
    with pytest.raises(KeyError):
        rewritten(text.replace("scores", "weather"))


def test_what_is_to_be_clicked_exists() -> None:
    """Views, presets and lessons that the script names are called so in the app."""
    script = (FOLDER / "script.md").read_text("utf-8")
    named = set(re.findall(r'"([^"\n]+)"', script))
    known = {*state.VIEW.allowed, *state.SHOW.allowed, *state.RESULTS.allowed}
    known |= {preset.title for preset in PRESETS.values()} | {preset.title for preset in TRAINING.values()}
    wanted = {"guess first", "cards", "Pitch shift", "Noise", "One minute, ten categories", "Lesson: the leak"}
    wanted |= {"Lesson: does augmentation help?", "Model and people"}
    assert wanted <= named
    assert wanted <= known
