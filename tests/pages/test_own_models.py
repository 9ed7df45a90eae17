"""What Classify and Augment say of a model that was trained here: its groups, and which clips it trained on."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from esc_core.config import FeatureConfig, TrainConfig
from esc_core.dataset.own import create
from esc_core.models.card import Calibration, Card
from ui.answer.prediction import groups_of, who_answered
from ui.augment.sound import Sound
from ui.loaders import answers

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


def test_a_sample_is_answered_by_the_network_that_lacks_its_recording(
    card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that came after the model learnt; by none of them once each has heard a part of the recording."""
    own = create("Ours")
    own.add_category("door")
    rng = np.random.default_rng(0)
    ids = [
        own.add_sample(rng.uniform(-0.1, 0.1, 8_000), 16_000, category="door", title="", source="file", group=group).id
        for group in ("a", "b", "a")
    ]
    details = {"own_folds": {ids[0]: 1, ids[1]: 2}, "recordings": {ids[0]: "a", ids[1]: "b"}}
    ours = replace(card, folds=(1, 2), details=details)
    asked = SimpleNamespace(card=ours, predict=lambda y, sr, *, fold: fold)
    monkeypatch.setattr(answers, "predictor", lambda model: asked)
    monkeypatch.setattr(answers, "model_changed", lambda model: 0)

    def fold_asked() -> int | None:
        dataset = own.dataset()
        return answers.clip_answer(dataset, dataset.by_id[ids[2]], model="ours")[2]

    assert fold_asked() == 1
    own.merge_groups(["a", "b"])
    assert fold_asked() is None
