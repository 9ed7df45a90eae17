"""Validation: each kind of problem, planted in a valid data set, is the one that is reported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from esc_core.audio import load
from esc_core.config import CONTAINER_NAMES
from esc_core.dataset import load_dataset
from esc_core.dataset.faults import bad_clips
from esc_core.dataset.validate import validate
from esc_core.errors import AudioError, DatasetError
from tests.zip_server import HEADER, SR, make_clips, make_table

CLIPS = make_clips()
NAMES = list(CLIPS)
FIRST, SECOND = NAMES[:2]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Write a data set that has no problem."""
    (tmp_path / "audio").mkdir()
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "esc50.csv").write_bytes(make_table(NAMES))
    for name, data in CLIPS.items():
        (tmp_path / "audio" / name).write_bytes(data)
    return tmp_path


def problems(root: Path, *, originals: bool = False) -> list[tuple[str, str, str]]:
    table = validate(root, originals=originals)
    assert list(table.columns) == ["file", "problem", "detail"]
    return list(table.itertuples(index=False, name=None))


def noise(n_channels: int = 1, *, seconds: float = 5.0, sr: int = SR) -> np.ndarray:
    rng = np.random.default_rng(1)
    return 0.1 * rng.standard_normal((round(seconds * sr), n_channels))


def replace_in_table(root: Path, old: str, new: str) -> None:
    path = root / "meta" / "esc50.csv"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_nothing_wrong(root: Path) -> None:
    """No problem gives no row, and hidden files of the operating system are not a problem."""
    (root / "audio" / ".DS_Store").touch()
    assert problems(root) == []


def test_missing_and_extra(root: Path) -> None:
    """Files that only the table or only the disk has."""
    (root / "audio" / FIRST).rename(root / "audio" / "other.wav")
    assert problems(root) == [
        (FIRST, "missing", "in the table, not in audio/"),
        ("other.wav", "extra", "in audio/, not in the table"),
    ]


@pytest.mark.parametrize("data", [b"", b"this is text", CLIPS[FIRST][:20]], ids=["empty", "text", "cut"])
def test_unreadable(root: Path, data: bytes) -> None:
    """A file that is not sound is listed and does not stop the validation."""
    (root / "audio" / FIRST).write_bytes(data)
    ((file, problem, detail),) = problems(root)
    assert (file, problem) == (FIRST, "unreadable")
    assert detail


@pytest.mark.parametrize(
    ("y", "sr", "problem", "detail"),
    [
        (noise(sr=16_000), 16_000, "odd rate", "16000 Hz, most clips have 8000 Hz"),
        (noise(seconds=4.9), SR, "odd length", "4.90 s, a clip has 5 s"),
        (noise(seconds=5.1), SR, "odd length", "5.10 s, a clip has 5 s"),
        (noise(2), SR, "odd channels", "2 channels"),
        (0 * noise(), SR, "silent", "no sound from beginning to end"),
        (0 * noise() + 0.5, SR, "silent", "no sound from beginning to end"),
        (np.where(np.arange(5 * SR) == 7, np.nan, 0.1), SR, "unreadable", "samples that are not finite numbers"),
        (np.where(np.arange(5 * SR) == 7, np.inf, 0.1), SR, "unreadable", "samples that are not finite numbers"),
    ],
    ids=["rate", "short", "long", "stereo", "zeros", "offset", "NaN", "infinite"],
)
def test_odd_sounds(root: Path, y: np.ndarray, sr: int, problem: str, detail: str) -> None:
    """Each oddity is the only one reported of its file."""
    soundfile.write(root / "audio" / FIRST, y, sr, subtype="FLOAT")
    assert problems(root) == [(FIRST, problem, detail)]


def test_a_length_within_one_percent_is_fine(root: Path) -> None:
    """Decoders of lossy formats may add or drop a few samples."""
    soundfile.write(root / "audio" / FIRST, noise(seconds=4.96), SR)
    assert problems(root) == []


