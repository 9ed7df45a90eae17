"""Waveforms: encoding keeps the level, files are mixed down, tones keep their frequency, levels are correct."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from esc_core import audio
from esc_core.errors import AudioError

SR = 16_000
STEP = 1 / 32_768
"""One step of 16 bits, full scale being 1."""


def tone(freq: float, *, sr: int = SR, seconds: float = 1.0, peak: float = 0.5) -> np.ndarray:
    return (peak * np.sin(2 * np.pi * freq * np.arange(round(seconds * sr)) / sr)).astype(np.float32)


def decoded(data: bytes) -> tuple[np.ndarray, int]:
    return sf.read(io.BytesIO(data), dtype="float32")


def frequency_of(y: np.ndarray, sr: int) -> float:
    return float(np.abs(np.fft.rfft(y * np.hanning(y.size))).argmax() * sr / y.size)


@pytest.mark.parametrize("gain", [1.0, 0.1, 0.01])
def test_wav_keeps_loudness(gain: float) -> None:
    """A gain of 0.1 comes back as 0.1: the peak is not normalised."""
    y = tone(440, peak=0.9)
    again, sr = decoded(audio.to_wav_bytes(y, SR, scale=gain))
    assert sr == SR
    np.testing.assert_allclose(again, gain * y, atol=2 * STEP)
    assert np.abs(again).max() == pytest.approx(0.9 * gain, abs=2 * STEP)


def test_wav_is_plain_16_bit() -> None:
    """Every browser plays one channel of 16-bit PCM in a RIFF file."""
    info = sf.info(io.BytesIO(audio.to_wav_bytes(tone(440), SR)))
    assert (info.format, info.subtype, info.channels, info.frames) == ("WAV", "PCM_16", 1, SR)


def test_wav_rounds_to_the_nearest_step() -> None:
    """Samples that were truncated would lie half a step too near to zero, which adds distortion."""
    steps = np.array([0.4, 0.6, 1.5, 2.5, -0.4, -0.6, -1.6, 32_766.6, -32_766.6])
    pcm, _ = sf.read(io.BytesIO(audio.to_wav_bytes(steps / 32_767, SR)), dtype="int16")
    assert pcm.tolist() == [0, 1, 2, 2, 0, -1, -2, 32_767, -32_767]


def test_wav_clips_rather_than_wraps() -> None:
    """Samples outside [-1, 1] are clipped and keep their sign."""
    y = np.array([-1e9, -2.0, -1.00001, -1.0, 0.0, 1.0, 1.00001, 2.0, 1e9], np.float32)
    again, _ = decoded(audio.to_wav_bytes(y, SR))
    np.testing.assert_allclose(again, np.clip(y, -1, 1), atol=2 * STEP)
    doubled, _ = decoded(audio.to_wav_bytes(np.array([0.75, -0.75], np.float32), SR, scale=2.0))
    np.testing.assert_allclose(doubled, [1.0, -1.0], atol=2 * STEP)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_wav_refuses_what_is_no_number(value: float) -> None:
    """One NaN would silence the whole sound in a browser."""
    y = tone(440)
    y[7] = value
    with pytest.raises(AudioError, match="holds NaN or infinite samples"):
        audio.to_wav_bytes(y, SR)


def test_load_reads_samples_as_they_are(tmp_path: Path) -> None:
    """One channel at the file's own rate comes back as float32, unchanged."""
    y = tone(440)
    sf.write(tmp_path / "a.wav", y, SR, subtype="FLOAT")
    again, sr = audio.load(tmp_path / "a.wav")
    assert (sr, again.dtype, again.shape) == (SR, np.float32, (SR,))
    np.testing.assert_array_equal(again, y)


def test_load_mixes_down(tmp_path: Path) -> None:
    """Channels are averaged; of a sound and its inverse one is taken, as they would cancel."""
    left, right = tone(440), tone(1000)
    sf.write(tmp_path / "two.wav", np.stack([left, right], axis=1), SR, subtype="FLOAT")
    y, _ = audio.load(tmp_path / "two.wav")
    np.testing.assert_allclose(y, (left + right) / 2, atol=1e-7)
    sf.write(tmp_path / "none.wav", np.stack([left, -left], axis=1), SR, subtype="FLOAT")
    np.testing.assert_array_equal(audio.load(str(tmp_path / "none.wav"))[0], left)


