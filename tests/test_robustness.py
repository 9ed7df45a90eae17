"""The corruption suite: each corruption does what its name says, the sample is balanced, and scores add up."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from esc_core.config import FeatureConfig
from esc_core.dataset import Dataset, load_dataset
from esc_core.dataset.faults import without_clips
from esc_core.dataset.official import official_clips
from esc_core.errors import AudioError, DatasetError, ModelError, ParameterError, TableError
from esc_core.features import mel_power
from esc_core.inference import Predictor
from esc_core.inference.evaluate import evaluate
from esc_core.measures.loudness import active_power, active_span, frame_energy, is_active
from esc_core.robustness import suite
from esc_core.robustness.measure import measure, weights_hash
from esc_core.robustness.rows import CELLS, Row, in_order, read_rows, table_text, write_table
from esc_core.robustness.sample import background_of, choose_clips, sample_name
from esc_core.robustness.suite import BY_NAME, CLEAN, SR, SUITE, corrupt
from esc_core.robustness.summary import REFERENCE, mean_accuracy, mean_corruption_error
from esc_core.robustness.worker import Made, corrupted_clips
from tests.browser.serve import ROOT
from tests.small_model import LABELS, write_small_model
from tests.zip_server import HEADER

N = 5 * SR
SEVERITIES = range(1, 6)
CLIP = "1-100032-A-0"
SILENT = "5-510-A-10.wav"


def events(*, seed: int = 0) -> np.ndarray:
    """Return chirps and bursts of noise between digital silence, so that the active part is a part of the clip."""
    t = np.arange(N) / SR
    chirps = 0.3 * np.sin(2 * np.pi * (500 + 300 * t) * t) * (t % 1 < 0.3)
    bursts = 0.1 * np.random.default_rng(seed).standard_normal(N) * (t % 0.7 < 0.2)
    y = (chirps + bursts).astype(np.float32)
    y[: SR // 2] = y[-SR // 2 :] = 0
    return y


def white(*, seed: int = 0) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(N)).astype(np.float32)


def buzz() -> np.ndarray:
    """Return what is heard behind a clip: a square wave in the second half of it."""
    t = np.arange(N) / SR
    return (0.2 * np.sign(np.sin(2 * np.pi * 220 * t)) * (t > 2.5)).astype(np.float32)


def damaged(y: np.ndarray, name: str, severity: int, *, clip_id: str = CLIP) -> np.ndarray:
    return corrupt(y, name, severity, clip_id=clip_id, second=buzz).astype(np.float64)


def power_db(y: np.ndarray, low: float, high: float) -> float:
    """Return the power of a waveform between two frequencies."""
    spectrum = np.abs(np.fft.rfft(y)) ** 2
    hz = np.fft.rfftfreq(y.size, 1 / SR)
    return 10 * float(np.log10(spectrum[(hz >= low) & (hz < high)].sum()))


def log_mels(y: np.ndarray) -> np.ndarray:
    """Return the mel spectrogram in dB at one level; 30 dB below the mean is the floor."""
    mel = mel_power(y / np.sqrt(np.mean(np.square(y, dtype=np.float64))), FeatureConfig())
    return 10 * np.log10(mel + 1e-3)


@pytest.mark.parametrize("name", ["noise", "babble"])
@pytest.mark.parametrize("severity", SEVERITIES)
def test_noise_and_voices_have_their_ratio(name: str, severity: int) -> None:
    """Over the active part; outside it they are heard as well."""
    y = 0.3 * events()
    out = damaged(y, name, severity)
    assert np.abs(out).max() < 0.999  # it was not turned down, so the difference is what was added
    energy, added = frame_energy(y, SR), frame_energy((out - y).astype(np.float32), SR)
    active = is_active(energy)
    assert 0.2 < active.mean() < 0.8
    measured = 10 * np.log10(energy[active].sum() / added[active].sum())
    assert measured == pytest.approx(BY_NAME[name].severities[severity - 1]["snr_db"], abs=0.1)
    assert added[~active].min() > 0


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_background_has_its_ratio(severity: int) -> None:
    """Each of the two over its own active part; the background is repeated, so that it fills the clip."""
    y = events()
    added = (damaged(y, "background", severity) - y).astype(np.float32)
    measured = 10 * np.log10(active_power(y, SR) / active_power(added, SR))
    assert measured == pytest.approx(BY_NAME["background"].severities[severity - 1]["snr_db"], abs=0.1)
    assert is_active(frame_energy(added, SR)).mean() > 0.95


def test_voices_are_many_and_of_one_level() -> None:
    """The shipped file: 10 to 20 s at 16 kHz, under 400 kB, without pauses, mostly between 100 Hz and 4 kHz."""
    info = sf.info(suite.BABBLE)
    assert (info.samplerate, info.channels) == (SR, 1)
    assert 10 <= info.duration <= 20
    assert suite.BABBLE.stat().st_size < 400_000
    y = suite.babble()
    seconds = y[: y.size // SR * SR].reshape(-1, SR)
    levels = 10 * np.log10(np.mean(np.square(seconds, dtype=np.float64), axis=1))
    assert np.ptp(levels) < 2
    assert power_db(y, 100, 4_000) - power_db(y, 4_000, 8_000) > 10


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_room_rings_as_long_as_it_says(severity: int) -> None:
    """The echoes of a click fall by 60 dB within the reverberation time."""
    click = np.zeros(N, np.float32)
    click[SR // 10] = 0.9
    echo = damaged(click, "room", severity)[SR // 10 + round(0.01 * SR) :]
    left = 10 * np.log10(np.cumsum(np.square(echo)[::-1])[::-1] + 1e-30)  # Schroeder's integral
    falls = (left < left[0] - 5) & (left > left[0] - 25)
    slope = np.polyfit(np.flatnonzero(falls) / SR, left[falls], 1)[0]
    assert -60 / slope == pytest.approx(BY_NAME["room"].severities[severity - 1]["rt60"], rel=0.1)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_telephone_keeps_its_band(severity: int) -> None:
    """The edges are 3 dB down, an octave beyond them more than 20."""
    y, out = white(), damaged(white(), "phone", severity)
    low, high = (BY_NAME["phone"].severities[severity - 1][name] for name in ("low_hz", "high_hz"))

    def change(first: float, last: float) -> float:
        return power_db(out, first, last) - power_db(y, first, last)

    middle = np.sqrt(low * high)
    assert change(0.9 * middle, 1.1 * middle) == pytest.approx(0, abs=0.5)
    for edge in (low, high):
        assert change(0.97 * edge, 1.03 * edge) == pytest.approx(-3, abs=0.7)
    assert change(0.4 * low, 0.5 * low) < -20
    assert change(2 * high, 2.3 * high) < -20


@pytest.mark.parametrize("severity", SEVERITIES)
def test_clipping_cuts_its_share(severity: int) -> None:
    """That share of the active part lies at the limit, which is the sound's own peak."""
    y = events()
    span = active_span(y, SR)
    share = np.mean(np.abs(damaged(y, "clipping", severity)[span]) > 0.9999 * np.abs(y).max())
    wanted = BY_NAME["clipping"].severities[severity - 1]["percent"] / 100
    sounding = np.mean(y[span] != 0)  # more than sounds at all can't be clipped
    assert share == pytest.approx(min(wanted, sounding), abs=0.002)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_quiet_clip_has_the_steps_of_16_bits(severity: int) -> None:
    y = events()
    out = damaged(y, "gain", severity)
    steps = out * suite.FULL_SCALE
    assert np.abs(steps - np.round(steps)).max() < 1e-3
    change = 10 * np.log10(np.sum(out**2) / np.sum(np.square(y, dtype=np.float64)))
    assert change == pytest.approx(BY_NAME["gain"].severities[severity - 1]["gain_db"], abs=0.1)