def test_no_samples_at_all(root: Path) -> None:
    """A header without sound can't be read, and is not called silent."""
    soundfile.write(root / "audio" / FIRST, np.zeros(0), SR)
    assert problems(root) == [(FIRST, "unreadable", "the file holds no sound")]


def test_what_the_app_reads_is_readable(root: Path) -> None:
    """The kinds and the caps are those of the reader: a VOC file is refused, as is a sound of 65 channels."""
    soundfile.write(root / "audio" / FIRST, noise(), SR, format="VOC", subtype="PCM_16")
    soundfile.write(root / "audio" / SECOND, noise(65), SR)
    assert problems(root) == [
        (FIRST, "unreadable", f"this file can't be read: it is a Creative Voice file, not {CONTAINER_NAMES}"),
        (SECOND, "unreadable", "the sound has 65 channels; at most 64 can be used"),
    ]
    assert bad_clips(load_dataset(root)) == {file: detail for file, _, detail in problems(root)}
    for name in (FIRST, SECOND):
        with pytest.raises(AudioError, match=f"{name} can't be read"):
            load(root / "audio" / name)


def test_names_that_the_table_writes_otherwise(root: Path) -> None:
    """They are found, and told."""
    replace_in_table(root, FIRST, f"audio/{FIRST.upper()}")
    assert problems(root) == [(FIRST, "other name", f"the table says audio/{FIRST.upper()}")]


def test_no_targets(root: Path) -> None:
    """One problem of the table, not one of each row; but then each name contradicts the table."""
    for name in NAMES:
        target = name.removesuffix(".wav").split("-")[3]
        replace_in_table(root, f",{target},category_{target}", f",,category_{target}")
    assert problems(root) == [
        ("meta/esc50.csv", "bad value", "there are no targets; they are made from the categories")
    ]


def test_a_doubled_row(root: Path) -> None:
    """The clip is listed once, with the number of its rows."""
    row = make_table([FIRST]).decode().removeprefix(HEADER)
    replace_in_table(root, row, row + row)
    assert problems(root) == [(FIRST, "doubled row", "2 rows")]


@pytest.mark.parametrize("fold", ["-1", "11", "1.5", "one"])
def test_a_fold_outside(root: Path, fold: str) -> None:
    """The value is quoted as it stands; the file name contradicts it as well."""
    replace_in_table(root, f"{FIRST},1,", f"{FIRST},{fold},")
    assert problems(root) == [
        (FIRST, "bad value", f"fold must be in 0–10, is {fold}"),
        (FIRST, "contradiction", f"the file name says fold 1, the table {fold}"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "detail"),
    [
        (f"{FIRST},1,0", f"{FIRST},2,0", "the file name says fold 1, the table 2"),
        (f"{FIRST},1,0", f"{FIRST},1,7", "the file name says target 0, the table 7"),
        ("False,1000,A", "False,1001,A", "the file name says src_file 1000, the table 1001"),
        ("False,1000,A", "False,1000,B", "the file name says take A, the table B"),
    ],
    ids=["fold", "target", "src_file", "take"],
)
def test_a_name_that_contradicts_its_row(root: Path, old: str, new: str, detail: str) -> None:
    """Each column that the file name contains is compared."""
    replace_in_table(root, old, new)
    assert problems(root) == [(FIRST, "contradiction", detail)]


def test_names_of_another_kind_contradict_nothing(root: Path) -> None:
    """A recording of one's own may have any name."""
    (root / "audio" / FIRST).rename(root / "audio" / "my dog.wav")
    replace_in_table(root, FIRST, "my dog.wav")
    assert problems(root) == []


def test_one_target_with_two_categories(root: Path) -> None:
    """Labels would be ambiguous; the problem is one of the table as a whole."""
    replace_in_table(root, "category_1", "category_0")
    assert problems(root) == [("meta/esc50.csv", "bad value", "category category_0 has more than one target: 0, 1")]


