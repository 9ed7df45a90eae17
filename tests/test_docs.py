"""What README, ARCHITECTURE.md and their like say is true: links and paths lead somewhere, scores are the card's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import esc_core
from esc_core.models.folder import read_card
from esc_core.models.installed import MODELS_DIR, find_model, list_models
from esc_core.words import percent

ROOT = Path(__file__).parent.parent

FOLDERS = (".", "docs", "docs/teaching", "notebooks", "benchmarks", "tests/data")
PAGES = sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.md"))

FILES = [
    "/" + path.relative_to(ROOT).as_posix()
    for top in ("app.py", "pages", "ui", "esc_core", "tests", "studies", "benchmarks")
    for path in [ROOT / top, *(ROOT / top).rglob("*.*")]
]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", [ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md"], ids=name)
def test_modules_that_are_named_exist(page: Path) -> None:
    """`runs/queue.py` is any file whose path ends so; NAME and KIND stand for what is to be written."""
    named = re.findall(r"`([\w/.-]+\.(?:py|css|js))`", page.read_text(encoding="utf-8"))
    known = [path for path in named if not re.search(r"[A-Z]{2}", path)]
    assert len(known) > 10
    assert [path for path in known if not any(file.endswith(f"/{path}") for file in FILES)] == []


@pytest.mark.parametrize("model", [card.name for card in list_models(MODELS_DIR)])
def test_scores_are_those_of_the_cards(model: str) -> None:
    """By fold, their means, and in the noisy room; how many clips are answered; the README repeats two of them."""
    card = read_card(find_model(model))
    scores, room, sure = card.details["scores"]["esc50"], card.details["scores"]["noisy_room"], card.details["not_sure"]
    first, second = rows_of("docs/model.md", model)
    shown = [*scores["fold_accuracy"], scores["mean"], scores["mean_without_development_fold"], room["mean"]]
    assert first[: len(shown)] == [percent(share, digits=1) for share in shown]
    assert first[-1] == card.heard
    answered = [(part["coverage"], part["error"]) for part in (sure, sure["noisy_room"])]
    assert second[:4] == [text for a, e in answered for text in (percent(a), percent(e, digits=1))]
    ((clean, noisy, _, heard),) = rows_of("README.md", model)
    assert [clean, noisy, heard] == [*(percent(part["mean"], digits=1) for part in (scores, room)), card.heard]


def rows_of(page: str, model: str) -> list[list[str]]:
    """Return the cells of the rows of tables that begin with a model's name."""
    rows = re.findall(rf"^\| `{model}` \|(.+)\|$", (ROOT / page).read_text("utf-8"), re.MULTILINE)
    return [[cell.strip(" *") for cell in row.split("|")] for row in rows]


def test_the_newest_released_change_is_this_version() -> None:
    versions = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert next(version for version in versions if version != "Unreleased") == esc_core.__version__
