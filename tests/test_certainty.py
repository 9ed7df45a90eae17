"""The rule of "not sure": when it applies, how its threshold is chosen, and its words."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from esc_core.dataset.categories import CATEGORIES
from esc_core.inference.certainty import (
    MAX_ERROR,
    NOT_SURE,
    choose_threshold,
    coverage_and_error,
    hedged,
    in_words,
    is_sure,
    none_of,
)

CONFIDENCE = [0.9, 0.8, 0.7, 0.6, 0.5]
CORRECT = np.array([True, True, False, True, False])
PROBS = np.array([[p, 1 - p] for p in CONFIDENCE])
LABELS = np.where(CORRECT, PROBS.argmax(axis=1), 1 - PROBS.argmax(axis=1))


def test_an_answer_reaches_the_threshold() -> None:
    """At the threshold itself the model is sure; in any shape before the categories."""
    assert is_sure(PROBS, 0.7).tolist() == [True, True, True, False, False]
    assert is_sure(PROBS[2], 0.7)
    assert is_sure(PROBS[None], 0.95).tolist() == [[False] * 5]


@pytest.mark.parametrize(
    ("threshold", "coverage", "error"),
    [(0.0, 1.0, 2 / 5), (0.5, 1.0, 2 / 5), (0.55, 0.8, 1 / 4), (0.7, 0.6, 1 / 3), (0.75, 0.4, 0.0), (0.95, 0.0, 0.0)],
)
def test_coverage_and_error(threshold: float, coverage: float, error: float) -> None:
    """What lies below the threshold gets no answer, and the rest is counted; no answer is no error."""
    assert coverage_and_error(is_sure(PROBS, threshold), CORRECT) == pytest.approx((coverage, error))


@pytest.mark.parametrize(("max_error", "threshold"), [(0.4, 0.0), (0.35, 0.51), (0.25, 0.51), (0.2, 0.71), (0.0, 0.71)])
def test_the_lowest_threshold_is_chosen(max_error: float, threshold: float) -> None:
    """The lowest step of 0.01 at which few enough answers are wrong."""
    assert choose_threshold(PROBS, LABELS, max_error=max_error) == pytest.approx(threshold)


def test_a_tenth_of_the_answers_may_be_wrong() -> None:
    """Of ten answers one may be wrong, of nine none: 1 in 9 is more than a tenth."""
    assert MAX_ERROR == 0.1
    confidence = np.linspace(0.95, 0.55, 10)
    probs = np.stack([confidence, 1 - confidence], axis=1)
    assert choose_threshold(probs, np.array([0] * 9 + [1])) == 0.0
    assert choose_threshold(probs[:9], np.array([0] * 8 + [1])) == pytest.approx(0.6)


def test_certain_and_right_needs_no_threshold() -> None:
    labels = np.arange(50).repeat(4)
    probs = np.eye(50)[labels]
    assert choose_threshold(probs, labels) == 0.0
    assert coverage_and_error(is_sure(probs, 1.0), np.full(200, True)) == (1.0, 0.0)


def test_nothing_is_sure_enough() -> None:
    """Where certain answers are wrong, no threshold helps, and the highest is returned."""
    assert choose_threshold(np.eye(2)[[0, 0]], np.array([1, 1])) == 0.99


def test_words() -> None:
    assert hedged("dog, 91%", "") == "Dog, 91%"
    assert hedged("dog, 40%", NOT_SURE) == "Not sure – perhaps dog, 40%"
    assert in_words(coverage=0.7995, error=0.1013) == (
        'It answers 80% of the clips, and 10% of these answers are wrong; to the other clips it says "not sure".'
    )


def test_a_model_of_other_categories_does_not_speak_of_fifty() -> None:
    """ESC-50's fifty in whatever order, ten of them, fifty others, and those of one's own."""
    assert none_of(CATEGORIES) == none_of(sorted(CATEGORIES)) == "none of the fifty categories"
    assert none_of(CATEGORIES[:10]) == "none of its 10 categories"
    assert none_of([f"own {i}" for i in range(50)]) == "none of its 50 categories"
    assert hedged("keys, 40%", none_of(("door", "keys"))) == "None of its 2 categories – perhaps keys, 40%"


def test_nobody_else_words_it() -> None:
    """Whoever says "not sure" takes the words from the rule's module."""
    root = Path(__file__).parents[1]
    own = root / "esc_core" / "inference" / "certainty.py"
    texts = [
        (path.relative_to(root).as_posix(), node.value)
        for folder in ("esc_core", "ui", "pages")
        for path in (root / folder).rglob("*.py")
        if path != own
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value == node.value.strip()
    ]
    assert [found for found in texts if found[1].lower().startswith(("not sure", "none of the ", "none of its"))] == []
