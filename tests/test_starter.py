"""The starter set: complete, usable from the first clip on, reproducible, and with the intended acoustics."""

import csv
import errno
import os
import shutil
import subprocess
import sys
import wave
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import find_peaks

from esc_core.dataset import load_dataset
from esc_core.dataset.starter import (
    CATEGORIES,
    folder,
    make_starter_set,
    starter_is_whole,
    starter_progress,
    synthesise,
)
from esc_core.dataset.starter.clips import TARGETS, starter_clips
from esc_core.disk.files import write_whole
from esc_core.errors import DatasetError, ParameterError

SR = 22_050
TOTAL = 15 * len(CATEGORIES)


@pytest.fixture(scope="module")
def starter(tmp_path_factory):
    """Make the whole set, once."""
    return make_starter_set(tmp_path_factory.mktemp("starter") / "set")


@pytest.fixture(scope="module")
def sounds(starter):
    """Waveforms by category, each (15, 110250), ordered by fold."""
    rows = sorted(starter_clips(), key=lambda clip: (clip.category, clip.fold, clip.recording, clip.take))
    return {name: np.stack([read(starter, c) for c in rows if c.category == name]) for name in CATEGORIES}


@pytest.fixture
def copy(starter, tmp_path):
    """Copy the whole set, for a test to damage."""
    return Path(shutil.copytree(starter, tmp_path / "copy", copy_function=os.link))


class KilledError(Exception):
    pass


def read(root, clip):
    with wave.open(str(root / "audio" / clip.filename), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, SR)
        y = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert y.shape == (5 * SR,)
    return y.astype(np.float32) / 32_767


def kill_after(n):
    def progress(done, total):
        if done >= n:
            raise KilledError

    return progress


