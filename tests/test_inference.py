"""Inference: crops, the right networks for each sound, "not sure", a timeline, and what can't be classified."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from esc_core.audio import to_wav_bytes
from esc_core.config import AudioLimits
from esc_core.errors import AudioError, ModelError
from esc_core.features import LOG_FLOOR, level_mel, log_mel, mel_power
from esc_core.inference import Predictor, classify, crop_frames
from esc_core.inference import predictor as module
from esc_core.inference.classify import classify_bytes
from esc_core.inference.front_end import mel_input
from esc_core.measures.loudness import without_offset
from esc_core.measures.metrics import softmax
from esc_core.models.card import Calibration, Card
from esc_core.models.folder import read_card
from tests.small_model import LABELS, write_small_model

SR = 16_000


def sound(seconds: float, *, sr: int = SR, seed: int = 0) -> np.ndarray:
    """Noise whose colour changes from second to second."""
    rng = np.random.default_rng(seed)
    n = round(seconds * sr)
    y = rng.standard_normal(n)
    y[n // 2 :] = np.convolve(y[n // 2 :], np.ones(8) / 8, mode="same")
    return (0.1 * y).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the small model once."""
    path = tmp_path_factory.mktemp("models") / "small"
    write_small_model(path)
    return path


@pytest.fixture(scope="module")
def predictor(folder: Path) -> Predictor:
    """Load the small model once."""
    return Predictor(folder)


def numbered(n_frames: int) -> np.ndarray:
    """Make a spectrogram whose frames are numbered from 1."""
    return np.tile(np.arange(1, n_frames + 1, dtype=np.float32), (2, 1))


def frames_of(network_input: np.ndarray) -> list[int]:
    """Return the numbers of the frames, 0 for silence."""
    levels = 10 ** network_input[0, :, 0].astype(float) - LOG_FLOOR
    return [round(x) for x in levels / (levels[levels > LOG_FLOOR].min())]


def test_a_spectrogram_as_the_network_takes_it() -> None:
    """The whole active part; one that is shorter than a training crop lies in the middle of silence."""
    whole = mel_input(numbered(12), least=4)
    assert (whole.shape, whole.dtype) == ((2, 12, 1), np.float32)
    assert frames_of(whole) == list(range(1, 13))
    assert frames_of(mel_input(numbered(4), least=9)) == [0, 0, 1, 2, 3, 4, 0, 0, 0]
    padded = np.pad(numbered(4), ((0, 0), (3, 3)))
    np.testing.assert_array_equal(mel_input(padded, least=4), mel_input(numbered(4), least=4))


def test_softmax() -> None:
    """Differences count, large numbers do not overflow."""
    np.testing.assert_allclose(softmax(np.array([[0.0, np.log(3)], [1e4, 1e4]])), [[0.25, 0.75], [0.5, 0.5]])


@pytest.mark.parametrize(
    ("chain", "n_frames"),
    [
        ([{"name": "mel_gain"}, {"name": "crop_stretch", "n_frames": 48}], 48),
        ([{"name": "crop_stretch"}], 128),
        ([{"name": "mel_gain"}], 0),
        ([], 0),
    ],
)
def test_crop_frames(chain: list[dict], n_frames: int) -> None:
    """The window is that of the chain's crop, also where the chain leaves it to the default."""
    assert crop_frames(chain) == n_frames


@pytest.mark.parametrize(("seconds", "sr"), [(5.0, SR), (0.3, SR), (2.0, 44_100), (7.0, SR)])
def test_probabilities(predictor: Predictor, seconds: float, sr: int) -> None:
    """They sum to one over the card's labels, for any length and rate."""
    prediction = predictor.predict(sound(seconds, sr=sr), sr)
    assert prediction.labels == LABELS
    assert (prediction.probs.shape, prediction.probs.dtype) == ((3,), np.float32)
    assert prediction.probs.sum() == pytest.approx(1, abs=1e-5)
    assert (prediction.timeline is not None) == (seconds > 5)
    assert prediction.seconds == pytest.approx(seconds, abs=0.03)


