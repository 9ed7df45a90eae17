"""Features: known signals give known numbers, and a data set's cache is complete or missing."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile as sf

from esc_core.config import FeatureConfig, esc_home
from esc_core.dataset import Dataset, load_dataset
from esc_core.errors import DatasetError
from esc_core.features import (
    LOG_FLOOR,
    active_frames,
    cache_key,
    clip_mel_power,
    extract,
    full_scale_power,
    level_mel,
    log_mel,
    log_mel_db,
    mel_power,
)
from esc_core.features import (
    cache as arrays,
)
from esc_core.features.cache import unreadable_rows
from tests.zip_server import SR as SMALL_SR
from tests.zip_server import make_clips, make_table

CONFIG = FeatureConfig()
SMALL = FeatureConfig(sr=SMALL_SR, n_fft=256, hop_length=200, n_mels=16, fmax=4_000.0)
CONFIGS = {
    "default": CONFIG,
    "44.1 kHz": FeatureConfig(sr=44_100, n_fft=2_048, hop_length=1_024, n_mels=128, fmin=0.0, fmax=20_000.0),
    "window of no power of two": FeatureConfig(n_fft=400, hop_length=160, n_mels=40, fmin=50.0, fmax=7_000.0),
    "frames that do not overlap": FeatureConfig(sr=8_000, n_fft=512, hop_length=512, n_mels=32, fmax=4_000.0),
}


def band_centres(config: FeatureConfig) -> np.ndarray:
    """Centre of each band by Slaney's formula, in Hz: linear up to 1 kHz, logarithmic above."""

    def mel(freq: float) -> float:
        return 3 * freq / 200 if freq < 1_000 else 15 + 27 * np.log(freq / 1_000) / np.log(6.4)

    mels = np.linspace(mel(config.fmin), mel(config.fmax), config.n_mels + 2)[1:-1]
    return np.where(mels < 15, mels * 200 / 3, 1_000 * 6.4 ** ((mels - 15) / 27))


def tone(freq: float, *, sr: int = CONFIG.sr, seconds: float = 2.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * freq * np.arange(round(seconds * sr)) / sr)).astype(np.float32)