def power(y):
    """Mean power spectrum of frames of 2048 samples, (..., 1025), and the frequencies."""
    frames = y[..., : y.shape[-1] // 2048 * 2048].reshape(*y.shape[:-1], -1, 2048) * np.hanning(2048)
    return (np.abs(np.fft.rfft(frames)) ** 2).mean(axis=-2), np.fft.rfftfreq(2048, 1 / SR)


def share(y, low, high):
    """Share of the energy between two frequencies, clip by clip."""
    p, f = power(y)
    return p[..., (f >= low) & (f < high)].sum(-1) / p.sum(-1)


def envelope(y, hop=220):
    """Level in frames of 0.01 s, (..., t)."""
    frames = y[..., : y.shape[-1] // hop * hop].reshape(*y.shape[:-1], -1, hop)
    return np.sqrt((frames**2).mean(-1))


def rhythm(y, low, high):
    """Height and rate, in Hz, of the highest peak of the envelope's autocorrelation between two rates."""
    rise = np.maximum(np.diff(np.log(envelope(y) + 1e-3)), 0)
    rise -= rise.mean()
    full = np.correlate(rise, rise, "full")[len(rise) - 1 :] / (rise @ rise)
    lags = np.arange(int(100.2 / high), int(100.2 / low) + 1)
    best = lags[full[lags].argmax()]
    return full[best - 1 : best + 2].sum(), 100.2 / best


def test_table_is_in_the_layout_of_esc50(starter):
    dataset = load_dataset(starter)
    assert dataset.synthetic
    assert dataset.categories == CATEGORIES
    assert len(CATEGORIES) >= 24
    assert {clip.group for clip in dataset.clips} == {"animals", "nature", "human", "interior", "urban"}
    assert Counter((c.category, c.fold) for c in dataset.clips) == {(n, k): 3 for n in CATEGORIES for k in range(1, 6)}
    assert all(dataset.path(clip).is_file() for clip in dataset.clips)
    assert [clip.filename for clip in dataset.clips] == sorted(clip.filename for clip in dataset.clips)


def test_names_and_numbers_are_those_of_esc50(starter):
    with (Path(__file__).parent.parent / "assets" / "esc50-human.csv").open(newline="") as file:
        names = {row["category"] for row in csv.DictReader(file)}
    assert names >= set(CATEGORIES)
    known = {"dog": 0, "chirping_birds": 14, "crying_baby": 20, "mouse_click": 31, "helicopter": 40, "hand_saw": 49}
    assert known.items() <= TARGETS.items()
    esc10 = {clip.category for clip in load_dataset(starter).clips if clip.esc10}
    assert len(esc10) == 10
    assert esc10 > {"dog", "rain", "crackling_fire", "sneezing", "clock_tick", "chainsaw"}


def test_two_of_three_clips_share_a_recording_and_recordings_keep_to_a_fold(starter):
    recordings = {}
    for clip in load_dataset(starter).clips:
        recordings.setdefault(clip.src_file, []).append(clip)
    for src_file, clips in recordings.items():
        assert int(src_file) >= 90_000_000
        assert len({(clip.fold, clip.category) for clip in clips}) == 1
        assert [clip.take for clip in clips] in (["A"], ["A", "B"])
    assert Counter(map(len, recordings.values())) == {1: TOTAL // 3, 2: TOTAL // 3}


def test_folder_says_that_it_is_synthetic(starter):
    text = (starter / "meta" / "SYNTHETIC.txt").read_text()
    assert "synthetic" in text
    assert "Seed: 0\n" in text
    assert (starter / "meta" / "COMPLETE").is_file()
    assert starter_progress(starter) == (TOTAL, TOTAL)


def test_first_clips_cover_every_category():
    first = [clip.category for clip, _ in zip(starter_clips(), CATEGORIES, strict=False)]
    assert sorted(first) == sorted(CATEGORIES)


def test_levels_are_sound(sounds):
    for category, y in sounds.items():
        peak = np.abs(y).max(axis=1)
        assert (peak <= 1).all(), category
        assert (peak > 0.05).all(), category
        assert (np.abs(y.mean(axis=1)) < 0.01).all(), category


def test_same_seed_gives_the_same_sounds_in_any_order(starter):
    for category in reversed(CATEGORIES):
        y, sr = synthesise(category, fold=2, recording=1)
        assert (y.dtype, y.shape, sr) == (np.float32, (5 * SR,), SR)
        clip = next(c for c in starter_clips() if (c.category, c.fold, c.recording) == (category, 2, 1))
        off = np.abs(y - read(starter, clip))
        assert np.mean(off > 2e-5) < 1e-3, f"{category}: {np.sum(off > 2e-5)} samples differ, by up to {off.max()}"


def test_same_seed_gives_the_same_bytes_in_another_process():
    script = """
import sys, hashlib
from esc_core.dataset.starter import synthesise
for name in sys.argv[1:]:
    print(name, hashlib.md5(synthesise(name, fold=2, recording=1)[0].tobytes()).hexdigest())
"""
    names = ["airplane", "church_bells", "dog", "rain", "siren"]
    runs = [subprocess.run([sys.executable, "-c", script, *order], capture_output=True, text=True, check=True).stdout
            for order in (names, names[::-1])]  # fmt: skip
    assert len(runs[0].splitlines()) == len(names)
    assert sorted(runs[0].splitlines()) == sorted(runs[1].splitlines())


def test_takes_are_excerpts_of_one_recording(starter):
    for clip in starter_clips():
        if (clip.category, clip.fold, clip.recording) == ("rain", 4, 2):
            y, _ = synthesise("rain", fold=4, recording=2, take=clip.take)
            np.testing.assert_allclose(y, read(starter, clip), atol=2e-5)


def test_other_seed_gives_other_sounds(sounds):
    for category in ("dog", "wind", "clock_alarm", "church_bells"):
        y, _ = synthesise(category, fold=1, recording=1, seed=1)
        assert not any(np.allclose(y, other, atol=1e-3) for other in sounds[category])


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"category": "train"}, "category must be one of"),
        ({"fold": 6}, "fold must be in 1–5, got 6"),
        ({"recording": 3}, "recording must be one of 1, 2, got 3"),
        ({"recording": 1, "take": "B"}, "take of recording 1"),
        ({"seed": -1}, "seed must be in"),
    ],
)
def test_clip_that_is_not_there_is_refused(changes, rule):
    with pytest.raises(ParameterError, match=rule):
        synthesise(**({"category": "dog", "fold": 1, "recording": 1} | changes))


def fingerprints(clips):
    """Fine structure of the spectrum, which a shift in time or level does not change, (n, bins) of unit length."""
    fine = np.empty((len(clips), 8_000), np.float32)
    for row, y in zip(fine, clips, strict=True):
        size = np.log(np.abs(np.fft.rfft(y)[500:20_500]) + 1e-4)
        smooth = np.convolve(size, np.ones(101) / 101, mode="same")
        row[:] = (size - smooth)[6_000:14_000]
    return fine / np.linalg.norm(fine, axis=1, keepdims=True)


