"""Clips of ESC-50 that come under other names and in other formats, and sounds that are none of them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from esc_core import audio
from esc_core.dataset import load_dataset
from esc_core.dataset.official import official_clips
from esc_core.features import mel_power
from esc_core.inference import Predictor, recognise
from esc_core.inference.classify import classify_bytes
from esc_core.inference.recognise import FEATURES, Fingerprints, fingerprint, known_clip, known_fingerprints, match
from esc_core.models.installed import find_model

SR = 16_000


def events(seed: int, *, seconds: float = 5.0) -> np.ndarray:
    """Return a sound in which something happens: noise whose bands swell and fade."""
    rng = np.random.default_rng(seed)
    n = int(seconds * SR)
    t = np.arange(n) / SR
    swells = [np.interp(t, np.arange(0, seconds + 0.3, 0.1), rng.random(int(seconds * 10) + 3)) for _ in range(12)]
    tones = [np.sin(2 * np.pi * f * t + rng.random()) for f in np.geomspace(300, 6_000, 12)]
    return (sum(s * x for s, x in zip(swells, tones, strict=True)) / 12).astype(np.float32)


def print_of(y: np.ndarray) -> np.ndarray:
    return fingerprint(mel_power(y, FEATURES))


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let four sounds be all that is known."""
    ids = [f"{seed}-{seed}-A-0" for seed in range(1, 5)]
    prints = np.stack([print_of(events(seed)) for seed in range(1, 5)])
    monkeypatch.setattr(recognise, "known_fingerprints", lambda: (tuple(ids), Fingerprints.of(prints)))
    return ids


def test_a_sound_is_itself() -> None:
    """At any level; the same signs agree, and others agree no more often than they differ."""
    one = print_of(events(1))
    assert one.shape == (32, 49)
    assert set(np.unique(one)) <= {-1, 0, 1}
    assert (one == print_of(0.01 * events(1))).mean() > 0.999
    found = match(mel_power(events(1), FEATURES), Fingerprints.of(np.stack([print_of(events(2)), one])))
    assert (found.nearest, found.agreement, found.same) == (1, 1, True)
    other = match(mel_power(events(3), FEATURES), Fingerprints.of(np.stack([print_of(events(2)), one])))
    assert abs(other.agreement) < 0.2
    assert not other.same


@pytest.mark.parametrize("kind", ["MP3", "OGG", "FLAC"])
def test_in_another_format(known: list[str], kind: str) -> None:
    """At another rate, too."""
    file = io.BytesIO()
    soundfile.write(file, audio.resample(events(3), orig_sr=SR, target_sr=44_100), 44_100, format=kind)
    file.seek(0)
    y, sr = soundfile.read(file, dtype="float32")
    assert recognise.recognise(y, sr) == known[2]


def test_a_little_later_and_with_noise(known: list[str]) -> None:
    """Seventy milliseconds of silence before it, and noise 20 dB below."""
    y = np.concatenate([np.zeros(1120, np.float32), events(2)])[: 5 * SR]
    noise = np.random.default_rng(0).standard_normal(y.size) * y.std() / 10
    assert recognise.recognise(y + noise.astype(np.float32), SR) == known[1]


@pytest.mark.parametrize(
    "y",
    [
        events(9),
        np.zeros(5 * SR, np.float32),
        np.zeros(0, np.float32),
        np.full(5 * SR, np.nan, np.float32),
        np.full(5 * SR, 3e38, np.float32),
        np.eye(1, 5 * SR, dtype=np.float32)[0],
        events(1, seconds=60.0),
        events(1)[: SR // 2],
    ],
    ids=["another", "silence", "nothing", "NaN", "extreme", "a click", "a minute", "half a second"],
)
def test_not_a_clip(known: list[str], y: np.ndarray) -> None:
    """Nothing that is not a clip is taken for one, and nothing fails."""
    assert known
    assert recognise.recognise(y, SR) is None


def test_a_file_by_its_name_or_its_sound(known: list[str], tmp_path: Path) -> None:
    """Whatever it is called; what can't be read is known by its name only."""
    soundfile.write(tmp_path / "mine-3f9a2b.wav", events(2), SR)
    soundfile.write(tmp_path / "other.wav", events(9), SR)
    for name in ("1-100032-A-0.wav", "damaged.wav"):
        (tmp_path / name).write_bytes(b"no sound")
    found = {path.name: known_clip(path) for path in sorted(tmp_path.iterdir())}
    assert found == {
        "1-100032-A-0.wav": "1-100032-A-0", "damaged.wav": None, "mine-3f9a2b.wav": known[1], "other.wav": None,
    }  # fmt: skip


def test_the_shipped_fingerprints() -> None:
    """One for each of the 2000 clips; no two clips of different folds share one, but for the cat that lies in two."""
    ids, prints = known_fingerprints()
    assert set(ids) == set(official_clips())
    assert (prints.changes.shape[1], prints.n_columns) == (2000, 49)
    assert (prints.changes != 0).any(axis=0).all()
    changes, rises = (
        np.unpackbits(np.ascontiguousarray(words.T).view(np.uint8), axis=1) for words in (prints.changes, prints.rises)
    )
    flat = (changes * (2.0 * rises - 1)).astype(np.float32)
    compared = np.maximum(np.abs(flat) @ np.abs(flat).T, 1)
    agreement = (flat @ flat.T) / compared
    folds = np.array([int(clip_id[0]) for clip_id in ids])
    apart = folds[:, None] != folds[None, :]
    alike = apart & (agreement >= recognise.AGREEMENT) & (agreement * np.sqrt(compared) >= recognise.CERTAIN)
    assert {ids[i] for i in np.flatnonzero(alike.any(axis=1))} <= {"2-110011-A-5", "5-256452-A-5"}


@pytest.mark.real_data
def test_real_clips_as_mp3_under_another_name(esc10_dir: Path) -> None:
    """A dog, rain and a rooster at 44.1 kHz, as MP3: each goes to the one model that never heard it."""
    predictor = Predictor(find_model("mel_cnn"))
    dataset = load_dataset(esc10_dir)
    for category in ("dog", "rain", "rooster"):
        clip = next(clip for clip in dataset.clips if clip.category == category and clip.fold == 3)
        y, sr = audio.load(dataset.path(clip))
        file = io.BytesIO()
        soundfile.write(file, y, sr, format="MP3")
        answer = classify_bytes(predictor, file.getvalue(), name="mine.mp3")
        assert (answer.known_as, answer.prediction.fold) == (clip.clip_id, 3)
