"""The inputs of training: chains split in two, copies of training clips only, examples whose labels are theirs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st

from esc_core.augment import Compose
from esc_core.config import MEL_CHAIN, WAVE_CHAIN, FeatureConfig, TrainConfig, esc_home
from esc_core.dataset import Dataset, load_dataset
from esc_core.errors import AudioError, ModelError, ParameterError
from esc_core.features import mel_power
from esc_core.features.waveforms import clip_waveform, from_pcm, to_pcm
from esc_core.training.data import copies
from esc_core.training.data.batches import Batches
from esc_core.training.data.chains import split_chain
from esc_core.training.data.copies import KEPT, make_copies
from esc_core.training.data.inputs import Sounds, make_source, prepare
from esc_core.training.data.splits import fold_split
from esc_core.training.fit.evaluation import EpochReport
from esc_core.training.fit.fit import fit
from tests.zip_server import make_table

SR = 8_000
SMALL = FeatureConfig(sr=SR, n_fft=256, hop_length=200, n_mels=16, fmax=4_000.0)
MEL = TrainConfig(
    width=2,
    n_epochs=2,
    batch_size=4,
    warmup_epochs=0,
    no_mix_epochs=0,
    features=SMALL,
    augment=({"name": "crop_stretch", "n_frames": 16, "rate": 1.0}, {"name": "power_mix"}),
)
WAVE = replace(
    MEL, model="wave_cnn", augment=({"name": "random_crop", "seconds": 0.4}, {"name": "between_class"}, WAVE_CHAIN[2])
)
QUIET_NOISE = {"name": "noise", "snr_db": 20.0}


def parts(config: TrainConfig) -> tuple[list[str], list[str]]:
    once, each = split_chain(config)
    return [step.name for step in once.transforms], [step.name for step in each.transforms]


def test_the_usual_chains_make_no_copies() -> None:
    """All their steps are quick enough to act every time."""
    assert parts(MEL) == ([], ["crop_stretch", "power_mix"])
    assert parts(replace(MEL, augment=MEL_CHAIN))[0] == []
    assert parts(WAVE) == ([], ["random_crop", "between_class", "gain"])


def test_steps_on_waveforms_make_the_copies_of_a_mel_model() -> None:
    """Backgrounds among them; mixtures that share the label stay with the batches."""
    steps = ({"name": "pitch_shift"}, {"name": "background"}, MEL_CHAIN[0], {"name": "mixup"}, MEL_CHAIN[2])
    assert parts(replace(MEL, augment=steps)) == (["pitch_shift", "background"], ["crop_stretch", "mixup", "mel_shift"])


def test_steps_before_the_crop_make_the_copies_of_a_wave_model() -> None:
    """Unless no copies are wanted: then they act every time."""
    config = replace(WAVE, augment=({"name": "pitch_shift"}, *WAVE.augment))
    assert parts(config) == (["pitch_shift"], ["random_crop", "between_class", "gain"])
    assert parts(replace(config, n_copies=0)) == ([], ["pitch_shift", "random_crop", "between_class", "gain"])
    twice = replace(WAVE, augment=({"name": "random_crop", "seconds": [0.5, 0.6]}, {"name": "speed"}, *WAVE.augment))
    assert parts(twice) == ([], ["random_crop", "speed", "random_crop", "between_class", "gain"])


@pytest.mark.parametrize(
    ("config", "steps", "message"),
    [
        (MEL, [{"name": "mel_gain"}], "the chain must hold a crop_stretch step"),
        (MEL, [{"name": "crop_stretch", "n_frames": 16, "p": 0.5}], "crop_stretch must cut all clips to one length"),
        (MEL, [{"name": "crop_stretch", "n_frames": 4}], "crop_stretch must keep at least 8 frames, got 4"),
        (MEL, [{"name": "between_class"}, *MEL.augment[:1]], "mel_cnn takes spectrograms.*between_class"),
        (MEL, [{"name": "mixup"}, *MEL.augment[:1]], "crop_stretch must come before what mixes.*mixup"),
        (WAVE, list(MEL_CHAIN), "wave_cnn takes waveforms.*crop_stretch"),
        (WAVE, [{"name": "gain"}], "the chain must hold a random_crop step"),
        (WAVE, [{"name": "random_crop", "seconds": [1.0, 2.0]}], "must cut all clips to one length"),
        (WAVE, [{"name": "random_crop", "p": 0.5}], "must cut all clips to one length"),
        (WAVE, [*WAVE.augment, {"name": "speed"}], "no step after the last random_crop.*speed"),
    ],
)
def test_chains_that_do_not_suit(config: TrainConfig, steps: list, message: str) -> None:
    """The message has the rule and the steps at fault, before anything is computed."""
    with pytest.raises(ParameterError, match=message):
        split_chain(replace(config, augment=tuple(steps)))
    with pytest.raises(ParameterError, match="n_copies must be at least 1 for noise"):
        split_chain(replace(MEL, augment=(QUIET_NOISE, *MEL.augment), n_copies=0))
    with pytest.raises(ModelError, match="no model is called"):
        split_chain(replace(MEL, model="resnet"))


N_CLIPS = 12


def marked_sounds(train: np.ndarray, n_copies: int) -> Sounds:
    """Mel power whose only loud band is the clip's number; so are its copies'."""
    mel = np.zeros((N_CLIPS, N_CLIPS, 40), np.float32)
    mel[np.arange(N_CLIPS), np.arange(N_CLIPS)] = 1.0
    copies = np.stack([mel[train] * (2.0 + k) for k in range(n_copies)]) if n_copies else None
    return Sounds(mel, copies)


@settings(max_examples=60)
@given(
    train=st.sets(st.integers(0, N_CLIPS - 1), min_size=2, max_size=N_CLIPS - 1),
    n_copies=st.integers(0, 3),
    seed=st.integers(0, 1_000),
    batch_size=st.integers(2, 6),
)
def test_no_held_out_clip_is_ever_drawn(train: set[int], n_copies: int, seed: int, batch_size: int) -> None:
    """Neither itself nor a copy, neither first nor second; and the label's shares are of just what sounds."""
    positions = np.array(sorted(train))
    config = replace(MEL, seed=seed, batch_size=batch_size, n_copies=max(1, n_copies))
    source = make_source(marked_sounds(positions, n_copies), positions, config)
    assert (source.n_clips, source.n_versions) == (len(train), 1 + n_copies)
    # each clip is its own category here, so that labels tell which clips were meant
    batches = Batches(source, positions, n_classes=N_CLIPS, config=config)
    for x, y in (batch for epoch in (1, 2) for batch in batches.epoch(epoch)):
        audible = (x[..., 0] > -6).any(axis=2)  # far above the floor
        assert not audible[:, [i for i in range(N_CLIPS) if i not in train]].any()
        np.testing.assert_array_equal(audible, y > 1e-3)


