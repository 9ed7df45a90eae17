"""One sound, all models: the networks that may answer, the verdict on each guess, and models that can't be used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esc_core.errors import ModelError
from esc_core.inference import Predictor
from esc_core.inference.compare import ModelAnswer, ask, damaged_answers
from esc_core.models.installed import damaged_models, own_models_dir
from tests.small_model import LABELS, write_small_model

SR = 16_000


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    """Load a small model once."""
    folder = tmp_path_factory.mktemp("models") / "small"
    write_small_model(folder)
    return Predictor(folder)


def noise() -> np.ndarray:
    """Two seconds of noise."""
    return (0.1 * np.random.default_rng(0).standard_normal(2 * SR)).astype(np.float32)


@pytest.mark.parametrize(("known_as", "fold"), [("3-100018-A-18", 3), (None, None)])
def test_a_clip_is_answered_out_of_fold(predictor: Predictor, known_as: str | None, fold: int | None) -> None:
    """The three best guesses of the network that held the clip's fold out, or of all for any other sound."""
    found = ask(predictor.card, lambda: predictor, noise(), SR, known_as=known_as)
    expected = predictor.predict(noise(), SR, fold=fold)
    assert found.top == tuple(expected.top(3))
    assert (found.not_sure, found.nothing, found.problem) == (expected.not_sure, False, "")
    assert 0 < found.seconds < 60


def test_a_model_that_cannot_be_loaded_has_a_sentence(predictor: Predictor) -> None:
    """It has a row of its own, and what it had heard."""

    def load() -> Predictor:
        raise ModelError("small lacks fold2.keras")

    card = replace(predictor.card, details={"heard": "AudioSet before"})
    found = ask(card, load, noise(), SR)
    assert (found.model, found.problem, found.top) == ("small", "small lacks fold2.keras", ())
    assert found.heard == "AudioSet before"


def test_damaged_models_are_listed_with_their_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Two damaged models beside a good one: each has its own name and its own sentence."""
    monkeypatch.setenv("ESC_HOME", str(tmp_path))
    for name in ("bad_card", "good", "lacking"):
        write_small_model(own_models_dir() / name)
    (own_models_dir() / "bad_card" / "card.json").write_text("{")
    (own_models_dir() / "lacking" / "fold2.keras").unlink()
    found = {answer.model: answer.problem for answer in damaged_answers(damaged_models())}
    assert list(found) == ["bad_card", "lacking"]
    assert "the card of bad_card is damaged" in found["bad_card"]
    assert found["lacking"] == "lacking lacks fold2.keras"


TOP = (("rain", 0.6), ("dog", 0.3), ("rooster", 0.1))


@pytest.mark.parametrize(
    ("answer", "category", "words"),
    [
        (ModelAnswer("a", TOP), "rain", "✓ correct"),
        (ModelAnswer("a", TOP), "dog", "✗ wrong, but the second guess is correct"),
        (ModelAnswer("a", TOP), "rooster", "✗ wrong, but the third guess is correct"),
        (ModelAnswer("a", TOP[:2]), "rooster", "✗ wrong"),
        (ModelAnswer("a", TOP), "car_horn", "– has no category car horn"),
        (ModelAnswer("a", TOP, nothing=True), "rain", "✗ gives no guess"),
        (ModelAnswer("a", problem="damaged"), "rain", ""),
        (ModelAnswer("a", TOP), None, ""),
    ],
)
def test_the_verdict_has_a_sign_and_words(answer: ModelAnswer, category: str | None, words: str) -> None:
    """Correct, wrong, which of the three is correct, or no such category; nothing where nobody knows."""
    assert answer.verdict(category, LABELS) == words
