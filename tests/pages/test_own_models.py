"""What Classify and Augment say of a model that was trained here: its groups, and which clips it trained on."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from esc_core.config import FeatureConfig, TrainConfig
from esc_core.models.card import Calibration, Card
from ui.answer.prediction import groups_of, who_answered
from ui.augment.sound import Sound

LABELS = ("dog", "rain", "clock_tick", "helicopter")


@pytest.fixture
def card() -> Card:
    """Make the card of a run's model: one split, four categories, one clip in its training."""
    return Card(
        name="amber-fox",
        input="log_mel",
        labels=LABELS,
        features=FeatureConfig(),
        train_config=TrainConfig(),
        crop_frames=96,
        folds=(1,),
        calibration={"1": Calibration(), "deployment": Calibration()},
        details={"trained_on": ["2-100-A-0"], "synthetic": True},
    )


def test_groups_go_by_name(card: Card) -> None:
    """The second of four labels is not the second target of ESC-50."""
    assert groups_of(card) == {"dog": "animals", "rain": "nature", "clock_tick": "interior", "helicopter": "urban"}


def test_clip_it_has_trained_on_is_told(card: Card) -> None:
    """The answer to a clip of its training says so; to any other it says that it was not trained on it."""
    prediction = SimpleNamespace(fold=None)
    assert card.seen_in_training("2-100-A-0", synthetic=True)
    assert "which was trained on this recording" in who_answered(prediction, card, None, seen_in_training=True)
    assert not card.seen_in_training("1-100-A-0", synthetic=True)
    assert "was not trained on this sound" in who_answered(prediction, card, None)


def test_clip_of_its_own_fold_is_out_of_fold(card: Card) -> None:
    """A clip of ESC-50 in the fold that the model held out is answered out of fold."""
    assert "was not trained on fold 1" in who_answered(SimpleNamespace(fold=1), card, "1-100032-A-0")


def test_augment_asks_the_fold_only_where_there_is_one(card: Card) -> None:
    """A clip of another fold than the one held out is answered by all that the card has: the one model."""
    sound = Sound(np.zeros(10), 16_000, "a clip", "clip.wav", "key")
    assert sound.held_out_fold(card) is None
    assert replace(sound, known_as="4-102844-A-49").held_out_fold(card) is None
    assert replace(sound, known_as="1-100032-A-0").held_out_fold(card) == 1


def test_augment_heeds_the_recording_of_an_own_sound(card: Card) -> None:
    """A new sample of a recording that was held out is answered out of fold; not if another part of it was heard."""
    details = {"own_folds": {"door-1": 1}, "trained_on": ["keys-1"]}
    sound = Sound(np.zeros(10), 16_000, "a clip", "/set/audio/door-2.wav", "key", siblings=("door-1",))
    own = replace(card, details=details)
    assert sound.held_out_fold(own) == 1
    assert replace(sound, siblings=("door-1", "keys-1")).held_out_fold(own) is None
    assert replace(sound, siblings=()).held_out_fold(own) is None