def test_load_says_what_is_unusual(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file that is cut short is read as far as it goes, with a warning; one that is whole is read without."""
    sf.write(tmp_path / "a.wav", tone(440), SR)
    audio.load(tmp_path / "a.wav")
    assert caplog.messages == []
    (tmp_path / "a.wav").write_bytes((tmp_path / "a.wav").read_bytes()[: 44 + SR])
    y, _ = audio.load(tmp_path / "a.wav")
    assert y.shape == (SR // 2,)
    assert caplog.messages == ["a.wav: The file is cut short: its header promises 1 s of sound, and 0.5 s can be read."]


def test_load_resamples(tmp_path: Path) -> None:
    """The sound has the rate asked for, and the tone keeps its frequency."""
    sf.write(tmp_path / "a.wav", tone(440, sr=44_100), 44_100)
    y, sr = audio.load(tmp_path / "a.wav", sr=SR)
    assert (sr, y.dtype, y.shape) == (SR, np.float32, (SR,))
    assert frequency_of(y, sr) == pytest.approx(440, abs=1)


def test_load_refuses_what_is_no_number(tmp_path: Path) -> None:
    """A single NaN would make every feature NaN, and any prediction the first label."""
    y = np.zeros(SR, np.float32)
    y[7] = np.nan
    sf.write(tmp_path / "odd.wav", y, SR, subtype="FLOAT")
    with pytest.raises(AudioError, match=r"^odd\.wav can't be read as sound: The sample at .* is nan; "):
        audio.load(tmp_path / "odd.wav")
    (tmp_path / "odd.raw").write_bytes(bytes(100))
    with pytest.raises(AudioError, match=r"^odd\.raw can't be read as sound: "):
        audio.load(tmp_path / "odd.raw")


@pytest.mark.parametrize("data", [None, b"", b"This is no sound.", b"RIFF"], ids=["missing", "empty", "text", "cut"])
def test_load_names_the_file_that_it_cannot_read(tmp_path: Path, data: bytes | None) -> None:
    """The message starts with the file's name."""
    if data is not None:
        (tmp_path / "odd.wav").write_bytes(data)
    with pytest.raises(AudioError, match=r"^odd\.wav can't be read as sound: "):
        audio.load(tmp_path / "odd.wav")


@pytest.mark.parametrize("target", [8_000, 16_000, 22_050, 44_100])
def test_resampling_keeps_a_tone(target: int) -> None:
    """Frequency, level, and length in seconds stay; the length in samples is rounded up."""
    y = tone(1000, seconds=1.0001)
    out = audio.resample(y, orig_sr=SR, target_sr=target)
    assert out.dtype == np.float32
    assert out.size == -(-y.size * target // SR)
    assert frequency_of(out, target) == pytest.approx(1000, abs=1)
    assert audio.level_db(out) == pytest.approx(audio.level_db(y), abs=0.05)


def test_resampling_down_removes_what_does_not_fit() -> None:
    """A tone above half the new rate is removed, not aliased."""
    assert audio.level_db(audio.resample(tone(6_000), orig_sr=SR, target_sr=8_000)) < -60


def test_resampling_to_the_same_rate_is_free() -> None:
    """The same array is returned."""
    y = tone(440)
    assert audio.resample(y, orig_sr=SR, target_sr=SR) is y


@pytest.mark.parametrize(
    ("y", "level"),
    [
        (np.tile(np.float32([1, -1]), 50), 0.0),
        (tone(440, peak=1.0), -3.0103),
        (tone(440, peak=0.1), -23.0103),
        (np.tile([0.5, -0.5], 50), -6.0206),
        (np.tile(np.float32([1e-30, -1e-30]), 500), -600.0),
    ],
    ids=["full scale", "sine", "sine at 0.1", "square", "tiny"],
)
def test_level(y: np.ndarray, level: float) -> None:
    """A full-scale square wave has 0 dB, a sine 3.01 dB less, and small numbers do not underflow."""
    assert audio.level_db(y) == pytest.approx(level, abs=1e-3)


def test_an_offset_has_no_level() -> None:
    """A constant is silence, and a tone on a constant has the tone's level; a hum of 50 Hz is no constant."""
    assert audio.level_db(np.full(100, 0.3, np.float32)) == -np.inf
    for freq in (50, 440):
        assert audio.level_db(0.3 + tone(freq, peak=0.1)) == pytest.approx(-23.0103, abs=1e-3)


@pytest.mark.parametrize("n", [0, 100])
def test_level_of_silence(n: int) -> None:
    """Silence and an empty array have a level of minus infinity."""
    assert audio.level_db(np.zeros(n, np.float32)) == -np.inf


def write_zeros(path: Path, *, seconds: float, sr: int) -> Path:
    """Write silence as FLAC, which stores it in almost nothing."""
    with sf.SoundFile(path, "w", sr, 1, format="FLAC", subtype="PCM_16") as file:
        for _ in range(round(seconds / 60)):
            file.write(np.zeros(60 * sr, np.int16))
    return path


def promising(n_frames: int, *, sr: int = SR) -> bytes:
    """Return a W64 file of one second whose header promises more."""
    buffer = io.BytesIO()
    sf.write(buffer, tone(440, sr=sr), sr, format="W64", subtype="PCM_16")
    data = bytearray(buffer.getvalue())
    at = data.index(b"data\xf3\xac\xd3\x11") + 16
    data[at : at + 8] = struct.pack("<Q", 2 * n_frames + 24)
    return bytes(data)


def test_a_clip_of_an_hour_is_refused(tmp_path: Path) -> None:
    """A small file can hold gigabytes of samples."""
    path = write_zeros(tmp_path / "hour.flac", seconds=3600, sr=8_000)
    assert path.stat().st_size < 1e6
    with pytest.raises(AudioError, match=r"^hour.flac can't be read as sound: the sound is 60 minutes long; at most"):
        audio.load(path)
    assert audio.file_fault(path) == "the sound is 60 minutes long; at most 5 minutes can be used"


@pytest.mark.parametrize("sr", [1, 999, 800_000])
def test_a_clip_at_a_rate_that_no_sound_has_is_refused(tmp_path: Path, sr: int) -> None:
    path = tmp_path / "odd.wav"
    sf.write(path, np.ones(sr if sr < 1_000 else 10), sr)
    with pytest.raises(AudioError, match=f"the sampling rate is {sr:,} Hz; 1,000 to 768,000 Hz can be used"):
        audio.load(path)


def test_a_clip_whose_header_promises_2_to_the_36_frames_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """No memory is taken for what is only promised."""
    path = tmp_path / "promise.w64"
    path.write_bytes(promising(2**36))
    y, sr = audio.load(path)
    assert (y.size, sr) == (SR, SR)
    assert audio.file_fault(path) is None


def test_a_clip_of_more_than_20_mb_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "big.wav"
    with path.open("wb") as file:
        file.write(audio.to_wav_bytes(tone(440), SR))
        file.truncate(21 * 2**20)
    with pytest.raises(AudioError, match="the file has 21 MB; at most 20 MB can be used"):
        audio.load(path)


@pytest.mark.parametrize(
    ("sr", "rate"), [(1_000, 8_000), (2_999, 8_997), (8_000, 8_000), (48_000, 48_000), (192_000, 48_000)]
)
def test_rates_are_brought_into_a_range(sr: int, rate: int) -> None:
    """A tone keeps its frequency and its length."""
    y, got = audio.at_rates(tone(200, sr=sr), sr, most=48_000, least=8_000)
    assert got == rate
    assert y.size == rate
    assert frequency_of(y, got) == pytest.approx(200, abs=1)
