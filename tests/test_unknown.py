"""The rule of "none of the fifty": agreement, likeness, their thresholds, and what the pages and commands say."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.made_sounds.basis import SR
from benchmarks.made_sounds.families import FAMILIES, made_sounds
from benchmarks.unknown.measures import auroc, false_acceptance
from esc_core.augment import Compose
from esc_core.config import FeatureConfig
from esc_core.dataset.categories import CATEGORIES
from esc_core.errors import ModelError
from esc_core.inference import Predictor, unknown
from esc_core.inference.audioset import GENERAL, SAME, outside
from esc_core.inference.events import Event
from esc_core.inference.front_end import Sound
from esc_core.inference.tipping import response_to
from esc_core.inference.unknown import Heard, UnknownRule, agreement, fit_likeness, likeness, profiles_of, rule_of
from esc_core.models.folder import card_path, read_card
from tests.small_model import LABELS, write_small_model

ALL_CLASSES = 521


def scores_of(*classes: int) -> np.ndarray:
    """Return the scores of a sound in which YAMNet hears just these classes."""
    scores = np.zeros(ALL_CLASSES, np.float32)
    scores[list(classes)] = 0.81
    return scores


def test_agreement_is_the_share_of_what_is_heard_that_fits() -> None:
    """A dog that is heard as a dog agrees fully; a flute does not at all; half of each by the cosine of 45 degrees."""
    profiles = profiles_of(np.stack([scores_of(1), scores_of(2)]), np.array([0, 1]))
    dog = np.array([1.0, 0.0])
    assert agreement(dog, scores_of(1), profiles) == pytest.approx(1)
    assert agreement(dog, scores_of(2), profiles) == pytest.approx(0)
    assert agreement(dog, scores_of(1, 9), profiles) == pytest.approx(np.sqrt(0.5))
    assert agreement(np.array([0.3, 0.7]), scores_of(1), profiles) == pytest.approx(0.3)
    assert agreement(np.stack([dog, dog]), np.stack([scores_of(1), scores_of(9)]), profiles).tolist() == [
        pytest.approx(1),
        pytest.approx(0),
    ]


def test_likeness_tells_sounds_apart_that_were_not_learnt_from() -> None:
    """Unknown sounds that are taken for one of two categories pass for neither; new ones are told apart, too."""
    rng = np.random.default_rng(0)

    def probs(n: int, *, among: list[int]) -> np.ndarray:
        logits = rng.standard_normal((n, 6))
        logits[np.arange(n), rng.choice(among, n)] += 5
        return np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)

    weights = fit_likeness(probs(200, among=[0, 1, 2, 3]), probs(60, among=[4, 5]))
    assert weights.shape == (6,)
    assert auroc(likeness(probs(200, among=[0, 1, 2, 3]), weights), likeness(probs(200, among=[4, 5]), weights)) > 0.97


def test_few_unknown_sounds_count_as_much_as_many() -> None:
    """The weights do not change where each unknown sound is there five times."""
    rng = np.random.default_rng(1)
    known, other = rng.dirichlet(np.ones(4), 50), rng.dirichlet([4, 1, 1, 1], 10)
    one, five = (fit_likeness(known, np.repeat(other, n, axis=0), penalty=0.6 * (50 + 10 * n) / 60) for n in (1, 5))
    order = np.argsort(likeness(known, one))
    assert np.corrcoef(likeness(known, one)[order], likeness(known, five)[order])[0, 1] > 0.98


def test_the_thresholds_let_97_and_95_of_100_pass() -> None:
    values = np.arange(1.0, 101.0)
    assert (values >= unknown.threshold_for(values)).sum() == 97
    assert (values >= unknown.threshold_for(values, share=unknown.KNOWN_SHARE_ALONE)).sum() == 95


def test_auroc_and_false_acceptance() -> None:
    """Of six pairs five are in order; at 90% of the known sounds, one of two others passes."""
    known, other = np.array([3.0, 4.0, 5.0]), np.array([1.0, 3.5])
    assert auroc(known, other) == pytest.approx(5 / 6)
    assert false_acceptance(known, other) == pytest.approx(1 / 2)
    assert auroc(other, known) == pytest.approx(1 / 6)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a small model whose card has a rule, once."""
    folder = tmp_path_factory.mktemp("models") / "small"
    write_small_model(folder)
    rule = {"agreement_below": 0.5, "weights": [0.0, 0.0, 0.0], "likeness_below": -99.0, "likeness_alone_below": 0.1}
    path = card_path(folder)
    keys = [*"12345", "deployment"]
    path.write_text(json.dumps(json.loads(path.read_text()) | {"unknown": dict.fromkeys(keys, rule)}))
    return folder


