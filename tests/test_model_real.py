"""The shipped models on real clips that they were not trained on, and what their cards promise."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from esc_core.dataset import load_dataset
from esc_core.dataset.known import original_md5
from esc_core.inference import Predictor
from esc_core.inference.evaluate import evaluate
from esc_core.models.card import Card
from esc_core.models.folder import read_card
from esc_core.models.installed import MODELS_DIR, find_model, list_models

MAX_BYTES = 60_000_000
"""All shipped models together."""


class Least(NamedTuple):
    """What a shipped model reaches at least.

    Attributes
    ----------
    clean, room : float
        Accuracy on clean clips, and in the noisy room.
    answered : float
        Share of the clean clips that are answered.
    off : float
        Largest calibration error, on both.
    esc10 : float
        Accuracy on the clips of ESC-10 at 44.1 kHz, among all fifty categories.
    """

    clean: float
    room: float
    answered: float = 0.75
    off: float = 0.05
    esc10: float = 0.80


MODELS = {
    "mel_cnn": Least(0.845, 0.79),
    # it is less often right, so that fewer answers are sure at the same share of wrong ones
    "aclnet": Least(0.72, 0.70, answered=0.5, off=0.06, esc10=0.78),
    "yamnet": Least(0.865, 0.79),
    "together": Least(0.905, 0.83),
}
"""Shipped models, each with what makes it worth shipping."""

SCRATCH = {"mel_cnn", "aclnet"}
"""Those that have heard ESC-50 only."""


@pytest.fixture(scope="module")
def card() -> Card:
    """Read the card of the model that hears spectrograms."""
    return read_card(find_model("mel_cnn"))


def test_the_models_are_small() -> None:
    """No other model is shipped, and all of them fit."""
    assert {card.name for card in list_models(MODELS_DIR)} == set(MODELS)
    assert sum(path.stat().st_size for path in MODELS_DIR.rglob("*") if path.is_file()) < MAX_BYTES


@pytest.mark.parametrize("name", MODELS)
def test_the_card_keeps_its_promises(name: str) -> None:
    """Fifty labels, five accuracies with a mean that is worth shipping, few wrong answers, and what it has heard."""
    card = read_card(find_model(name))
    assert (len(card.labels), len(set(card.labels)), card.folds) == (50, 50, (1, 2, 3, 4, 5))
    for kind, least in zip(("esc50", "noisy_room"), MODELS[name][:2], strict=True):
        scores = card.details["scores"][kind]
        assert scores["mean"] == pytest.approx(np.mean(scores["fold_accuracy"]))
        assert scores["mean_without_development_fold"] == pytest.approx(np.mean(scores["fold_accuracy"][1:]))
        assert scores["mean"] >= least
        assert (scores["data"], scores["epoch"]) == ("16 kHz, 8-bit copy", "last")
    assert set(card.details["category_recall"]) == set(card.labels)
    recalls = list(card.details["category_recall"].values())
    assert np.mean(recalls) == pytest.approx(card.details["scores"]["esc50"]["mean"], abs=0.02)
    clean, noisy = card.details["not_sure"], card.details["not_sure"]["noisy_room"]
    assert clean["coverage"] >= MODELS[name].answered
    assert noisy["error"] <= 0.15
    assert max(part["expected_calibration_error"] for part in (clean, noisy)) < MODELS[name].off
    assert card.heard.startswith("ESC-50 only" if name in SCRATCH else "AudioSet before")
    assert card.needs_trunk == (name not in SCRATCH)
    assert "CC BY-NC" in card.details["licence"]


@pytest.mark.real_data
def test_labels_are_in_the_order_of_esc50(card: Card, esc50_dir: Path) -> None:
    """Position i is target i: groups are told by it."""
    assert card.labels == load_dataset(esc50_dir).categories
    assert len(original_md5()) == 50 * 40


@pytest.mark.real_data
@pytest.mark.parametrize("name", MODELS)
def test_real_clips_out_of_fold(name: str, esc10_dir: Path, yamnet_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The 400 clips of ESC-10 at 44.1 kHz, each by the network that held its fold out, among all 50 categories."""
    monkeypatch.setenv("YAMNET_DIR", str(yamnet_dir))
    scores = evaluate(Predictor(find_model(name)), load_dataset(esc10_dir))
    assert scores["data"] == "44.1 kHz, Ogg Vorbis copy"
    assert scores["n_clips"] == 400
    assert scores["accuracy"] > MODELS[name].esc10
    assert scores["top_5"] > 0.95
    assert min(scores["fold_accuracy"].values()) > 0.70