def noise(n: int, *, seed: int = 0) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(n)).astype(np.float32)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
@pytest.mark.parametrize("n", [300, 40_000, 40_001])
@pytest.mark.filterwarnings("ignore:n_fft=.* is too large for input signal:UserWarning")
def test_the_same_numbers_as_librosa(config: FeatureConfig, n: int) -> None:
    """Noise and a tone, at any length, agree with `librosa.feature.melspectrogram` within float32 rounding."""
    y = noise(n) + 0.1 * tone(1_000, sr=config.sr, seconds=n / config.sr)
    expected = librosa.feature.melspectrogram(
        y=y,
        sr=config.sr,
        n_fft=config.n_fft,
        hop_length=config.hop_length,
        n_mels=config.n_mels,
        fmin=config.fmin,
        fmax=config.fmax,
    )
    mel = mel_power(y, config)
    assert mel.dtype == np.float32
    assert mel.shape == (config.n_mels, 1 + n // config.hop_length)
    np.testing.assert_allclose(mel, expected, rtol=1e-4, atol=1e-9 * expected.max())


@pytest.mark.parametrize("band", [3, 20, 40, 60])
def test_a_tone_is_a_row(band: int) -> None:
    """A tone at a band's centre is loudest there in every frame, and absent five bands away."""
    mel = mel_power(tone(band_centres(CONFIG)[band]), CONFIG)[:, 3:-3]
    assert (mel.argmax(axis=0) == band).all()
    far = np.abs(np.arange(CONFIG.n_mels) - band) >= 5
    assert mel[far].max() < 1e-5 * mel[band].min()
    np.testing.assert_allclose(mel[band], mel[band].mean(), rtol=0.02)


def test_a_click_is_a_column() -> None:
    """A single sample has a flat spectrum, weighted by the square of the window at its place.

    It lies in the middle of frame 10 and 400 samples off the middle of frames 9 and 11; Slaney's bands have unit area
    in Hz, so each sums to one over the distance of two FFT bins.
    """
    y = np.zeros(8_000, np.float32)
    y[10 * CONFIG.hop_length] = 1.0
    mel = mel_power(y, CONFIG)
    assert np.flatnonzero(mel.any(axis=0)).tolist() == [9, 10, 11]
    beside = np.cos(np.pi * CONFIG.hop_length / CONFIG.n_fft) ** 4
    np.testing.assert_allclose(mel[:, [9, 11]], beside * mel[:, [10, 10]], rtol=1e-4)
    np.testing.assert_allclose(mel[30:, 10], CONFIG.n_fft / CONFIG.sr, rtol=0.05)


def test_power_grows_with_the_square() -> None:
    """Ten times the amplitude is a hundred times the power."""
    y = noise(8_000)
    np.testing.assert_allclose(mel_power(10 * y, CONFIG), 100 * mel_power(y, CONFIG), rtol=1e-4)


def test_silence_is_zero() -> None:
    """No offset, no rounding: digital silence has no power at all."""
    mel = mel_power(np.zeros(80_000, np.float32), CONFIG)
    assert mel.shape == (64, 201)
    assert not mel.any()


def test_any_kind_of_number_will_do() -> None:
    """Double-precision input gives the same float32 output."""
    y = noise(8_000)
    np.testing.assert_array_equal(mel_power(y.astype(np.float64), CONFIG), mel_power(y, CONFIG))


def test_a_file_is_five_seconds(tmp_path: Path) -> None:
    """A shorter clip is padded with silence, a longer one is cut, and each has the frames of 5 s."""
    y = noise(8 * SMALL_SR)
    for seconds in (1, 5, 8):
        sf.write(tmp_path / f"{seconds}.wav", y[: seconds * SMALL_SR], SMALL_SR, subtype="FLOAT")
    short, whole, long = (clip_mel_power(tmp_path / f"{seconds}.wav", SMALL) for seconds in (1, 5, 8))
    assert short.shape == whole.shape == long.shape == (16, SMALL.clip_frames) == (16, 201)
    np.testing.assert_array_equal(long, whole)
    np.testing.assert_array_equal(short[:, :40], whole[:, :40])
    assert not short[:, 42:].any()


def test_a_file_at_another_rate(tmp_path: Path) -> None:
    """It is resampled to the config's rate: the tone lies in the same band."""
    sf.write(tmp_path / "a.wav", tone(1_000, sr=22_050, seconds=5), 22_050)
    mel = clip_mel_power(tmp_path / "a.wav", CONFIG)
    assert (mel[:, 3:-3].argmax(axis=0) == np.abs(band_centres(CONFIG) - 1_000).argmin()).all()


def test_noise_at_full_scale_is_the_reference() -> None:
    """White noise with a mean square of 1 has this power per frame, whatever the settings."""
    y = np.random.default_rng(0).standard_normal(4 * 16_000)
    for config in (FeatureConfig(), FeatureConfig(n_fft=256, hop_length=256, n_mels=20)):
        mean = mel_power(y, config)[:, 2:-2].sum(axis=0).mean()
        assert full_scale_power(config) == pytest.approx(mean, rel=0.03)


def test_active_frames() -> None:
    """From the first to the last frame above the threshold, gaps included."""
    mel = np.zeros((4, 20), np.float32)
    mel[:, [5, 9]] = 1.0
    mel[:, 12] = 0.9e-7
    assert active_frames(mel) == slice(5, 10)
    mel[:, 12] = 1.1e-7
    assert active_frames(mel) == slice(5, 13)
    assert active_frames(np.zeros((4, 20), np.float32)) == slice(0, 20)


def test_levelling_cuts_padding_and_sets_the_power() -> None:
    """The padding is removed, and the active frames have a mean of 1, whatever lies between them."""
    rng = np.random.default_rng(0)
    sound = rng.uniform(0.5, 1.5, (8, 30)).astype(np.float32)
    sound[:, 10:20] = 0
    mel = np.pad(1e-6 * sound, ((0, 0), (7, 13)))
    levelled = level_mel(mel)
    assert (levelled.shape, levelled.dtype) == ((8, 30), np.float32)
    frame_power = levelled.sum(axis=0)
    assert frame_power[frame_power > 0].mean() == pytest.approx(1.0, rel=1e-5)
    np.testing.assert_allclose(levelled, sound * (levelled.max() / sound.max()), rtol=1e-5)
    np.testing.assert_allclose(level_mel(1e6 * mel), levelled, rtol=1e-5)


def test_levelling_changes_no_input_and_bears_silence() -> None:
    """The input is a read-only memory map; silence stays silence and does not become NaN."""
    mel = np.pad(np.ones((2, 3), np.float32), 1)
    mel.flags.writeable = False
    level_mel(mel)
    silent = np.zeros((4, 10), np.float32)
    np.testing.assert_array_equal(level_mel(silent), silent)


def test_logarithm_and_its_floor() -> None:
    """Unit power is 0, silence is the floor, 87 dB below."""
    values = log_mel(np.array([[0.0, 1.0, 100.0]], np.float32))
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, [[np.log10(LOG_FLOOR), 0.0, 2.0]], atol=1e-6)
    assert 10 * np.log10(LOG_FLOOR) == pytest.approx(-87, abs=0.05)