def test_the_best_come_first(predictor: Predictor) -> None:
    """Names with their probabilities, as many as asked for or as there are."""
    prediction = predictor.predict(sound(2), SR)
    top = prediction.top(5)
    assert [name for name, _ in top] == [LABELS[i] for i in np.argsort(-prediction.probs)]
    assert [prob for _, prob in top] == sorted((float(p) for p in prediction.probs), reverse=True)
    assert prediction.top(1) == top[:1]


def by_hand(folder: Path, y: np.ndarray, fold: int) -> np.ndarray:
    """Probabilities of one network, without the Predictor."""
    import keras

    card = read_card(folder)
    model = keras.saving.load_model(folder / f"fold{fold}.keras", compile=False)
    whole = log_mel(level_mel(mel_power(y, card.features)))
    return softmax(np.asarray(model(whole[None, ..., None], training=False)))[0]


def test_a_fold_asks_its_own_network_only(predictor: Predictor, folder: Path) -> None:
    """Each fold's answer is that of the network in its file, and they differ."""
    y = sound(3)
    answers = {fold: predictor.predict(y, SR, fold=fold) for fold in predictor.folds}
    for fold, answer in answers.items():
        assert answer.fold == fold
        np.testing.assert_allclose(answer.probs, by_hand(folder, y, fold), atol=1e-4)
    assert len({answer.probs.round(3).tobytes() for answer in answers.values()}) == 5


def test_without_a_fold_the_mean_of_all_answers(predictor: Predictor) -> None:
    """The five networks' probabilities, averaged."""
    y = sound(3)
    everyone = predictor.predict(y, SR)
    assert everyone.fold is None
    alone = [predictor.predict(y, SR, fold=fold).probs for fold in predictor.folds]
    np.testing.assert_allclose(everyone.probs, np.mean(alone, axis=0), atol=1e-5)


def test_many_clips_at_once(predictor: Predictor) -> None:
    """Forty clips of four lengths, more than a batch of each, give the answers that each clip gets alone."""
    sounds = [sound(3 + i % 4 / 4, seed=i) for i in range(40)]
    alone = [predictor.predict(y, SR, fold=2).probs for y in sounds]
    np.testing.assert_allclose(predictor.clip_probs(sounds, fold=2), alone, atol=1e-5)
    mels = [mel_power(without_offset(y, SR), predictor.card.features) for y in sounds]
    np.testing.assert_allclose(predictor.mel_probs(mels, fold=2), alone, atol=1e-5)
    assert predictor.clip_logits(sounds[:2]).shape == (5, 2, 3)


def test_a_clip_of_esc50_is_answered_out_of_fold(predictor: Predictor) -> None:
    """By its name a clip of fold 3 is recognised; an own recording is not; an explicit fold counts most."""
    data = to_wav_bytes(sound(2), SR)
    known = classify_bytes(predictor, data, name="3-100018-A-18.wav")
    assert (known.known_as, known.prediction.fold) == ("3-100018-A-18", 3)
    mine = classify_bytes(predictor, data, name="mine.wav")
    assert (mine.known_as, mine.prediction.fold) == (None, None)
    asked = classify_bytes(predictor, data, name="3-100018-A-18.wav", fold=4)
    assert (asked.known_as, asked.prediction.fold) == ("3-100018-A-18", 4)
    np.testing.assert_allclose(known.y, sound(2), atol=1e-4)
    assert known.sr == SR
    np.testing.assert_array_equal(known.prediction.probs, predictor.predict(known.y, SR, fold=3).probs)