def test_empty_cells_and_an_empty_table(root: Path) -> None:
    """Both are reported, and neither stops the validation."""
    replace_in_table(root, "False,1000,A", "False,1000,")
    assert problems(root) == [(FIRST, "bad value", "take is empty")]
    (root / "meta" / "esc50.csv").write_text(HEADER)
    assert problems(root)[-1] == ("meta/esc50.csv", "bad value", "the table lists no clips")


def test_a_name_that_points_outside_is_not_opened(root: Path) -> None:
    """The row is reported, the file is not looked for."""
    replace_in_table(root, FIRST, "../meta/esc50.csv")
    assert problems(root) == [
        ("../meta/esc50.csv", "bad value", "filename is not a plain file name"),
        (FIRST, "extra", "in audio/, not in the table"),
    ]


def test_originals(root: Path) -> None:
    """Noise under ESC-50's names is detected by its MD5, and missing clips are reported."""
    original = "1-100032-A-0.wav"
    (root / "audio" / FIRST).rename(root / "audio" / original)
    (root / "meta" / "esc50.csv").write_bytes(make_table([original, *NAMES[1:]]))
    found = problems(root, originals=True)
    details = {file: detail for file, problem, detail in found if problem == "altered"}
    assert set(details) == {original, *NAMES[1:], "meta/esc50.csv"}
    assert details[original].endswith("ESC-50's original has ca7345a4c89c5394aa44419de0971ade")
    assert details[SECOND] == "ESC-50 has no clip of this name"
    assert sum(problem == "missing" for _, problem, _ in found) == 1999


def test_progress_counts_the_files(root: Path) -> None:
    """One call per file, up to all of them."""
    seen: list[tuple[int, int]] = []
    validate(root, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_no_data_set(tmp_path: Path) -> None:
    """A folder without a table, or with a wrong one, is not a data set."""
    with pytest.raises(DatasetError, match=r"is not in ESC-50's layout: it needs audio/ and meta/esc50.csv"):
        validate(tmp_path)
    (tmp_path / "audio").mkdir()
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "esc50.csv").write_text("filename,category\na.wav,dog\n")
    with pytest.raises(DatasetError, match="lacks the columns fold, src_file"):
        validate(tmp_path)
    (tmp_path / "meta" / "esc50.csv").write_bytes(b"")
    with pytest.raises(DatasetError, match="the file is empty"):
        validate(tmp_path)


@pytest.mark.real_data
def test_the_real_esc50(esc50_dir: Path) -> None:
    """The table and the 2000 files agree, and none is silent."""
    found = validate(esc50_dir)
    assert found.empty, found.head().to_string()


@pytest.mark.real_data
def test_the_real_esc10(esc10_dir: Path) -> None:
    """ESC-10's Ogg files were never cut to 5 s; that is their only problem."""
    found = validate(esc10_dir)
    assert set(found["problem"]) == {"odd length"}


def test_two_files_of_one_stem(root: Path) -> None:
    """The loader refuses them, so validation must name both."""
    other = FIRST.replace(".wav", ".flac")
    replace_in_table(root, FIRST, other + ",1,0,category_0,False,1000,A\n" + FIRST)
    found = [problem for problem in problems(root) if problem[1] == "doubled row"]
    assert found == [
        (other, "doubled row", f"other endings of the same name: {FIRST}"),
        (FIRST, "doubled row", f"other endings of the same name: {other}"),
    ]


def test_a_fold_as_a_spreadsheet_writes_it(root: Path) -> None:
    replace_in_table(root, f"{FIRST},1,", f"{FIRST},1.0,")
    assert problems(root) == []


def test_a_folder_in_place_of_a_file(root: Path) -> None:
    """The detail is a reason, not the decoder's "System error."."""
    (root / "audio" / FIRST).unlink()
    (root / "audio" / FIRST).mkdir()
    assert problems(root) == [(FIRST, "unreadable", "it is a folder, not a file")]