def tone(i: int) -> np.ndarray:
    t = np.arange(5 * SR) / SR
    return (0.3 * np.sin(2 * np.pi * 300 * (1 + i) * t)).astype(np.float32)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Write ten tones, two to a fold, each with a pitch of its own."""
    root = tmp_path / "data"
    (root / "audio").mkdir(parents=True)
    (root / "meta").mkdir()
    names = [f"{1 + i // 2}-{100 + i}-A-{i % 2}.wav" for i in range(10)]
    for i, name in enumerate(names):
        sf.write(root / "audio" / name, tone(i), SR)
    (root / "meta" / "esc50.csv").write_bytes(make_table(names))
    return load_dataset(root)


def pitches(y: np.ndarray) -> int:
    """Return which tone a waveform is."""
    spectrum = np.abs(np.fft.rfft(y))
    return round(float(np.fft.rfftfreq(y.size, 1 / SR)[spectrum.argmax()]) / 300) - 1


def test_copies_of_waveforms(dataset: Dataset, tmp_path: Path) -> None:
    """Each is of its own clip, no two are alike, the same seed makes the same, and the second time they are there."""
    split = fold_split(dataset, val_fold=2, test_fold=4)
    for i in (*split.val, *split.test):  # reading a held-out clip would fail
        dataset.path(dataset.clips[i]).write_bytes(b"sealed")
    chain = Compose.from_json([QUIET_NOISE, {"name": "background", "snr_db": 25.0}])
    seen: list[tuple[int, int]] = []

    def make(folder: str, *, n_workers: int, seed: int = 0) -> np.ndarray:
        return make_copies(
            dataset,
            split.train,
            chain,
            SMALL,
            kind="waveform",
            n_copies=2,
            seed=seed,
            n_workers=n_workers,
            folder=tmp_path / folder,
            progress=lambda done, total: seen.append((done, total)),
        )

    copies = make("copies", n_workers=2)
    assert (copies.shape, copies.dtype) == ((2, 6, 5 * SR), np.int16)
    assert seen == [(n, 12) for n in range(1, 13)]
    for copy in copies:
        assert [pitches(y) for y in copy] == split.train.tolist()
    assert len({y.tobytes() for copy in copies for y in copy} | {to_pcm(tone(i)).tobytes() for i in range(10)}) == 22
    np.testing.assert_array_equal(make("copies", n_workers=2), copies)
    assert len(seen) == 12
    np.testing.assert_array_equal(make("one_process", n_workers=1), copies)
    assert (make("copies", n_workers=2, seed=1) != copies).any()


def test_copies_of_spectrograms(dataset: Dataset) -> None:
    """A mel model's are mel power of augmented waveforms, and those of its training clips."""
    config = replace(MEL, augment=({"name": "gain", "gain_db": -20.0}, *MEL.augment), n_copies=1)
    train = fold_split(dataset, val_fold=1).train
    doing: set[str] = set()
    sounds = prepare(dataset, config, train, progress=lambda what, done, total: doing.add(what))
    assert doing == {"reading the clips", "making augmented copies"}
    assert sounds.copies is not None
    assert (sounds.copies.shape, sounds.copies.dtype) == ((1, 8, 16, 201), np.float32)
    for i, mel in zip(train, sounds.copies[0], strict=True):
        quiet = clip_waveform(dataset.path(dataset.clips[i]), SR) * np.float32(0.1)
        np.testing.assert_allclose(mel, mel_power(quiet, SMALL), rtol=1e-3, atol=1e-9)
    assert prepare(dataset, MEL, train).copies is None