def test_a_file_of_a_high_rate_is_kept_at_48_khz(predictor: Predictor) -> None:
    """It is as long as before, and that it was clipped is still known; resampling rounds what was cut off."""
    y = np.clip(2 * np.sin(2 * np.pi * 440 * np.arange(2 * 192_000) / 192_000), -0.5, 0.5).astype(np.float32)
    answer = classify_bytes(predictor, to_wav_bytes(y, 192_000), name="high.wav")
    assert (answer.y.size, answer.sr) == (2 * 48_000, 48_000)
    assert sum("clipped" in remark for remark in answer.prediction.remarks) == 1
    expected = predictor.predict(y, 192_000).probs
    np.testing.assert_allclose(answer.prediction.probs, expected, atol=1e-3)


def test_a_clip_of_esc50_is_recognised_by_content(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under any name, the original's bytes go to the network that was not trained on them."""
    data = to_wav_bytes(sound(2), SR)
    monkeypatch.setattr(classify, "known_clip_id", lambda name, content: "5-117118-A-42" if content == data else None)
    assert classify_bytes(predictor, data, name="mine.wav").prediction.fold == 5


def calibrated(predictor: Predictor, **calibration: Calibration) -> Card:
    """Return the predictor's card with another calibration of a fold, as ``fold1``, or of the deployment."""
    changed = {key.removeprefix("fold"): value for key, value in calibration.items()}
    return replace(predictor.card, calibration=predictor.card.calibration | changed)


@pytest.mark.parametrize(("margin", "not_sure"), [(-0.01, False), (0.01, True)])
def test_not_sure(predictor: Predictor, monkeypatch: pytest.MonkeyPatch, margin: float, not_sure: bool) -> None:
    """Below the threshold of whoever answers: a fold's own, or that of the mean of all."""
    y = sound(2)
    tops = {fold: float(predictor.predict(y, SR, fold=fold).probs.max()) for fold in (None, 1)}
    everyone, alone = (Calibration(1.0, tops[fold] + margin) for fold in (None, 1))
    monkeypatch.setattr(predictor, "card", calibrated(predictor, deployment=everyone, fold1=alone))
    for fold in (None, 1):
        answer = predictor.predict(y, SR, fold=fold)
        assert answer.threshold == pytest.approx(tops[fold] + margin)
        assert answer.not_sure is not_sure


def test_a_temperature_flattens(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Logits are divided by the temperature of the fold that answers, and of no other."""
    y = sound(2)
    before = {fold: predictor.predict(y, SR, fold=fold).probs for fold in (None, 1, 2)}
    monkeypatch.setattr(predictor, "card", calibrated(predictor, fold2=Calibration(50.0, 0.0)))
    np.testing.assert_allclose(predictor.predict(y, SR, fold=2).probs, 1 / 3, atol=0.03)
    assert np.abs(before[2] - 1 / 3).max() > 0.1
    for fold in (None, 1):
        np.testing.assert_array_equal(predictor.predict(y, SR, fold=fold).probs, before[fold])


def test_a_long_recording_has_a_timeline(predictor: Predictor) -> None:
    """Windows of the model's length over all of it; its own guess is the mean of those that are not quiet."""
    y = np.concatenate([1e-4 * sound(6), sound(6)])
    prediction = predictor.predict(y, SR, fold=1)
    timeline = prediction.timeline
    assert timeline is not None
    assert timeline.window_seconds == pytest.approx(96 * 400 / SR)
    assert timeline.times[0] == pytest.approx(timeline.window_seconds / 2)
    assert timeline.times[-1] == pytest.approx(12 - timeline.window_seconds / 2, abs=0.03)
    loud = ~timeline.quiet
    assert timeline.quiet[timeline.times < 4].all()
    assert loud[timeline.times > 6].all()
    np.testing.assert_allclose(prediction.probs, timeline.probs[loud].mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(timeline.probs[loud].sum(axis=1), 1, atol=1e-5)
    assert timeline.events[0].start > 3
    assert timeline.events[-1].end <= 12


def test_what_the_model_saw(predictor: Predictor) -> None:
    """The picture shows the whole recording on the model's scale, and says which part is active."""
    y = np.concatenate([np.zeros(SR, np.float32), sound(1), np.zeros(2 * SR, np.float32)])
    prediction = predictor.predict(y, SR)
    start, end = prediction.active_part
    assert start == pytest.approx(1.0, abs=0.05)
    assert end == pytest.approx(2.0, abs=0.1)
    assert prediction.log_mel.shape == (64, 161)
    first, last = round(start * 40), round(end * 40)
    levelled = log_mel(level_mel(mel_power(y, predictor.card.features)))
    np.testing.assert_allclose(prediction.log_mel[:, first:last], levelled, atol=1e-3)


def test_remarks_come_along(predictor: Predictor) -> None:
    """Clipped and quiet recordings are classified all the same."""
    y = np.clip(100 * sound(2), -0.005, 0.005)
    prediction = predictor.predict(y, SR)
    assert prediction.probs.sum() == pytest.approx(1, abs=1e-5)
    assert len(prediction.remarks) == 2
    assert "clipped" in prediction.remarks[0]
    assert "quiet" in prediction.remarks[1]
    assert predictor.predict(sound(2), SR).remarks == ()


def holding(value: float) -> np.ndarray:
    y = sound(2)
    y[100] = value
    return y


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (sound(0.2), "The sound is 0.2 s long; at least 0.25 s is needed."),
        (np.zeros(0, np.float32), "The sound is 0 s long; at least 0.25 s is needed."),
        (np.ones(301 * SR, np.float32), "The sound is 5 minutes 1 s long; at most 5 minutes can be used."),
        (holding(np.nan), "The sound holds samples that are not numbers."),
        (holding(-np.inf), "The sound holds samples that are not numbers."),
        (np.stack([sound(2)] * 2), "The waveform must have one channel, shape (n,), got shape (2, 32000)."),
    ],
    ids=["short", "empty", "long", "NaN", "infinite", "stereo"],
)
def test_what_cannot_be_classified(predictor: Predictor, y: np.ndarray, message: str) -> None:
    """Each in one sentence, with the figure where there is one."""
    with pytest.raises(AudioError, match=f"^{re.escape(message)}$"):
        predictor.predict(y, SR)


@pytest.mark.parametrize(("db", "quiet"), [(-92, True), (-80, True), (-60, True), (-45, False)])
def test_inaudible_hiss_is_quiet(predictor: Predictor, db: float, quiet: bool) -> None:
    """After digital silence, 16-bit noise far below full scale is not amplified into rain; a room's noise may count."""
    rng = np.random.default_rng(0)
    hiss = np.round(10 ** (db / 20) * rng.standard_normal(4 * SR) * 2**15) / 2**15
    y = np.concatenate([hiss, np.zeros(4 * SR), hiss])
    y[: SR // 2] = 10 ** (-35 / 20) * rng.standard_normal(SR // 2)  # a soft sound, so that not all of it is quiet
    timeline = predictor.predict(y.astype(np.float32), SR).timeline
    assert timeline is not None
    tail = timeline.times - timeline.window_seconds / 2 > 8.1
    assert tail.any()
    assert timeline.quiet[tail].all() == quiet


@pytest.mark.parametrize("seconds", [2, 7])
@pytest.mark.parametrize(
    "y", [0.0 * sound(7), 0.0 * sound(7) + 0.5, 1e-30 * sound(7), 0.3 + 1e-3 * sound(7)],
    ids=["zeros", "constant", "tiny", "hiss on a constant"],
)  # fmt: skip
def test_nothing(predictor: Predictor, y: np.ndarray, seconds: int) -> None:
    """Silence and hiss get no answer at any length, only a raw guess, and no remark."""
    prediction = predictor.predict(y[: seconds * SR].astype(np.float32), SR)
    assert (prediction.nothing, prediction.not_sure, prediction.remarks) == (True, False, ())
    assert prediction.probs.sum() == pytest.approx(1, abs=1e-5)
    assert np.isfinite(prediction.log_mel).all()
    assert not predictor.predict(sound(seconds), SR).nothing


def test_an_offset_changes_no_answer(predictor: Predictor) -> None:
    y = np.concatenate([np.zeros(SR, np.float32), sound(1), np.zeros(SR, np.float32)])
    np.testing.assert_allclose(
        predictor.predict(y + np.float32(0.3), SR).probs, predictor.predict(y, SR).probs, atol=1e-3
    )


def test_the_caps_can_be_changed(predictor: Predictor) -> None:
    """The shortest sound allowed has an answer; other limits draw the line elsewhere."""
    assert predictor.predict(sound(0.25), SR).probs.sum() == pytest.approx(1, abs=1e-5)
    limits = AudioLimits(min_seconds=3, max_seconds=4)
    with pytest.raises(AudioError, match=r"^The sound is 2 s long; at least 3 s is needed\.$"):
        predictor.predict(sound(2), SR, limits=limits)
    with pytest.raises(AudioError, match=r"^The sound is 5 s long; at most 4 s can be used\.$"):
        predictor.predict(sound(5), SR, limits=limits)


@pytest.mark.parametrize("fold", [0, 6])
def test_no_such_fold(predictor: Predictor, fold: int) -> None:
    """The message names the model and the fold."""
    with pytest.raises(ModelError, match=f"small has no network that held out fold {fold}"):
        predictor.predict(sound(2), SR, fold=fold)


def test_two_threads_get_the_same_answers(folder: Path) -> None:
    """A model that several sessions share, loaded by whoever comes first, mixes nothing up."""
    shared, own = Predictor(folder), Predictor(folder)
    jobs = [(sound(1 + i % 3, seed=i), (None, 1, 2)[i % 3]) for i in range(12)]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda job: shared.predict(job[0], SR, fold=job[1]).probs, jobs))
    for probs, (y, fold) in zip(together, jobs, strict=True):
        np.testing.assert_allclose(probs, own.predict(y, SR, fold=fold).probs, atol=1e-6)


