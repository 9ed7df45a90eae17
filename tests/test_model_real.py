"""The shipped model on real clips that it never heard, and what its card promises."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from esc_core.dataset import load_dataset
from esc_core.dataset.known import original_md5
from esc_core.inference import Predictor
from esc_core.inference.evaluate import evaluate
from esc_core.models.card import Card, find_model, model_path, read_card

MAX_BYTES = 16_000_000


@pytest.fixture(scope="module")
def card() -> Card:
    """Read the shipped card."""
    return read_card(find_model("mel_cnn"))


def test_the_card_keeps_its_promises(card: Card) -> None:
    """Fifty labels, five networks of a small size, five accuracies with a mean that is worth shipping, a licence."""
    assert (len(card.labels), len(set(card.labels))) == (50, 50)
    assert card.folds == (1, 2, 3, 4, 5)
    assert sum(model_path(find_model("mel_cnn"), fold).stat().st_size for fold in card.folds) < MAX_BYTES
    scores = card.details["scores"]["esc50"]
    assert len(scores["fold_accuracy"]) == 5
    assert scores["mean"] == pytest.approx(np.mean(scores["fold_accuracy"]))
    assert scores["mean_without_development_fold"] == pytest.approx(np.mean(scores["fold_accuracy"][1:]))
    assert scores["mean"] >= 0.78
    assert scores["data"] == "16 kHz, 8-bit copy"
    assert set(card.details["category_recall"]) == set(card.labels)
    assert np.mean(list(card.details["category_recall"].values())) == pytest.approx(scores["mean"], abs=0.02)
    assert 0 < card.details["not_sure"]["coverage"] <= 1
    assert card.details["not_sure"]["error"] < 0.15
    assert len(card.details["minutes_to_train"]) == 5
    assert "CC BY-NC" in card.details["licence"]


@pytest.mark.real_data
def test_labels_are_in_the_order_of_esc50(card: Card, esc50_dir: Path) -> None:
    """Position i is target i: groups are told by it."""
    assert card.labels == load_dataset(esc50_dir).categories
    assert len(original_md5()) == 50 * 40


@pytest.mark.real_data
def test_real_clips_out_of_fold(esc10_dir: Path) -> None:
    """The 400 clips of ESC-10 at 44.1 kHz, each by the network that never heard its fold, among all 50 categories."""
    scores = evaluate(Predictor(find_model("mel_cnn")), load_dataset(esc10_dir))
    assert scores["data"] == "44.1 kHz, Ogg Vorbis copy"
    assert scores["n_clips"] == 400
    assert scores["accuracy"] > 0.80
    assert scores["top_5"] > 0.95
    assert min(scores["fold_accuracy"].values()) > 0.70