@pytest.fixture(scope="module")
def predictor(model: Path) -> Predictor:
    """Load it once."""
    return Predictor(model)


@pytest.fixture
def no_trunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("esc_core.inference.unknown.hear", lambda sound: None)


def tone(seconds: float = 2.0) -> np.ndarray:
    return (0.2 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * SR)) / SR)).astype(np.float32)


@pytest.mark.usefixtures("no_trunk")
def test_without_yamnet_likeness_counts(predictor: Predictor) -> None:
    """Weights of zero make any sound unlike a clip: unknown, and no sure answer. Quiet background stays nothing."""
    prediction = predictor.predict(tone(), SR)
    assert (prediction.unknown, prediction.not_sure, prediction.nothing, prediction.outside) == (True, True, False, ())
    nothing = predictor.predict(1e-4 * tone(), SR)
    assert (nothing.unknown, nothing.not_sure, nothing.nothing) == (False, False, True)


@pytest.mark.usefixtures("no_trunk")
def test_an_augmented_sound_may_be_unknown(predictor: Predictor) -> None:
    """As the sound itself would be; a sweep does not ask, and of a spectrogram nobody can tell."""
    plain, whole = Compose.from_json([{"name": "gain", "gain_db": 0}]), np.random.default_rng(0)
    applied = plain(tone(), SR, whole)
    assert response_to(predictor, applied, fold=None).unknown
    swept = response_to(predictor, applied, fold=None, ask_unknown=False)
    assert not swept.unknown
    np.testing.assert_array_equal(swept.probs, predictor.predict(tone(), SR).probs)
    pictured = Compose.from_json([{"name": "mel_gain", "gain_db": 0}])(tone(), SR, whole)
    assert pictured.mel is not None
    assert not response_to(predictor, pictured, fold=None).unknown


@pytest.mark.parametrize(("heard_class", "is_unknown"), [(69, False), (191, True)])
def test_with_yamnet_agreement_counts(
    predictor: Predictor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, heard_class: int, is_unknown: bool
) -> None:
    """All profiles are of one class of AudioSet: a sound that is heard as another one is none of the fifty."""
    profiles = np.zeros((50, ALL_CLASSES), np.float32)
    profiles[:, 69] = 1
    path = tmp_path / "profiles.npz"
    np.savez(path, **dict.fromkeys([*"12345", "deployment"], profiles))
    monkeypatch.setattr(unknown, "PROFILES", path)
    monkeypatch.setattr(
        "esc_core.inference.unknown.hear", lambda sound: Heard(scores_of(heard_class), ("flute",) * is_unknown)
    )
    prediction = predictor.predict(tone(), SR, fold=2)
    assert (prediction.unknown, prediction.outside) == (is_unknown, ("flute",) * is_unknown)


def test_a_model_without_a_rule_has_none(model: Path) -> None:
    """As one that was trained here; nor has one whose rule is for another number of categories."""
    card = read_card(model)
    assert rule_of(replace(card, details={}), None) is None
    wrong = {"agreement_below": 0.5, "weights": [1.0], "likeness_below": 0.0, "likeness_alone_below": 0.0}
    assert rule_of(replace(card, details={"unknown": {"deployment": wrong}}), None) is None


def test_categories_that_have_no_profile_are_judged_by_likeness(model: Path) -> None:
    """Also where YAMNet is there."""
    card = replace(read_card(model), labels=("my door", *LABELS[1:]))
    rule = rule_of(card, None)
    assert rule is not None
    assert rule.profiles is None
    assert rule.is_unknown(np.full(3, 1 / 3), Heard(scores_of(1), ()))


def test_a_damaged_rule_is_a_damaged_card(model: Path) -> None:
    path = card_path(model)
    good = path.read_text()
    values = json.loads(good)
    values["unknown"]["1"]["weights"] = "many"
    path.write_text(json.dumps(values))
    try:
        with pytest.raises(ModelError, match="the card of small is damaged: unknown has a value that it can't have"):
            read_card(model)
    finally:
        path.write_text(good)


def test_one_value_below_its_threshold_is_enough() -> None:
    """With YAMNet either value; without it likeness alone, by its own threshold. Here likeness is log 0.25 = −1.39."""
    half = np.array([0.5, 0.5])
    profiles = profiles_of(np.stack([scores_of(1), scores_of(1)]), np.array([0, 1]))
    rule = UnknownRule(
        agreement_below=0.5, weights=np.ones(2), likeness_below=-1.5, likeness_alone_below=-1.3, profiles=profiles
    )
    assert not rule.is_unknown(half, Heard(scores_of(1), ()))
    assert rule.is_unknown(half, Heard(scores_of(2), ()))
    assert replace(rule, likeness_below=-1.2).is_unknown(half, Heard(scores_of(1), ()))
    assert rule.is_unknown(half, None)
    assert not replace(rule, likeness_alone_below=-1.4).is_unknown(half, None)