def test_no_two_clips_are_alike(sounds):
    clips = np.concatenate(list(sounds.values()))
    prints = fingerprints(clips)
    alike = prints @ prints.T - np.eye(len(prints))
    i, j = np.unravel_index(alike.argmax(), alike.shape)
    assert alike.max() < 0.8, (list(sounds)[i // 15], i % 15, list(sounds)[j // 15], j % 15)
    # The measure must find what it is there for: a clip shifted, softer, and with some noise on top.
    rng = np.random.default_rng(0)
    for y in clips[::15]:
        again = 0.5 * np.roll(y, 30_000) + 1e-4 * rng.standard_normal(len(y))
        assert (fingerprints([again]) @ fingerprints([y]).T).item() > 0.8


def test_some_short_events_end_in_digital_silence(sounds):
    silent = {name: (y[:, -SR // 2 :] == 0).all(axis=1) for name, y in sounds.items()}
    assert 0.1 < np.mean(list(silent.values())) < 0.25
    for category in ("dog", "sneezing", "mouse_click", "rooster"):
        assert silent[category].sum() >= 3
    for category in ("rain", "wind", "engine", "siren", "crickets"):
        assert not silent[category].any()


@pytest.mark.parametrize(
    ("category", "low", "high", "least"),
    [
        ("crickets", 3_000, 11_000, 0.5),
        ("chirping_birds", 1_700, 9_000, 0.5),
        ("clock_alarm", 900, 11_000, 0.8),
        ("glass_breaking", 1_000, 11_000, 0.6),
        ("crying_baby", 300, 5_000, 0.8),
        ("siren", 350, 6_000, 0.8),
        ("engine", 0, 400, 0.6),
        ("thunderstorm", 0, 500, 0.7),
        ("wind", 0, 1_500, 0.8),
        ("airplane", 0, 1_500, 0.8),
        ("helicopter", 0, 1_500, 0.7),
        ("door_wood_knock", 60, 1_500, 0.7),
    ],
)
def test_energy_lies_where_it_must(sounds, category, low, high, least):
    assert share(sounds[category], low, high).min() > least


def test_siren_sweeps(sounds):
    for y in sounds["siren"]:
        frames = y[: len(y) // 1024 * 1024].reshape(-1, 1024) * np.hanning(1024)
        f = np.fft.rfftfreq(1024, 1 / SR)
        loudest = f[(np.abs(np.fft.rfft(frames)) * (f > 350) * (f < 1_900)).argmax(axis=1)]
        low, high = np.percentile(loudest, [10, 90])
        assert high / low > 1.2


def test_clock_ticks_in_time(sounds):
    for y in sounds["clock_tick"]:
        height, rate = rhythm(y, 0.9, 4.5)
        assert height > 0.4
        assert min(abs(rate / tick - 1) for tick in (1, 1.25, 1.5, 2, 2.5, 3, 4)) < 0.05


def test_helicopter_beats_at_the_rate_of_its_blades(sounds):
    for y in sounds["helicopter"]:
        beat = np.abs(np.fft.rfft(envelope(y) * np.hanning(501)))
        rate = np.fft.rfftfreq(501, 220 / SR)
        assert 8 < rate[5:][beat[5:].argmax()] < 48  # blades and their first overtone


def test_church_bells_ring_with_a_minor_third(sounds):
    for y in sounds["church_bells"][::3]:
        size = np.abs(np.fft.rfft(y * np.hanning(len(y))))
        lines, _ = find_peaks(size, height=0.05 * size.max(), distance=25)
        assert (np.abs(lines[None] / lines[:, None] / 1.19 - 1) < 0.004).any()


def test_church_bells_dull_as_they_fade(sounds):
    duller = []
    for y in sounds["church_bells"]:
        strike = np.diff(envelope(y)[:400]).argmax() * 220
        early, late = (y[strike + shift :][: SR // 8] for shift in (0, SR // 4))
        duller.append(share(late, 1_500, 11_000) < share(early, 1_500, 11_000))
    assert np.mean(duller) > 0.9


def test_rain_is_noise_and_an_alarm_is_not(sounds):
    def flatness(y):
        p, _ = power(y)
        return np.exp(np.log(p + 1e-12).mean(-1)) / p.mean(-1)

    assert flatness(sounds["rain"]).min() > 5 * flatness(sounds["clock_alarm"]).max()


def test_half_made_set_can_be_shown_and_is_resumed(tmp_path):
    root = tmp_path / "set"
    assert starter_progress(root) == (0, TOTAL)
    with pytest.raises(KilledError):
        make_starter_set(root, progress=kill_after(3))
    dataset = load_dataset(root)
    there = [clip for clip in dataset.clips if dataset.path(clip).exists()]
    assert len(dataset.clips) == TOTAL
    assert len(there) == 3
    assert starter_progress(root) == (3, TOTAL)
    assert not (root / "meta" / "COMPLETE").exists()
    counts = []
    with pytest.raises(KilledError):
        make_starter_set(root, progress=lambda done, total: (counts.append((done, total)), kill_after(5)(done, total)))
    assert counts == [(3, TOTAL), (4, TOTAL), (5, TOTAL)]


def test_only_what_is_missing_or_cut_short_is_made_again(starter, copy):
    audio = copy / "audio"
    names = sorted(path.name for path in audio.iterdir())
    (audio / names[7]).unlink()
    (audio / names[100]).unlink()
    (audio / names[100]).write_bytes((starter / "audio" / names[100]).read_bytes()[:-2])
    stale = audio / f".{names[0]}.1-1.part"
    stale.touch()
    os.utime(stale, (0, 0))
    assert starter_progress(copy) == (TOTAL - 2, TOTAL)
    make_starter_set(copy)
    assert sorted(path.name for path in audio.iterdir()) == names
    for name in (names[7], names[100]):
        assert (audio / name).read_bytes() == (starter / "audio" / name).read_bytes()
    assert sum((audio / name).samefile(starter / "audio" / name) for name in names) == TOTAL - 2


def test_two_processes_at_once_make_one_whole_set(starter, copy):
    made = sorted((copy / "audio").iterdir())[::50]
    for path in made:
        path.unlink()
    command = [sys.executable, "-m", "esc_core.dataset.starter", str(copy)]
    two = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in two:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert out.strip() == str(copy)
        assert f"{TOTAL} of {TOTAL} clips" in err
    assert len(list((copy / "audio").iterdir())) == TOTAL
    assert all(path.read_bytes() == (starter / "audio" / path.name).read_bytes() for path in made)


def test_full_disk_is_told_in_a_sentence(tmp_path, monkeypatch):
    def half(file):
        file.write(bytes(1000))
        raise OSError(errno.ENOSPC, "No space left on device")

    def until_full(path, write):
        full = path.suffix == ".wav" and starter_progress(tmp_path / "set")[0] == 2
        write_whole(path, half if full else write)

    monkeypatch.setattr(folder, "write_whole", until_full)
    with pytest.raises(DatasetError, match=rf"disk is full.* needs 11\d MB; 2 of {TOTAL} clips exist"):
        make_starter_set(tmp_path / "set")
    assert len(list((tmp_path / "set" / "audio").iterdir())) == 2


def test_folder_that_is_a_file_is_told_in_a_sentence(tmp_path):
    (tmp_path / "set").touch()
    with pytest.raises(DatasetError, match="can't be written"):
        make_starter_set(tmp_path / "set")


def test_other_data_are_never_touched(tmp_path, copy):
    (tmp_path / "meta").mkdir()
    table = tmp_path / "meta" / "esc50.csv"
    table.write_text("filename\n")
    with pytest.raises(DatasetError, match="not synthetic; name another folder"):
        make_starter_set(tmp_path)
    assert table.read_text() == "filename\n"
    with pytest.raises(DatasetError, match="seed 0; name another folder for seed 5"):
        make_starter_set(copy, seed=5)
    assert starter_progress(copy) == (TOTAL, TOTAL)
    assert starter_progress(copy, seed=5) == (0, TOTAL)


def damage(path, how):
    data = path.read_bytes()
    path.unlink()
    if how == "cut short":
        path.write_bytes(data[:-9])
    elif how == "a folder":
        path.mkdir()


@pytest.mark.parametrize("how", ["gone", "cut short", "a folder"])
def test_what_went_missing_is_noticed_and_made_again(starter, copy, how):
    """Of a set that was complete once: its table, its sign that it is complete, and some clips."""
    clips = sorted((copy / "audio").iterdir())
    assert starter_is_whole(copy)
    for path in (copy / "meta" / "esc50.csv", clips[7], clips[70]):
        damage(path, how)
        assert not starter_is_whole(copy)
        make_starter_set(copy)
        assert starter_is_whole(copy)
        assert path.read_bytes() == (starter / path.relative_to(copy)).read_bytes()
    damage(copy / "meta" / "COMPLETE", how)
    assert starter_is_whole(copy) == (how == "cut short")  # what it says does not matter
    make_starter_set(copy)
    assert starter_is_whole(copy)


@pytest.mark.parametrize("how", ["gone", "cut short", "a folder"])
def test_set_without_its_marker_is_made_again(copy, how):
    """Its seed and its recipes are not known; that it is ours, the table says."""
    damage(copy / "meta" / "SYNTHETIC.txt", how)
    assert not starter_is_whole(copy)
    with pytest.raises(KilledError):
        make_starter_set(copy, progress=kill_after(1))
    assert starter_progress(copy) == (1, TOTAL)


def test_set_of_older_recipes_is_made_anew(copy, monkeypatch):
    monkeypatch.setattr(folder, "VERSION", folder.VERSION + 1)
    assert starter_progress(copy) == (0, TOTAL)
    with pytest.raises(KilledError):
        make_starter_set(copy, progress=kill_after(1))
    assert starter_progress(copy) == (1, TOTAL)
    assert not (copy / "meta" / "COMPLETE").exists()


def test_command_tells_a_wrong_folder(tmp_path):
    (tmp_path / "set").touch()
    command = [sys.executable, "-m", "esc_core.dataset.starter", str(tmp_path / "set")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "can't be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_import_is_light():
    code = "import sys, esc_core.dataset.starter; print([m for m in sys.modules if m in sys.argv])"
    heavy = ["scipy.signal", "scipy.fft", "librosa", "soundfile", "tensorflow", "streamlit"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
