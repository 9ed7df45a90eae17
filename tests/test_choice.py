"""The model that answers unless another is asked for: the best that can be used on this computer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from esc_core.errors import ModelError
from esc_core.inference import choice
from esc_core.inference.choice import default_model, require_model
from esc_core.models.card import Card
from tests.small_model import write_small_model


@pytest.fixture
def card(tmp_path: Path) -> Card:
    """Return a card of five folds."""
    return write_small_model(tmp_path / "plain")


def variant(card: Card, name: str, accuracy: float | None, **details: object) -> Card:
    scores = {} if accuracy is None else {"esc50": {"fold_accuracy": [accuracy] * 5}}
    return replace(card, name=name, details=card.details | {"scores": scores} | details)


def test_the_best_that_can_be_used(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    """With YAMNet's trunk the best of all, without it the best of those that do without; an unscored one comes last."""
    own, plain = variant(card, "own", None), variant(card, "plain", 0.8)
    wave, heads = variant(card, "wave", 0.7), variant(card, "heads", 0.9, trunk="YAMNet")
    monkeypatch.setattr(choice, "missing_trunk", lambda: None)
    assert default_model([own, plain, heads, wave]) == heads
    monkeypatch.setattr(choice, "missing_trunk", lambda: "it is not there")
    assert default_model([own, plain, heads, wave]) == plain
    assert default_model([heads, own]) == own
    assert default_model([heads]) is None
    with pytest.raises(ModelError, match="there is no model that can be used here"):
        require_model([heads])
