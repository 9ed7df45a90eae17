"""Clips that can't be read are found with a reason, and the others stay: in lists, in training, in scores."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from esc_core.audio import load
from esc_core.dataset import load_dataset
from esc_core.dataset.faults import SAMPLES, bad_clips, bad_sentence, without_clips
from esc_core.dataset.provenance import data_name
from esc_core.errors import AudioError, DatasetError, TrainingError
from esc_core.inference import Predictor
from esc_core.inference.evaluate import evaluate, out_of_fold_probs
from esc_core.models.folder import read_card
from esc_core.training.finished.envelope import open_envelope, opened
from esc_core.training.process.control import submit, submit_lesson
from esc_core.training.process.create import create_run
from esc_core.training.process.worker import work
from esc_core.training.record import held_out_probs
from esc_core.training.runs.heartbeat import StoppedError
from esc_core.training.runs.listing import list_runs
from esc_core.training.runs.status import RunNotes
from tests.small_model import write_small_model
from tests.small_runs import NAMES, TINY, write_tones
from tests.zip_server import make_clips, make_table


def test_each_bad_clip_has_its_reason(tmp_path: Path) -> None:
    clips = make_clips(5)
    (tmp_path / "meta").mkdir()
    (tmp_path / "audio").mkdir()
    (tmp_path / "meta" / "esc50.csv").write_bytes(make_table(list(clips)))
    missing, empty, text, folder, good = clips
    (tmp_path / "audio" / empty).write_bytes(b"")
    (tmp_path / "audio" / text).write_bytes(b"this is text")
    (tmp_path / "audio" / folder).mkdir()
    (tmp_path / "audio" / good).write_bytes(clips[good])
    dataset = load_dataset(tmp_path)
    bad = bad_clips(dataset)
    assert bad == {
        missing: "the file is missing",
        empty: "the file is empty",
        text: "the file is damaged or no sound file",
        folder: "it is a folder, not a file",
    }
    assert [clip.filename for clip in without_clips(dataset, bad).clips] == [good]
    assert data_name(dataset).endswith("8 kHz, 16-bit")  # named by the first clip that can be read


def test_the_sentence_has_a_singular() -> None:
    assert bad_sentence(12, 2000) == "12 of 2000 clips can't be read: `python -m esc_core data validate` names them"
    one = "1 of 1 clip can't be read and is left out: `python -m esc_core data validate` names it"
    assert bad_sentence(1, 1, left_out=True) == one


def spoil(path: Path) -> None:
    """Damage the samples behind a good header."""
    sf.write(path, np.full(40_000, np.nan, np.float32), 8_000, subtype="FLOAT")


def test_training_leaves_bad_clips_out(tmp_path: Path) -> None:
    """One of each part is bad, by its header or by its samples; neither training nor scores count it."""
    tones = write_tones(tmp_path / "tones")
    sealed, empty, damaged = (sorted((tones / "audio").glob(f"{fold}-*"))[0] for fold in (2, 1, 3))
    sealed.unlink()
    empty.write_bytes(b"")
    spoil(damaged)
    assert bad_clips(load_dataset(tones)).keys() == {sealed.name, empty.name}  # a header says nothing of samples
    run = create_run(replace(TINY, test_fold=2), tones)
    assert dict(run.notes().unreadable) == {sealed.name: "the file is missing", empty.name: "the file is empty"}
    lines: list[str] = []
    work(run, progress=lines.append)
    reasons = {sealed.name: "the file is missing", empty.name: "the file is empty", damaged.name: SAMPLES}
    sentence = "3 of 30 clips can't be read and are left out: `python -m esc_core data validate` names them."
    assert run.notes() == RunNotes(n_clips=30, unreadable=reasons)
    assert lines[:2] == [sentence.replace("3", "2", 1), "reading 30 clips"]  # what the headers say comes first
    assert lines[2] == sentence
    assert sentence in run.log()
    watched, held_out = run.watched(), held_out_probs(run)
    assert watched
    assert len(watched.filenames) == len(held_out.filenames) == 5
    assert empty.name not in watched.filenames
    card = read_card(run.model_dir).details
    assert (card["n_train"], card["n_unreadable"], card["remarks"]) == (17, 3, [sentence])
    assert damaged.stem not in card["trained_on"]
    envelope = open_envelope(run)
    assert (len(envelope.filenames), envelope.unreadable) == (5, (sealed.name,))
    assert envelope.accuracy * 5 == pytest.approx(sum(np.equal(envelope.labels, envelope.predicted)))
    assert opened(run) == envelope


def test_a_run_goes_on_with_the_clips_that_it_began_with(tmp_path: Path) -> None:
    """A clip that is lost meanwhile would change the split; one that was mended would, too."""
    tones = write_tones(tmp_path / "tones")
    first, second = sorted((tones / "audio").iterdir())[:2]
    sound = first.read_bytes()
    first.write_bytes(b"")
    run = create_run(TINY, tones)
    lines: list[str] = []

    def stop(line: str) -> None:
        lines.append(line)
        if line.startswith("epoch 2"):
            raise StoppedError

    with pytest.raises(StoppedError):
        work(run, progress=stop)
    first.write_bytes(sound)
    second.rename(tmp_path / second.name)
    with pytest.raises(TrainingError, match=f"{second.name} could be read when the run began.*: the file is missing"):
        work(run)
    (tmp_path / second.name).rename(second)
    work(run)
    assert list(run.notes().unreadable) == [first.name]
    assert [len(guesses.predicted) for guesses in run.guesses()] == [5] * 4


@pytest.mark.parametrize("lesson", [None, "leak"])
def test_a_data_set_without_a_readable_clip_makes_no_run(tmp_path: Path, lesson: str | None) -> None:
    """One sentence, and nothing on disk."""
    tones = write_tones(tmp_path / "tones")
    for path in (tones / "audio").iterdir():
        path.write_bytes(b"")
    with pytest.raises(DatasetError, match=r"^30 of 30 clips can't be read: .*; the first: the file is empty$"):
        submit_lesson(lesson, tones) if lesson else submit(TINY, tones)
    assert list_runs() == []


def test_a_score_goes_on_past_damaged_samples(tmp_path: Path) -> None:
    """`evaluate` leaves out what its header did not tell."""
    tones = write_tones(tmp_path / "tones")
    spoil(sorted((tones / "audio").glob("3-*"))[0])
    write_small_model(tmp_path / "small", labels=NAMES)
    predictor = Predictor(tmp_path / "small")
    probs = out_of_fold_probs(predictor, load_dataset(tones))
    assert np.isnan(probs).any(axis=1).sum() == 1
    scores = evaluate(predictor, load_dataset(tones))
    assert (scores["n_clips"], scores["n_unreadable"]) == (29, 1)
    assert 0 <= scores["accuracy"] <= 1


def test_a_file_without_samples_is_no_silence(tmp_path: Path) -> None:
    """Nothing can be learnt from it, and a score on it means nothing."""
    sf.write(tmp_path / "a.wav", np.zeros(0), 8_000)
    with pytest.raises(AudioError, match=r"^a.wav can't be read as sound: the file holds no sound$"):
        load(tmp_path / "a.wav")
