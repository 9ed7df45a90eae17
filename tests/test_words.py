"""Numbers in words: one rounding of percentages, wherever they are shown."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from esc_core.config import ASSETS_DIR
from esc_core.models.card import Card
from esc_core.models.folder import read_card
from esc_core.models.installed import find_model
from esc_core.scoring.page import report_html
from esc_core.scoring.predictions import read_predictions
from esc_core.scoring.report import report
from esc_core.scoring.score import Score, score
from esc_core.words import duration, file_size, hertz_range, megabytes, percent, percent_number, points, probability

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("n_correct", "n", "digits", "text"),
    [
        (321, 400, 1, "80.3%"),  # 80.25%, which Python's format rounds to the even digit
        (351, 400, 1, "87.8%"),  # 87.75%
        (23, 40, 0, "58%"),  # 57.5%; the binary number lies below
        (1, 8, 0, "13%"),
        (3, 8, 0, "38%"),
        (2, 3, 1, "66.7%"),
        (0, 5, 1, "0.0%"),
        (5, 5, 0, "100%"),
    ],
)
def test_halves_are_rounded_up(n_correct: int, n: int, digits: int, text: str) -> None:
    """As by hand; the number for a table's column has the same digits."""
    assert percent(n_correct / n, digits=digits) == text
    assert f"{percent_number(n_correct / n, digits=digits):.{digits}f}%" == text


def test_differences_round_alike_in_both_directions() -> None:
    """A difference and its opposite have the same digits; what is not known is a dash or stays a gap."""
    assert (points(0.0225), points(-0.0225)) == ("+2.3", "−2.3")
    assert (points(-0.0001), points(0.115, digits=0)) == ("+0.0", "+12")
    assert percent(None) == "–"
    assert math.isnan(percent_number(math.nan))


def test_no_other_rounding() -> None:
    """Python's own percent format, which rounds halves differently, stands nowhere in the sources."""
    sources = [path for folder in ("esc_core", "ui", "pages") for path in (ROOT / folder).rglob("*.py")]
    assert len(sources) > 100
    found = [str(path) for path in sources if re.search(r":\.\d%\}", path.read_text(encoding="utf-8"))]
    assert found == []


@pytest.fixture(scope="module")
def own() -> tuple[Score, Card]:
    """Return the score of the shipped model's predictions, and its card."""
    predictions = read_predictions(ASSETS_DIR / "results" / "mel_cnn-predictions.csv")
    return score(predictions, epoch="last"), read_card(find_model("mel_cnn"))


def test_the_shipped_model_has_one_score(own: tuple[Score, Card]) -> None:
    """Its card and its table of predictions agree, by fold and by category."""
    result, card = own
    assert card.details["scores"]["esc50"]["fold_accuracy"] == list(result.fold_accuracy)
    assert result.fold_accuracy == (344 / 400, 344 / 400, 354 / 400, 368 / 400, 340 / 400)
    assert card.details["scores"]["esc50"]["mean"] == pytest.approx(result.accuracy)
    assert card.details["category_recall"] == pytest.approx(result.recall)


def test_reports_and_documents_show_the_same_digits(own: tuple[Score, Card]) -> None:
    """Many categories lie on a half, as 33 of 40 clips; Markdown, the page and the documents round all alike."""
    result, _ = own
    text, page = report(result), report_html(result)
    assert "| accuracy | 86.0% | 86.0% | 88.5% | 92.0% | 85.0% |" in text
    assert "<td>2</td><td>86.0%</td>" in page
    assert "<td>crickets</td><td>83%</td>" in page
    assert "wind 68%" in text
    document = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    assert "| `mel_cnn` | 86.0% | 86.0% | 88.5% | 92.0% | 85.0% | **87.5%** | 87.9% |" in document


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(7_200, "2 hours"), (12_600, "3.5 hours"), (432_000, "120 hours"), (4_284_000, "1190 hours"),
     (3_600 * 9.996, "10 hours"), (3_600e6, "1000000 hours"), (59.9999, "59.999 s"), (90, "1 minute 30 s")],
)  # fmt: skip
def test_long_durations(seconds: float, text: str) -> None:
    """No exponent, however long."""
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [(999, "999 bytes"), (1_190, "1.19 kB"), (600e6, "600 MB"), (999.7e6, "1000 MB"), (1.19e12, "1190 GB")],
)
def test_large_sizes(n_bytes: float, text: str) -> None:
    """The same for sizes; of megabytes one decimal stays."""
    assert file_size(n_bytes) == text
    assert (megabytes(50 * 2**20), megabytes(50 * 2**20 + 1), megabytes(2**41)) == ("50 MB", "50.1 MB", "2097152 MB")


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(1000, 2000, "1–2 kHz"), (20, 518, "20–520 Hz"), (384.6, 1180, "380 Hz–1.2 kHz"), (2760, 4790, "2.8–4.8 kHz"),
     (998, 8000, "1–8 kHz")],
)  # fmt: skip
def test_ranges_of_frequency_have_two_figures(low: float, high: float, words: str) -> None:
    """The unit is said once where both ends have it."""
    assert hertz_range(low, high) == words


def test_no_answer_is_impossible() -> None:
    """A small probability is less than 1%, not nothing."""
    assert [probability(value) for value in (0.0, 0.004, 0.0099, 0.01, 0.847, 1.0)] == [
        "<1%", "<1%", "<1%", "1%", "85%", "100%",
    ]  # fmt: skip