def test_a_network_that_is_damaged(folder: Path, tmp_path: Path) -> None:
    """The card is read at once, the weights when they are needed; what is wrong is named."""
    (tmp_path / "small").mkdir()
    for path in folder.iterdir():
        (tmp_path / "small" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "small" / "fold2.keras").write_bytes(b"no weights")
    damaged = Predictor(tmp_path / "small")
    assert damaged.predict(sound(1), SR, fold=1).fold == 1
    with pytest.raises(ModelError, match=r"small can't be used: fold2\.keras is damaged"):
        damaged.predict(sound(1), SR, fold=2)


@pytest.mark.parametrize("fold", [None, 2])
def test_a_spectrogram_is_answered_as_its_waveform(predictor: Predictor, fold: int | None) -> None:
    """Asked of the mel power alone, the models say what they say of the sound."""
    y = (0.1 * np.random.default_rng(3).standard_normal(32_000)).astype(np.float32)
    (probs,) = predictor.mel_probs([mel_power(y, predictor.card.features)], fold=fold)
    np.testing.assert_allclose(probs, predictor.predict(y, 16_000, fold=fold).probs, atol=1e-5)


def test_a_sound_that_fits_no_category_is_not_answered(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the rule of the model's card, fold by fold, among many clips as where one is classified."""

    class Rule:
        def hear(self, sound: object) -> str:
            return "fan"

        def is_unknown(self, probs: np.ndarray, heard: object) -> bool:
            return heard == "fan" and probs.shape == (len(LABELS),)

    monkeypatch.setattr(module, "rule_of", lambda card, fold: Rule() if fold == 2 else None)
    waves = [sound(2, seed=seed) for seed in range(3)]
    for fold, answered in ((2, [False] * 3), (3, [True] * 3)):
        probs, sure = predictor.clip_answers(waves, fold=fold)
        np.testing.assert_allclose(probs, predictor.clip_probs(waves, fold=fold), atol=1e-6)
        assert sure.tolist() == answered