def test_a_copy_that_fails(dataset: Dataset) -> None:
    """What went wrong is a sentence, and nothing half-made stays."""
    train = fold_split(dataset, val_fold=1).train
    dataset.path(dataset.clips[train[3]]).write_bytes(b"no sound")
    with pytest.raises(AudioError, match=dataset.clips[train[3]].filename):
        make_copies(
            dataset, train, Compose.from_json([QUIET_NOISE]), SMALL, kind="waveform", n_copies=1, seed=0, n_workers=2
        )
    assert list((esc_home() / "copies").iterdir()) == []


def test_making_copies_can_be_stopped(dataset: Dataset) -> None:
    """What the callback raises ends the work and its processes."""

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    train = fold_split(dataset, val_fold=1).train
    with pytest.raises(KeyboardInterrupt):
        make_copies(
            dataset, train, Compose.from_json([QUIET_NOISE]), SMALL, kind="waveform", n_copies=2, seed=0, progress=stop
        )
    assert list((esc_home() / "copies").iterdir()) == []


def test_a_process_ends_with_its_parent(dataset: Dataset, tmp_path: Path) -> None:
    """Whoever waits for it may be killed: the end of its input is the sign."""
    files = [clip.filename for clip in dataset.clips]
    job = {"folder": str(dataset.root / "audio"), "files": files, "chain": [QUIET_NOISE], "features": SMALL.to_dict()}
    job |= {"kind": "waveform", "seed": 0, "n_copies": 1_000, "start": 0, "step": 1, "out": str(tmp_path / "out.npy")}
    np.save(tmp_path / "out.npy", np.zeros((1_000, 10, 5 * SR), np.int16))
    with subprocess.Popen(
        [sys.executable, "-m", "esc_core.training.data.copies"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    ) as child:
        assert child.stdin
        assert child.stdout
        child.stdin.write(json.dumps(job) + "\n")
        child.stdin.flush()
        assert child.stdout.readline() == "done\n"
        child.stdin.close()
        for _ in child.stdout:  # until it is gone
            pass
        assert child.wait(timeout=60) == 1


def test_only_the_latest_copies_are_kept(dataset: Dataset) -> None:
    """Each chain has a file of its own; the one that was not used for the longest time goes."""
    train = fold_split(dataset, val_fold=1).train[:1]
    folder = esc_home() / "copies"
    folder.mkdir(parents=True)
    (folder / ".extracting-abandoned.npy").touch()
    os.utime(folder / ".extracting-abandoned.npy", (0, 0))
    (folder / ".extracting-now.npy").touch()

    def make(seed: int) -> set[Path]:
        before = set(folder.glob("[!.]*.npy"))
        chain = Compose.from_json([QUIET_NOISE])
        make_copies(dataset, train, chain, SMALL, kind="waveform", n_copies=1, seed=seed, n_workers=1)
        for i, path in enumerate(sorted(folder.glob("[!.]*.npy"), key=lambda path: path.stat().st_mtime)):
            os.utime(path, (1_000_000 + i, 1_000_000 + i))
        return set(folder.glob("[!.]*.npy")) - before

    files = [make(seed) for seed in range(KEPT)]
    assert make(0) == set()  # used again, so that seed 1 is now the oldest
    (new,) = make(KEPT)
    assert set(folder.glob("[!.]*.npy")) == {new, *(path for made in (files[0], *files[2:]) for path in made)}
    assert [path.name for path in folder.glob(".*.npy")] == [".extracting-now.npy"]


def test_a_file_that_another_run_deleted_is_not_made_empty(dataset: Dataset) -> None:
    """To mark a file as used must not create it: an empty one would be no array, for ever."""
    folder = esc_home() / "copies"
    folder.mkdir(parents=True)
    copies._forget(folder / "deleted.npy")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("how", ["emptied", "cut short", "a wrong byte", "another shape"])
def test_damaged_copies_are_made_again(dataset: Dataset, how: str) -> None:
    """Whoever opens them verifies them."""
    train, chain = fold_split(dataset, val_fold=1).train[:1], Compose.from_json([QUIET_NOISE])

    def make() -> np.ndarray:
        made = make_copies(dataset, train, chain, SMALL, kind="waveform", n_copies=1, seed=0, n_workers=1)
        return np.array(made)

    fresh = make()
    (path,) = (esc_home() / "copies").glob("[!.]*.npy")
    data = path.read_bytes()
    if how == "another shape":
        np.save(path, np.zeros((2, 3), np.int16))
    else:
        middle = len(data) // 2
        wrong = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        path.write_bytes({"emptied": b"", "cut short": data[:-1], "a wrong byte": wrong}[how])
    np.testing.assert_array_equal(make(), fresh)
    assert path.read_bytes() == data


def test_each_background_is_drawn_again() -> None:
    """Without copies the background is neither the clip that is mixed in nor the same one for every example."""
    clips = np.stack([to_pcm(tone(i)) for i in range(8)])
    source = make_source(Sounds(clips), np.arange(8), WAVE)
    drawn: list[int] = []
    real = source.sound

    def sound(i: int, version: int) -> np.ndarray:
        drawn.append(i)
        return real(i, version)

    source.sound = sound  # type: ignore[method-assign]
    steps = [{"name": "background", "snr_db": 10.0}, {"name": "between_class", "ratio": 0.5}, *WAVE.augment[:1]]
    chain, rng = Compose.from_json(steps), np.random.default_rng(0)
    backgrounds = []
    for _ in range(30):
        drawn.clear()
        _, lam = source.example(2, 5, chain, rng)
        # the clip and its background, then the clip that is mixed in and the background of that one
        assert (lam, drawn[0], drawn[2], len(drawn)) == (0.5, 2, 5, 4)
        backgrounds += [drawn[1], drawn[3]]
    assert set(backgrounds) == set(range(8))
    assert sum(one == 5 for one in backgrounds) < 20  # by chance 7.5 of 60


def test_batches_of_waveforms() -> None:
    """Crops of levelled waveforms with a channel, decided by seed and epoch; copies come in as often as clips."""
    clips = np.stack([to_pcm(tone(i)) for i in range(8)])
    train = np.arange(1, 7)
    copies = to_pcm(0.5 * from_pcm(clips[train]))[None]
    source = make_source(Sounds(clips, copies), train, WAVE)
    plain = replace(WAVE, augment=WAVE.augment[:1], batch_size=6)
    (x, y), *_ = Batches(source, np.arange(6), n_classes=6, config=plain).epoch(1)
    assert (x.shape, x.dtype) == ((6, round(0.4 * SR), 1), np.float32)
    assert [pitches(wave) for wave in x[..., 0]] == [1 + int(label) for label in y.argmax(axis=1)]
    np.testing.assert_allclose(np.square(x).mean(axis=(1, 2)), 1, atol=0.05)  # a copy at half the level as well
    made = [
        b"".join(a.tobytes() + b.tobytes() for a, b in batch.epoch(epoch))
        for batch in (
            Batches(source, np.arange(6), n_classes=6, config=WAVE),
            Batches(make_source(Sounds(clips, copies), train, WAVE), np.arange(6), n_classes=6, config=WAVE),
        )
        for epoch in (1, 2)
    ]
    assert made[0] == made[2] != made[1] == made[3]


def test_a_clip_and_its_copies_are_as_likely() -> None:
    """With three copies each comes about a quarter of the time."""
    source = make_source(marked_sounds(np.arange(4), 3), np.arange(4), MEL)
    versions = [source.sound(2, version) for version in range(4)]
    rng = np.random.default_rng(0)
    drawn = [id(source.draw(2, rng)) for _ in range(400)]
    counts = [drawn.count(id(version)) for version in versions]
    assert sum(counts) == 400
    assert min(counts) > 70


def test_cropping_first_changes_nothing() -> None:
    """A crop that comes first is cut from what is stored; one that could be left out goes the long way."""
    clips = np.stack([to_pcm(tone(i)) for i in range(4)])
    source = make_source(Sounds(clips), np.arange(4), WAVE)
    short = Compose.from_json([{"name": "random_crop", "seconds": 0.4, "position": 0.3}, {"name": "gain"}])
    long = Compose.from_json([{"name": "polarity", "p": 0.0}, *short.to_json()])
    for i in range(4):
        one, lam = source.example(i, 0, short, np.random.default_rng(1))
        other, _ = source.example(i, 0, long, np.random.default_rng(1))
        assert (lam, one.dtype, one.shape) == (1.0, np.float32, other.shape)
        assert pitches(one) == pitches(other) == i
    plain = Compose.from_json(short.to_json()[:1])
    start = round(0.3 * 4.6 * SR)
    expected = source.sound(2, 0)[start : start + round(0.4 * SR)]
    np.testing.assert_allclose(source.example(2, 0, plain, np.random.default_rng(1))[0], expected, rtol=1e-6)


def test_gains_reach_the_network() -> None:
    """Headroom, which a listener gets, would undo them."""
    clips = np.stack([to_pcm(tone(i)) for i in range(4)])
    loud = replace(WAVE, augment=(WAVE.augment[0], {"name": "gain", "gain_db": 12.0}), batch_size=4)
    ((x, _),) = Batches(make_source(Sounds(clips), np.arange(4), loud), np.arange(4), n_classes=4, config=loud).epoch(1)
    np.testing.assert_allclose(np.sqrt(np.square(x).mean(axis=(1, 2))), 10**0.6, rtol=0.05)


def test_a_wave_model_learns_tones() -> None:
    """Low against high, on tones that it was not trained on."""
    rng = np.random.default_rng(0)
    labels = np.arange(24) % 2
    t = np.arange(SR) / SR
    waves = np.sin(2 * np.pi * (np.where(labels, 1_500, 400) + rng.uniform(-50, 50, 24))[:, None] * t)
    config = replace(WAVE, n_epochs=12, batch_size=8, learning_rate=0.01, n_copies=0)
    reports: list[EpochReport] = []
    _, logits = fit(
        to_pcm(0.5 * waves.astype(np.float32)),
        labels,
        np.arange(16),
        np.arange(16, 24),
        n_classes=2,
        config=config,
        on_epoch=reports.append,
    )
    assert logits.shape == (8, 2)
    assert reports[-1].val_accuracy == 1.0
    assert (logits.argmax(axis=1) == labels[16:]).all()


def test_settings_survive_json() -> None:
    """The number of copies and the chain are part of a run's settings."""
    config = replace(WAVE, n_copies=7)
    assert TrainConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    with pytest.raises(ParameterError, match="n_copies must be in"):
        replace(WAVE, n_copies=51)