def test_decibels_for_eyes() -> None:
    """Below the peak, down to the floor; silence is the floor."""
    mel = np.array([[4.0, 0.4, 4e-5, 0.0]], np.float32)
    np.testing.assert_allclose(log_mel_db(mel), [[0, -10, -50, -80]], atol=1e-4)
    np.testing.assert_allclose(log_mel_db(mel, top_db=20), [[0, -10, -20, -20]], atol=1e-4)
    np.testing.assert_array_equal(log_mel_db(np.zeros((2, 2), np.float32)), np.full((2, 2), -80))


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Write eight clips of noise."""
    (tmp_path / "data" / "audio").mkdir(parents=True)
    (tmp_path / "data" / "meta").mkdir()
    clips = make_clips(8)
    for name, data in clips.items():
        (tmp_path / "data" / "audio" / name).write_bytes(data)
    # not in the order of the disk
    (tmp_path / "data" / "meta" / "esc50.csv").write_bytes(make_table(sorted(clips, reverse=True)))
    return load_dataset(tmp_path / "data")


def test_a_data_set_in_its_order(dataset: Dataset) -> None:
    """Row i of the array is clip i of the table; the array is mapped, and read-only."""
    calls: list[tuple[int, int]] = []
    cache = extract(dataset, SMALL, progress=lambda done, n: calls.append((done, n)))
    assert cache.path.parent == esc_home() / "features"
    assert isinstance(cache.mel, np.memmap)
    assert (cache.mel.shape, cache.mel.dtype) == ((8, 16, 201), np.float32)
    assert not cache.mel.flags.writeable
    for row, clip in zip(cache.mel, dataset.clips, strict=True):
        np.testing.assert_allclose(row, clip_mel_power(dataset.path(clip), SMALL), rtol=1e-5)
    assert calls[-1] == (8, 8)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)


def test_parallel_is_serial(dataset: Dataset, tmp_path: Path) -> None:
    """The number of workers changes no bit."""
    one, four = (extract(dataset, SMALL, n_workers=n, folder=tmp_path / str(n)) for n in (1, 4))
    assert one.path.read_bytes() == four.path.read_bytes()


def test_reopening_computes_nothing(dataset: Dataset) -> None:
    """The second call opens the file of the first, unchanged."""
    first = extract(dataset, SMALL)
    changed = first.path.stat().st_mtime_ns
    calls: list[int] = []
    second = extract(dataset, SMALL, progress=lambda done, n: calls.append(done))
    assert second.path == first.path
    assert second.path.stat().st_mtime_ns == changed
    assert calls == []
    np.testing.assert_array_equal(first.mel, second.mel)


def test_a_large_cache_is_verified_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its length, its header and the blocks, the first and the last byte among them; what lies between is not seen."""
    monkeypatch.setattr(arrays, "CHECKED_WHOLE", 0)
    monkeypatch.setattr(arrays, "BLOCK", 16)
    path, shape = tmp_path / "large.npy", (100, 1_000)
    arrays.stored_array(path, lambda i: np.full(1_000, i, np.float32), shape=shape, dtype="<f4")
    data = path.read_bytes()
    end = len(data) - 4  # of the array; the checksum follows

    def is_good(changed: bytes, **wanted: object) -> bool:
        path.write_bytes(changed)
        return arrays.open_array(path, **{"shape": shape, "dtype": "<f4"} | wanted) is not None

    def flipped(at: int) -> bytes:
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

    assert is_good(data)
    assert not any(is_good(flipped(at)) for at in (0, 20, end - 1, end - 16, end, len(data) - 1))
    assert not any(is_good(changed) for changed in (b"", data[:-1], data[: len(data) // 2], data + b"x"))
    assert not is_good(data, shape=(1_000, 100))
    assert not is_good(data, dtype="<i4")
    assert is_good(flipped(end - 17))


def test_the_key_is_of_settings_and_data(dataset: Dataset, tmp_path: Path) -> None:
    """Any setting, another folder, a clip's size or modification time give another key; nothing else does."""
    key = cache_key(dataset, SMALL)
    assert re.fullmatch(r"[0-9a-f]{20}", key)
    (dataset.root / "audio" / ".DS_Store").touch()
    assert cache_key(load_dataset(dataset.root), FeatureConfig(**SMALL.to_dict())) == key
    others = [{"hop_length": 100}, {"n_mels": 8}, {"fmin": 21.0}, {"n_fft": 512}, {"fmax": 3_999.0}]
    keys = {cache_key(dataset, FeatureConfig(**SMALL.to_dict() | other)) for other in others} | {key}
    path = dataset.path(dataset.clips[0])
    stat = path.stat()
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000_000))
    keys.add(cache_key(dataset, SMALL))
    path.write_bytes(path.read_bytes() + b"\0")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    keys.add(cache_key(dataset, SMALL))
    path.unlink()
    keys.add(cache_key(dataset, SMALL))
    keys.add(cache_key(Dataset(dataset.root, dataset.clips[:-1]), SMALL))
    assert len(keys) == 10
    (dataset.root / "audio" / "nowhere.wav").symlink_to(tmp_path / "gone.wav")  # not in the table, and of no account
    assert cache_key(dataset, SMALL) in keys
    dataset.root.rename(tmp_path / "moved")
    assert cache_key(load_dataset(tmp_path / "moved"), SMALL) not in keys


def test_a_changed_clip_is_computed_again(dataset: Dataset) -> None:
    """The cache follows the data."""
    before = extract(dataset, SMALL)
    sf.write(dataset.path(dataset.clips[0]), np.zeros(5 * SMALL_SR), SMALL_SR, subtype="PCM_24")
    after = extract(dataset, SMALL)
    assert not after.mel[0].any()
    np.testing.assert_array_equal(after.mel[1:], before.mel[1:])


class HalfwayError(Exception):
    """Raised in the middle of an extraction."""


def test_nothing_is_left_of_a_killed_extraction(dataset: Dataset, tmp_path: Path) -> None:
    """During the extraction there is no file under the final name, and afterwards none; the next call starts again."""
    folder = tmp_path / "cache"
    seen: list[list[str]] = []

    def stop(done: int, n: int) -> None:
        seen.append([path.name for path in folder.iterdir() if not path.name.startswith(".")])
        raise HalfwayError

    with pytest.raises(HalfwayError):
        extract(dataset, SMALL, progress=stop, folder=folder)
    assert seen == [[]]
    assert list(folder.iterdir()) == []
    assert extract(dataset, SMALL, folder=folder).mel.all(axis=(1, 2)).all()


def test_what_a_killed_process_left_is_removed(dataset: Dataset, tmp_path: Path) -> None:
    """After a day; younger files may belong to a running process."""
    old, young = (tmp_path / f".extracting-{name}.npy" for name in ("old", "young"))
    for path in (old, young):
        path.touch()
    os.utime(old, (0, 0))
    extract(dataset, SMALL, folder=tmp_path)
    assert (old.exists(), young.exists()) == (False, True)


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="this system can't reserve space")
def test_a_full_disk(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is noticed before the first clip, with a message, and leaves no file."""

    def full(fd: int, offset: int, size: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(DatasetError, match=r"the features can't be stored in .*cache: the disk is full"):
        extract(dataset, SMALL, folder=tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_folder_that_cannot_be_made(dataset: Dataset, tmp_path: Path) -> None:
    """A file instead of the folder is an error with the folder's name."""
    (tmp_path / "cache").touch()
    with pytest.raises(DatasetError, match=r"cache can't be written: "):
        extract(dataset, SMALL, folder=tmp_path / "cache")


@pytest.mark.parametrize("data", [None, b"", b"This is no sound."], ids=["missing", "empty", "text"])
def test_a_clip_that_cannot_be_read(dataset: Dataset, tmp_path: Path, data: bytes | None) -> None:
    """Its row is marked, and the others' rows are computed."""
    path = dataset.path(dataset.clips[3])
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    mel = extract(dataset, SMALL, folder=tmp_path / "cache").mel
    assert unreadable_rows(mel).tolist() == [3]
    assert np.isfinite(np.delete(mel, 3, axis=0)).all()


def test_unknown_system_calls_are_not_needed(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a system can't reserve space, as macOS can't, the array is the same."""
    expected = extract(dataset, SMALL, folder=tmp_path / "one").mel
    monkeypatch.delattr(os, "posix_fallocate", raising=False)
    np.testing.assert_array_equal(extract(dataset, SMALL, folder=tmp_path / "two").mel, expected)