@pytest.mark.parametrize(("heard_inside", "known"), [((1, 2), True), ((2, 2), False)])
def test_one_known_event_makes_a_long_recording_known(
    monkeypatch: pytest.MonkeyPatch, heard_inside: tuple[int, int], known: bool
) -> None:
    """Each event is judged by its own second of sound and its own window, whatever else is in the recording."""
    monkeypatch.setattr(unknown, "hear", lambda sound: Heard(scores_of(heard_inside[int(sound.y[0])]), ()))
    rule = UnknownRule(
        agreement_below=0.5, weights=np.zeros(2), likeness_below=-1.0, likeness_alone_below=0.0,
        profiles=profiles_of(np.stack([scores_of(1), scores_of(3)]), np.array([0, 1])),
    )  # fmt: skip
    timeline = SimpleNamespace(
        times=np.array([0.5, 1.5]),
        probs=np.array([[0.9, 0.1], [0.9, 0.1]]),
        events=(Event(0.0, 1.0, 0, 0.9), Event(1.0, 2.0, 0, 0.9)),
    )
    features = FeatureConfig()
    sound = Sound(np.repeat([0.0, 1.0], SR), np.zeros((features.n_mels, 2 * SR // features.hop_length)), features)
    assert rule.knows_an_event(timeline, sound) is known


def test_the_words(predictor: Predictor) -> None:
    """Unknown is said before not sure, and of how many categories; the small model has three."""
    prediction = replace(predictor.predict(tone(), SR), unknown=True, not_sure=True)
    assert prediction.doubt == "none of its 3 categories"
    assert replace(prediction, unknown=False).doubt == "not sure"
    assert replace(prediction, unknown=False, not_sure=False).doubt == ""
    assert replace(prediction, labels=CATEGORIES).doubt == "none of the fifty categories"


NAMES = ("Dog", "Flute", "Music", "Violin, fiddle", "Animal")


def test_what_is_heard_outside_the_fifty() -> None:
    """The highest score first, in a word each; not one of the fifty, not what names no sound, not what is faint."""
    assert outside(np.array([0.9, 0.5, 0.6, 0.3, 0.8]), NAMES) == ("music", "flute", "violin")
    assert outside(np.array([0.9, 0.19, 0.6, 0.0, 0.8]), NAMES) == ("music",)
    assert outside(np.array([0.9, 0.5, 0.6, 0.3, 0.8]), NAMES, k=1) == ("music",)
    assert outside(np.array([0.9, 0.0, 0.0, 0.0, 0.8]), NAMES) == ()


def test_each_category_has_names_of_audioset() -> None:
    assert tuple(sorted(SAME)) == tuple(sorted(CATEGORIES))
    assert all(SAME.values())


@pytest.mark.real_data
def test_the_names_are_those_of_the_class_map(yamnet_dir: Path) -> None:
    with (yamnet_dir / "yamnet_class_map.csv").open(newline="", encoding="utf-8") as file:
        names = {row["display_name"] for row in csv.DictReader(file)}
    assert {name for same in SAME.values() for name in same} | GENERAL <= names


def test_made_sounds_are_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seeded, of the length that was asked, in range; those to learn from are others; half of them are in a room."""
    assert 48 + sum(n for n, _ in FAMILIES.values()) >= 200
    monkeypatch.setattr("benchmarks.made_sounds.families.speech", lambda rng, i, voices: rng.standard_normal(SR))
    monkeypatch.setattr("benchmarks.made_sounds.families.N_SPEECH", 2)
    monkeypatch.setattr(
        "benchmarks.made_sounds.families.FAMILIES", {name: (2, make) for name, (_, make) in FAMILIES.items()}
    )
    first, again, to_fit = list(made_sounds()), list(made_sounds()), list(made_sounds(to_fit=True))
    assert len(first) == len(to_fit) == 2 + 2 * len(FAMILIES)
    assert all(np.array_equal(a.y, b.y) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a.y, b.y) for a, b in zip(first, to_fit, strict=True))
    assert sum(s.in_room for s in first) * 2 == len(first)
    for made in first:
        assert made.y.dtype == np.float32
        assert np.isfinite(made.y).all()
        assert 0.95 * SR < made.y.size <= 5 * SR
        assert 0.02 < np.abs(made.y).max() < 2