@pytest.mark.parametrize("severity", SEVERITIES)
def test_few_bits_are_few_values(severity: int) -> None:
    """A sound of many values keeps as many as the bits have, evenly spaced around zero, and its peak."""
    y = events()
    values = np.unique(damaged(y, "bits", severity))
    steps = 2 ** (BY_NAME["bits"].severities[severity - 1]["bits"] - 1) - 1
    peak = np.abs(y).max()
    assert values.size <= 2 * steps + 1
    assert np.allclose(values * steps / peak, np.round(values * steps / peak), atol=1e-4)
    assert np.abs(values).max() == pytest.approx(peak)
    assert values.size > steps


@pytest.mark.parametrize("severity", SEVERITIES)
def test_a_lower_rate_has_no_high_frequencies(severity: int) -> None:
    y, out = white(), damaged(white(), "resampling", severity)
    edge = 500 * BY_NAME["resampling"].severities[severity - 1]["khz"]
    assert power_db(out, 0, 0.85 * edge) - power_db(y, 0, 0.85 * edge) == pytest.approx(0, abs=0.1)
    assert power_db(out, 1.1 * edge, 8_000) - power_db(y, 1.1 * edge, 8_000) < -40


@pytest.mark.parametrize("severity", SEVERITIES)
def test_mp3_is_not_late(severity: int) -> None:
    """At every rate what comes back lies on what went in, to the sample, and is another sound."""
    y = events()
    out = damaged(y, "mp3", severity)
    correlation = np.fft.irfft(np.fft.rfft(out, 2 * N) * np.conj(np.fft.rfft(y, 2 * N)))
    assert int(np.argmax(correlation)) == 0
    assert not np.array_equal(out, y)
    assert np.corrcoef(out, y)[0, 1] > 0.7


