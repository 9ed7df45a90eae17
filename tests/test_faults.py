"""Clips that can't be read are found with a reason, and the others stay."""

from __future__ import annotations

from pathlib import Path

from esc_core.dataset import load_dataset
from esc_core.dataset.faults import bad_clips, bad_sentence, without_clips
from esc_core.dataset.provenance import data_name
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
    assert data_name(dataset).endswith("copy")  # named by the first clip that can be read


def test_the_sentence_has_a_singular() -> None:
    assert bad_sentence(12, 2000) == "12 of 2000 clips can't be read: `data validate` names them"
    assert bad_sentence(1, 1) == "1 of 1 clip can't be read: `data validate` names it"