def test_mp3_needs_an_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise ValueError("Invalid combination of format, subtype and endian")

    monkeypatch.setattr(sf, "SoundFile", refuse)
    with pytest.raises(AudioError, match="the installed libsndfile writes no MP3; leave the corruption mp3 out"):
        damaged(events(), "mp3", 1)


@pytest.mark.parametrize("one", SUITE, ids=lambda one: one.name)
def test_each_severity_damages_more(one: suite.Corruption) -> None:
    """The spectrogram, at one level, moves further from the clean one with each step; 0.01 dB at the least."""
    y = events()
    clean = log_mels(y)
    distances = [np.abs(log_mels(damaged(y, one.name, severity)) - clean).mean() for severity in SEVERITIES]
    least = 0.0 if one.name == "gain" else 0.01  # the first gains move nothing but the level
    assert np.all(np.diff([0, *distances]) > least), distances
    assert len(one.severities) == suite.N_SEVERITIES == len({one.value_of(severity) for severity in SEVERITIES})


@pytest.mark.parametrize("one", SUITE, ids=lambda one: one.name)
def test_the_same_clip_has_the_same_damage(one: suite.Corruption) -> None:
    """Bit for bit, in range, and without changing the sound that went in."""
    y = events()
    before = y.copy()
    first, second = (corrupt(y, one.name, 5, clip_id=CLIP, second=buzz) for _ in range(2))
    assert np.array_equal(first, second)
    assert np.array_equal(y, before)
    assert (first.dtype, first.shape) == (np.float32, y.shape)
    assert np.abs(first).max() <= 1
    assert not np.array_equal(first, y)
    assert not corrupt(np.zeros(N, np.float32), one.name, 5, clip_id=CLIP, second=buzz).any()  # silence stays silent


@pytest.mark.parametrize("name", ["noise", "babble", "background"])
def test_a_draw_is_of_the_clip_and_not_of_the_severity(name: str) -> None:
    y = 0.2 * events()
    added = [damaged(y, name, severity) - y for severity in (1, 5)]
    assert np.corrcoef(*added)[0, 1] > 0.999
    other = damaged(y, name, 5, clip_id="2-200-A-1") - y
    assert abs(np.corrcoef(added[1], other)[0, 1]) < 0.9


def test_only_what_is_in_the_suite() -> None:
    y = events()
    assert corrupt(y, CLEAN, 0, clip_id=CLIP, second=buzz) is y
    with pytest.raises(ParameterError, match=r"corruption must be one of room, noise, .*, got 'fog'"):
        damaged(y, "fog", 1)
    with pytest.raises(ParameterError, match="severity must be in 1 to 5, got 6"):
        damaged(y, "room", 6)


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Return ESC-50 as a list of clips, without their sounds."""
    return Dataset(tmp_path_factory.mktemp("official"), tuple(official_clips().values()))


def test_a_sample_is_balanced(official: Dataset) -> None:
    """400 of 2000: as many of each fold, and of each category, and of each of both to within one."""
    clips = choose_clips(official, n_clips=400).clips
    assert set(Counter(clip.fold for clip in clips).values()) == {80}
    assert set(Counter(clip.category for clip in clips).values()) == {8}
    assert set(Counter((clip.fold, clip.category) for clip in clips).values()) == {1, 2}
    assert [clip.fold for clip in clips] == sorted(clip.fold for clip in clips)


def test_samples_are_parts_of_each_other(official: Dataset) -> None:
    """A smaller one of a larger one, whatever the order of the table; a name says which it is."""
    small, large = (set(choose_clips(official, n_clips=n).clips) for n in (100, 400))
    assert len(small) == 100
    assert small < large
    mirrored = replace(official, clips=official.clips[::-1])
    assert set(choose_clips(mirrored, n_clips=100).clips) == small
    of_fold = choose_clips(official, n_clips=50, fold=3)
    assert Counter((clip.fold, clip.category) for clip in of_fold.clips) == {
        (3, name): 1 for name in official.categories
    }
    assert sample_name(of_fold, official, fold=3) == "50 of 400, fold 3"
    assert sample_name(choose_clips(official, fold=3), official, fold=3) == "fold 3"
    assert sample_name(choose_clips(official, n_clips=100), official) == "100 of 2000"
    assert sample_name(choose_clips(official, n_clips=9999), official) == "all"
    with pytest.raises(ParameterError, match="n_clips must be at least 1, got 0"):
        choose_clips(official, n_clips=0)
    with pytest.raises(DatasetError, match="there is no clip of fold 2"):
        choose_clips(choose_clips(official, fold=1), fold=2)


def test_what_is_heard_behind_a_clip_is_held_out_as_well(official: Dataset) -> None:
    """It is of the same fold, so that the network that is asked knows neither of the two, and of another category."""
    pairs = [(clip, background_of(clip, official)) for clip in official.clips[::40]]
    assert all(behind.fold == clip.fold for clip, behind in pairs)
    assert all(behind.category != clip.category and behind.src_file != clip.src_file for clip, behind in pairs)
    assert len({behind.clip_id for _, behind in pairs}) > 40
    clip, behind = pairs[0]
    assert background_of(clip, replace(official, clips=official.clips[::-1])) == behind
    alone = replace(official, clips=tuple(c for c in official.clips if c.category == clip.category))
    with pytest.raises(DatasetError, match=f"fold {clip.fold} has no clip of another category"):
        background_of(clip, alone)


def scores(model: str, errors: int | dict[str, int], *, clips: str = "all") -> list[Row]:
    """Return the whole suite's rows of 100 clips, with some errors by corruption."""
    return [
        Row(
            model, "abc", "a copy", clips, suite.SEED, name, severity, "", 100,
            100 - (errors if isinstance(errors, int) else errors.get(name, 10)), 50, 5, 0,
        )
        for name, severity in CELLS
    ]  # fmt: skip


def test_the_mean_corruption_error() -> None:
    """Ratios by corruption, then their mean: by hand, (20/40 + 9 * 10/20) / 10."""
    reference = scores(REFERENCE, {"room": 40, **{one.name: 20 for one in SUITE[1:]}, CLEAN: 1})
    own = scores("mine", {"room": 20, CLEAN: 90})
    assert mean_corruption_error(own, reference) == pytest.approx(0.5)
    own = scores("mine", {"room": 80, CLEAN: 90})
    assert mean_corruption_error(own, reference) == pytest.approx((80 / 40 + 9 * 0.5) / 10)
    assert mean_accuracy(own) == pytest.approx((0.2 + 9 * 0.9) / 10)
    assert mean_corruption_error(reference, reference) == pytest.approx(1)
    assert mean_corruption_error(own, scores(REFERENCE, 20, clips="fold 1")) is None
    assert mean_corruption_error(own[:-1], reference) is None
    assert mean_accuracy(own[:-1]) is None
    assert mean_corruption_error(own, []) is None


def test_a_table_of_scores(tmp_path: Path) -> None:
    """What is written is read again, in the suite's order; shares stand beside the counts; damage is named."""
    path = tmp_path / "scores.csv"
    assert read_rows(path) == []
    rows = scores("mine", 12)
    write_table(path, rows[::-1])
    assert read_rows(path) == rows == in_order(rows[::-1])
    assert (
        path.read_text().splitlines()[1]
        == f"mine,abc,a copy,all,{suite.SEED},clean,0,,100,88,50,5,0,0.8800,0.5000,0.1000"
    )
    path.write_text(table_text(rows).replace(",100,88,50,5,0", ",100,888,50,5,0", 1))
    with pytest.raises(TableError, match="numbers that can't be for clean, severity 0 of mine"):
        read_rows(path)
    path.write_text("model,accuracy\nmine,0.5\n")
    with pytest.raises(TableError, match="the table lacks the columns weights, data, "):
        read_rows(path)


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    folder = tmp_path_factory.mktemp("models") / "small"
    write_small_model(folder)
    return Predictor(folder)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Write a data set of the small model's categories, one clip of each a fold, at 8 kHz; one of them is silent."""
    root, rows = tmp_path_factory.mktemp("data"), []
    (root / "audio").mkdir()
    (root / "meta").mkdir()
    for fold in range(1, 6):
        for target, category in zip((0, 1, 10), LABELS, strict=True):
            name = f"{fold}-{fold}{target:02}-A-{target}.wav"
            y = white(seed=fold * 50 + target)[: N // 2]
            sf.write(root / "audio" / name, 0 * y if name == SILENT else y, 8_000)
            rows.append(f"{name},{fold},{target},{category},False,{fold}{target:02},A\n")
    (root / "meta" / "esc50.csv").write_text(HEADER + "".join(rows))
    return load_dataset(root)


@pytest.fixture(scope="module")
def table(predictor: Predictor, data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Score the small model on clean and on quiet clips, without a break."""
    path = tmp_path_factory.mktemp("scores") / "whole.csv"
    measure([predictor], data, corruptions=["gain"], n_workers=2, table=path)
    return path


@pytest.mark.timeout(600)
def test_a_run_that_was_cut_goes_on(predictor: Predictor, data: Dataset, table: Path, tmp_path: Path) -> None:
    """Its table is, byte for byte, that of a run that was not cut; what is there is not measured again."""
    cut = tmp_path / "cut.csv"
    lines: list[str] = []

    def stop(line: str) -> None:
        lines.append(line)
        if line.startswith("3 of 6: "):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure([predictor], data, corruptions=["gain"], n_workers=1, table=cut, progress=stop)
    assert lines[0].startswith("1 of 6: small: clean clips: ")
    assert lines[2].startswith("3 of 6: small: Very quiet, -24 dB: ")
    assert read_rows(cut) == read_rows(table)[:3]  # a row that was told is on the disk
    lines.clear()
    rows = measure([predictor], data, corruptions=["gain"], n_workers=1, table=cut, progress=lines.append)
    assert lines[0] == "3 of 6 rows of small are in the table already"
    assert lines[1].startswith("1 of 3: small: Very quiet, -36 dB: ")
    assert len(lines) == 4
    assert cut.read_bytes() == table.read_bytes()
    assert [row.cell for row in rows] == [cell for cell in CELLS if cell[0] in (CLEAN, "gain")]
    lines.clear()
    assert measure([predictor], data, corruptions=["gain"], table=cut, progress=lines.append) == rows
    assert lines == ["6 of 6 rows of small are in the table already"]


@pytest.mark.timeout(600)
def test_clean_clips_score_as_in_evaluate(predictor: Predictor, data: Dataset, table: Path) -> None:
    """A clip that is called nothing has no guess; everything else is the score of the command `evaluate`."""
    row = read_rows(table)[0]
    expected = evaluate(predictor, without_clips(data, [SILENT]))
    assert (row.n_clips, row.n_nothing) == (15, 1)
    assert row.n_correct == round(14 * expected["accuracy"])
    assert (row.n_sure, row.n_sure_wrong) == (14, 14 - row.n_correct)  # the small model is always sure
    assert (row.model, row.data, row.clips, row.seed) == ("small", "8 kHz, 16-bit copy", "all", suite.SEED)


@pytest.mark.timeout(600)
def test_a_muted_microphone_is_nothing(table: Path) -> None:
    """60 dB below −20 dBFS nothing is left, and nothing is answered; 12 dB below everything is."""
    rows = {row.cell: row for row in read_rows(table)}
    assert [rows["gain", severity].n_nothing for severity in (1, 5)] == [1, 15]
    last = rows["gain", 5]
    assert (last.n_correct, last.n_sure, last.accuracy, last.wrong_when_sure) == (0, 0, 0, 0)


@pytest.mark.timeout(600)
def test_rows_of_others_stay(predictor: Predictor, data: Dataset, tmp_path: Path) -> None:
    """Those of other models; but those of a namesake with other weights are measured again."""
    path, lines = tmp_path / "scores.csv", []
    others, former = scores("other", 10), scores("small", 10)
    write_table(path, [*others, *former])
    own = measure([predictor], data, corruptions=[], n_workers=1, table=path, progress=lines.append)
    assert read_rows(path) == [*others, *own]
    assert own[0].weights == weights_hash(predictor) != "abc"
    assert lines[0] == "small has changed since the table was written; its 51 rows are measured again"


@pytest.mark.timeout(600)
def test_several_models_hear_the_same_clips(
    predictor: Predictor, data: Dataset, table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each clip is corrupted once, and a model scores as it does alone; one goes on where it stopped."""
    shutil.copytree(predictor.folder, tmp_path / "copy")
    copy, path, asked = Predictor(tmp_path / "copy"), tmp_path / "scores.csv", []

    def listed(*arguments: Any, **keywords: Any) -> Generator[Made]:
        asked.append(list(arguments[2]))
        return corrupted_clips(*arguments, **keywords)

    monkeypatch.setattr("esc_core.robustness.measure.corrupted_clips", listed)
    alone = read_rows(table)
    write_table(path, alone[:2])
    rows = measure([predictor, copy], data, corruptions=["gain"], n_workers=1, table=path)
    assert asked == [[row.cell for row in alone]]
    assert rows == [*alone, *(replace(row, model="copy") for row in alone)]
    assert read_rows(path) == rows


@pytest.mark.timeout(600)
def test_a_clip_that_can_not_be_read_is_left_out(predictor: Predictor, data: Dataset, tmp_path: Path) -> None:
    root = Path(shutil.copytree(data.root, tmp_path / "damaged"))
    (root / "audio" / data.clips[0].filename).write_bytes(b"RIFF")
    (row,) = measure([predictor], load_dataset(root), corruptions=[], n_workers=1)
    assert (row.n_clips, row.clips) == (14, "all")


def test_members_belong_to_a_model(tmp_path: Path) -> None:
    """A model of several changes with each of them."""

    class Of:
        def __init__(self, name: str, **members: float) -> None:
            self.folder, self.card = tmp_path / name, SimpleNamespace(members=members)

    for name in ("both", "first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "card.json").write_text(name)
    before = [weights_hash(Of("both", first=0.5, second=0.5)), weights_hash(Of("first"))]
    (tmp_path / "second" / "card.json").write_text("trained again")
    after = [weights_hash(Of("both", first=0.5, second=0.5)), weights_hash(Of("first"))]
    assert (before[0] != after[0], before[1] == after[1]) == (True, True)


def test_what_a_model_can_not_be_asked(predictor: Predictor, data: Dataset) -> None:
    strange = replace(data, clips=tuple(replace(clip, category="sea_waves") for clip in data.clips))
    with pytest.raises(ModelError, match="small does not know the category sea_waves"):
        measure([predictor], strange)


@pytest.mark.timeout(600)
def test_processes_that_corrupt_load_no_tensorflow() -> None:
    code = "import sys, esc_core.robustness.worker; print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout == "False\n"


@pytest.mark.timeout(600)
def test_a_process_that_fails_is_told(data: Dataset, tmp_path: Path, predictor: Predictor) -> None:
    """Its reason is the error, and no process is left waiting."""
    folder = tmp_path / "gone"
    write_small_model(folder)
    lost = Predictor(folder)
    (folder / "card.json").unlink()
    with pytest.raises(ModelError, match=r"gone has no readable card\.json"):
        measure([lost], data, corruptions=[], n_workers=2)
