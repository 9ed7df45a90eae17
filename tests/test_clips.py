"""Clips and folds: the checks of the table, recordings, the data folder, and recognition of ESC-50's clips."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from esc_core.config import esc_home
from esc_core.dataset import (
    GROUPS,
    OTHER,
    Clip,
    dataset_dir,
    downloaded_dir,
    find_dataset,
    group_of,
    known,
    load_dataset,
    open_dataset,
    remember_folder,
    starter_dir,
)
from esc_core.dataset.categories import CATEGORIES
from esc_core.dataset.clips import COLUMNS
from esc_core.dataset.layout import clip_stem
from esc_core.errors import DatasetError
from tests.zip_server import HEADER, make_table

NAMES = ["1-100-A-0.wav", "1-100-B-0.wav", "2-200-A-40.wav", "3-300-A-10.wav", "5-100-C-49.wav"]

TWO_FOLDS = {"131943": [2, 3], "134049": [2, 3], "209698": [4, 5], "234879": [4, 5, 5]}
"""Recordings of the real ESC-50 whose clips lie in two folds."""


def write_table(root: Path, table: str | bytes) -> Path:
    """Write a data set without sounds."""
    (root / "audio").mkdir(parents=True, exist_ok=True)
    (root / "meta").mkdir(exist_ok=True)
    (root / "meta" / "esc50.csv").write_bytes(table if isinstance(table, bytes) else table.encode())
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Write the table of five clips, three of them of one recording."""
    return write_table(tmp_path / "data", make_table(NAMES))


def test_a_row_is_a_clip(root: Path) -> None:
    """Every column is read under its name and with its type."""
    dataset = load_dataset(root)
    assert dataset.clips[2] == Clip("2-200-A-40.wav", 2, 40, "category_40", False, "200", "A")
    assert [clip.filename for clip in dataset.clips] == NAMES
    assert (dataset.clips[2].clip_id, dataset.clips[2].group) == ("2-200-A-40", "other")
    assert dataset.path(dataset.clips[2]) == root / "audio" / "2-200-A-40.wav"
    assert dataset.by_id["3-300-A-10"] is dataset.clips[3]


def test_categories_follow_the_targets(root: Path) -> None:
    """The order of the labels does not depend on the order of the rows."""
    dataset = load_dataset(root)
    assert dataset.categories == ("category_0", "category_10", "category_40", "category_49")
    assert dataset.labels.tolist() == [0, 0, 2, 1, 3]
    assert dataset.folds.tolist() == [1, 1, 2, 3, 5]
    backwards = load_dataset(write_table(root, make_table(NAMES[::-1])))
    assert backwards.categories == dataset.categories
    assert backwards.labels.tolist() == [3, 1, 2, 0, 0]


def test_siblings_share_a_recording(root: Path) -> None:
    """Also across folds and categories; a clip is not its own sibling."""
    dataset = load_dataset(root)
    assert [clip.clip_id for clip in dataset.siblings(dataset.clips[0])] == ["1-100-B-0", "5-100-C-49"]
    assert [clip.clip_id for clip in dataset.siblings(dataset.clips[4])] == ["1-100-A-0", "1-100-B-0"]
    assert dataset.siblings(dataset.clips[2]) == []


def test_the_table_for_pages(root: Path) -> None:
    """One row per clip, with its id and its group beside the columns of the file."""
    table = load_dataset(root).table
    assert list(table.columns) == [*COLUMNS, "clip_id", "group"]
    assert table["group"].tolist() == ["other"] * 5
    assert table["src_file"].tolist() == ["100", "100", "200", "300", "100"]


@pytest.mark.parametrize(
    ("target", "group"), [(0, 0), (9, 0), (10, 1), (20, 2), (29, 2), (30, 3), (39, 3), (40, 4), (49, 4)]
)
def test_ten_targets_a_group(target: int, group: int) -> None:
    """The five groups come in the order of ESC-50's targets."""
    assert group_of(CATEGORIES[target]) == GROUPS[group]


@pytest.mark.parametrize("name", ["doorbell", "", "Dog", "animals"])
def test_a_category_of_ones_own_is_in_no_group_of_esc50(name: str) -> None:
    """A doorbell is no animal, whatever its target."""
    assert group_of(name) == OTHER


def test_a_number_of_a_recording_stays_text(root: Path) -> None:
    """A leading zero is kept, as in a data set of one's own."""
    table = make_table(NAMES).decode().replace(",200,A", ",0200,A")
    assert load_dataset(write_table(root, table)).clips[2].src_file == "0200"


def test_whole_numbers_that_a_spreadsheet_wrote(root: Path) -> None:
    """A fold of 1.0 is fold 1, and an int."""
    table = make_table(NAMES).decode().replace(".wav,1,0,", ".wav,1.0,0.0,")
    clip = load_dataset(write_table(root, table)).clips[0]
    assert (repr(clip.fold), repr(clip.target)) == ("1", "0")


def test_synthetic_clips_say_so(root: Path) -> None:
    """A file beside the table distinguishes synthetic sounds from recordings."""
    assert not load_dataset(root).synthetic
    (root / "meta" / "SYNTHETIC.txt").touch()
    assert load_dataset(root).synthetic


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "src_file",
            "source",
            "can't be used: the table lacks the column src_file; its first line names filename",
        ),
        ("filename,fold", "file,folds", "can't be used: the table lacks the columns filename, fold"),
        (NAMES[1], NAMES[0], "lists 1-100-A-0.wav twice"),
        (".wav,2,", ".wav,11,", "has folds outside 0–10"),
        (".wav,2,", ".wav,-1,", "has folds outside 0–10"),
        (".wav,2,", ".wav,1.5,", "has folds outside 0–10"),
        (".wav,2,", ".wav,two,", "has folds outside 0–10"),
        (",40,category_40", ",40,", "has empty cells"),
        (".wav,2,", ".wav,,", "has empty cells"),
        ("2-200-A-40.wav", "../2-200-A-40.wav", "names a file outside audio/: ../2-200-A-40.wav"),
        ("2-200-A-40.wav", "/etc/2-200-A-40.wav", "names a file outside audio/: /etc/2-200-A-40.wav"),
        ("2-200-A-40.wav", "..\\2-200-A-40.wav", "names a file outside audio/: ..\\2-200-A-40.wav"),
        ("2-200-A-40.wav", "sub\\2-200-A-40.wav", "names a file outside audio/: sub\\2-200-A-40.wav"),
        ("2-200-A-40.wav", "..", "names a file outside audio/: .."),
        ("category_40", "category_0", "gives one category two targets, or one target two categories"),
        (",40,category_40", ",10,category_40", "gives one category two targets, or one target two categories"),
    ],
)
def test_what_is_wrong_with_a_table(root: Path, old: str, new: str, message: str) -> None:
    """One wrong cell is found, and the message names the file and what is wrong."""
    table = make_table(NAMES).decode()
    assert old in table
    write_table(root, table.replace(old, new))
    with pytest.raises(DatasetError, match=re.escape(f"esc50.csv {message}")):
        load_dataset(root)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (HEADER, "lists no clips"),
        ("", "the file is empty"),
        (b"\xff\xfe\x00", "can't be read as a CSV table"),
        ('"unclosed', "can't be read as a CSV table"),
    ],
    ids=["header", "nothing", "binary", "quote"],
)
def test_no_table_at_all(root: Path, table: str | bytes, message: str) -> None:
    """A file that is not a table has another message than a wrong table."""
    write_table(root, table)
    with pytest.raises(DatasetError, match=message):
        load_dataset(root)


@pytest.mark.parametrize("missing", ["audio", "meta", "."])
def test_a_folder_of_another_layout(tmp_path: Path, missing: str) -> None:
    """Without audio/ or the table, a folder is not a data set, and the message says what is missing."""
    for name in {"audio", "meta"} - {missing}:
        (tmp_path / name).mkdir()
    if missing == "audio":
        (tmp_path / "meta" / "esc50.csv").write_bytes(make_table(NAMES))
    with pytest.raises(DatasetError, match=r"is not in ESC-50's layout: it needs audio/ and meta/esc50\.csv"):
        load_dataset(tmp_path / missing if missing == "." else tmp_path)


@pytest.fixture
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the user's own settings."""
    monkeypatch.delenv("ESC50_DIR", raising=False)


@pytest.mark.usefixtures("no_variable")
def test_the_first_way_to_the_data_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, root: Path) -> None:
    """The variable precedes the chosen folder, which precedes the downloaded copy."""
    assert dataset_dir() is None
    assert find_dataset() is None
    write_table(downloaded_dir(), make_table(NAMES[:1]))
    assert dataset_dir() == downloaded_dir() == esc_home() / "ESC-50"
    remember_folder(root)
    assert dataset_dir() == root.resolve()
    other = write_table(tmp_path / "other", make_table(NAMES[:2]))
    monkeypatch.setenv("ESC50_DIR", str(other))
    assert dataset_dir() == other
    found = find_dataset()
    assert found is not None
    assert len(found.clips) == 2


@pytest.mark.usefixtures("no_variable")
def test_without_data_the_starter_set_is_made(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    """Also where it is half made; a data set that is there is taken as it is."""
    made = []

    def make(folder: Path, *, progress: object) -> Path:
        made.append((folder, progress))
        return write_table(folder, make_table(NAMES[:2]))

    monkeypatch.setattr("esc_core.dataset.starter.make_starter_set", make)
    assert len(open_dataset(progress=print).clips) == 2
    assert made == [(starter_dir(), print)]
    open_dataset()  # without the marker of a complete set
    assert len(made) == 2
    (starter_dir() / "meta" / "COMPLETE").touch()
    assert open_dataset().root == starter_dir()
    remember_folder(root)
    assert open_dataset().root == root.resolve()
    assert len(made) == 2


@pytest.mark.usefixtures("no_variable")
def test_a_choice_can_be_forgotten(root: Path) -> None:
    """None returns to the downloaded copy, however often."""
    remember_folder(root)
    remember_folder(None)
    remember_folder(None)
    assert dataset_dir() is None


@pytest.mark.usefixtures("no_variable")
def test_only_a_data_set_is_remembered(tmp_path: Path, root: Path) -> None:
    """A wrong folder is refused and leaves the earlier choice alone."""
    remember_folder(root)
    with pytest.raises(DatasetError, match="is not in ESC-50's layout"):
        remember_folder(tmp_path / "elsewhere")
    assert dataset_dir() == root.resolve()


@pytest.mark.usefixtures("no_variable")
def test_a_relative_folder_is_remembered_in_full(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    """The next start may have another working folder."""
    monkeypatch.chdir(root.parent)
    remember_folder(root.name)
    monkeypatch.chdir("/")
    assert dataset_dir() == root.resolve()


@pytest.mark.usefixtures("no_variable")
def test_a_choice_that_cannot_be_kept(root: Path) -> None:
    """A file instead of the folder ESC_HOME is an error with the folder's name."""
    esc_home().parent.mkdir(parents=True, exist_ok=True)
    esc_home().write_text("in the way")
    with pytest.raises(DatasetError, match=f"the choice can't be stored in {re.escape(str(esc_home()))}: "):
        remember_folder(root)


def test_a_wrong_setting_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A variable that points to a missing folder is not ignored in favour of the downloaded copy."""
    write_table(downloaded_dir(), make_table(NAMES))
    monkeypatch.setenv("ESC50_DIR", str(tmp_path / "nowhere"))
    assert dataset_dir() == tmp_path / "nowhere"
    with pytest.raises(DatasetError, match="nowhere is not in ESC-50's layout"):
        find_dataset()


@pytest.mark.parametrize(
    "name",
    [
        "1-100032-A-0.wav",
        "1-100032-A-0",
        "1-100032-a-0.MP3",
        "/home/ann/sounds/1-100032-A-0.ogg",
        "C:\\Users\\ann\\1-100032-A-0.flac",
    ],
)
def test_known_by_name(name: str) -> None:
    """The folder, the case and the extension do not matter."""
    assert known.known_clip_id(name) == "1-100032-A-0"
    assert known.known_clip_id(name, b"a converted copy") == "1-100032-A-0"


@pytest.mark.parametrize("name", ["", "bark.wav", "1-100032-A-1.wav", "1-100032-A-0 (copy).wav", "1-100032-A-0/x.wav"])
def test_not_known(name: str) -> None:
    """Neither the name nor the content is ESC-50's."""
    assert known.known_clip_id(name, b"some bytes") is None


@pytest.fixture
def table_of_one(monkeypatch: pytest.MonkeyPatch) -> Iterator[bytes]:
    """Let the table of originals hold one clip of known content."""
    data = b"RIFF, let us say"
    known._stems.cache_clear()
    table = {"3-300-A-10.wav": hashlib.md5(data).hexdigest(), "4-400-A-11.wav": "0" * 32}
    monkeypatch.setattr(known, "original_md5", lambda: table)
    yield data
    known._stems.cache_clear()


def test_known_by_content(table_of_one: bytes) -> None:
    """The original's bytes are recognised under any name, and have precedence over the name."""
    assert known.known_clip_id("bark.wav", table_of_one) == "3-300-A-10"
    assert known.known_clip_id("4-400-A-11.wav", table_of_one) == "3-300-A-10"
    assert known.known_clip_id("4-400-A-11.wav", table_of_one + b" ") == "4-400-A-11"
    assert known.known_clip_id("bark.wav", table_of_one + b" ") is None


def test_the_table_of_originals_is_whole() -> None:
    """It names 2000 clips, 400 per fold and 40 per category, each with its own MD5."""
    names = [Path(name).stem.split("-") for name in known.original_md5()]
    assert Counter(fold for fold, *_ in names) == dict.fromkeys("12345", 400)
    assert Counter(int(target) for *_, target in names) == dict.fromkeys(range(50), 40)
    sums = set(known.original_md5().values())
    assert len(sums) == 2000
    assert all(re.fullmatch(r"[0-9a-f]{32}", md5) for md5 in sums)


@pytest.mark.real_data
def test_the_real_table(esc50_dir: Path) -> None:
    """ESC-50 as published: 2000 clips, 40 per category, 8 per fold, 1524 recordings, 795 clips that share one."""
    dataset = load_dataset(esc50_dir)
    assert (len(dataset.clips), len(dataset.categories)) == (2000, 50)
    counts = np.zeros((50, 6), int)
    np.add.at(counts, (dataset.labels, dataset.folds), 1)
    assert (counts[:, 1:] == 8).all()
    assert sum(clip.esc10 for clip in dataset.clips) == 400
    assert {clip.group for clip in dataset.clips} == set(GROUPS)
    sizes = Counter(clip.src_file for clip in dataset.clips)
    assert len(sizes) == 1524
    assert sum(size for size in sizes.values() if size > 1) == 795
    assert all(known.known_clip_id(clip.filename) == clip.clip_id for clip in dataset.clips)


@pytest.mark.real_data
def test_the_real_recordings_in_two_folds(esc50_dir: Path) -> None:
    """Four recordings, nine clips, of more than one category each."""
    recordings: dict[str, list[Clip]] = {}
    dataset = load_dataset(esc50_dir)
    for clip in dataset.clips:
        recordings.setdefault(clip.src_file, []).append(clip)
    across = {src_file: clips for src_file, clips in recordings.items() if len({clip.fold for clip in clips}) > 1}
    assert {src_file: sorted(clip.fold for clip in clips) for src_file, clips in across.items()} == TWO_FOLDS
    assert all(len({clip.category for clip in clips}) == 2 for clips in across.values())
    assert dataset.siblings(across["234879"][0]) == across["234879"][1:]


@pytest.mark.real_data
def test_the_real_esc10(esc10_dir: Path) -> None:
    """Its ten categories are those that ESC-50's table marks, in the order of ESC-50's targets."""
    dataset = load_dataset(esc10_dir)
    assert Counter(dataset.folds.tolist()) == dict.fromkeys(range(1, 6), 80)
    assert all(clip.esc10 for clip in dataset.clips)
    assert [clip.target for clip in dataset.clips] == [int(clip.clip_id.split("-")[3]) for clip in dataset.clips]
    assert len(dataset.categories) == 10
    assert dataset.categories[0] == "dog"


@pytest.mark.parametrize("below", ["", "audio", "meta", "meta/esc50.csv", ".."])
def test_a_path_beside_the_data_folder_is_taken(root: Path, below: str) -> None:
    """One level too high or too low, or the table itself; the set says that it was taken otherwise."""
    dataset = load_dataset(root / below if below != ".." else root.parent)
    assert (dataset.root, len(dataset.clips)) == (root, len(NAMES))
    assert len(dataset.notes) == (below != "")


def test_two_data_sets_below_a_folder_are_not_guessed(root: Path) -> None:
    write_table(root.parent / "other", make_table(NAMES))
    with pytest.raises(DatasetError, match="holds 2 data sets, such as data and other; name one of them"):
        load_dataset(root.parent)


def test_other_layouts_are_named(tmp_path: Path) -> None:
    (tmp_path / "urban" / "metadata").mkdir(parents=True)
    (tmp_path / "urban" / "metadata" / "UrbanSound8K.csv").touch()
    with pytest.raises(DatasetError, match="in UrbanSound8K's layout, which must be imported first"):
        load_dataset(tmp_path / "urban")
    for name in ("dog", "rain"):
        (tmp_path / "own" / name).mkdir(parents=True)
        (tmp_path / "own" / name / "1.wav").touch()
    with pytest.raises(DatasetError, match="has a folder for each category"):
        load_dataset(tmp_path / "own")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("x" * 5000, "can't be read: File name too long"),
        ("~nobody-of-this-name/ESC-50", "can't be found: this computer has no such user"),
        ("a\0b", "a path can't hold a NUL character"),
    ],
)
def test_a_path_that_cannot_be(path: str, why: str) -> None:
    """Too long, of an unknown user, or with a character that no path has: one sentence, as for any other."""
    with pytest.raises(DatasetError, match=why):
        load_dataset(path)


def test_a_folder_that_is_not_ours_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside others it is passed over."""
    root = write_table(tmp_path / "data", make_table(NAMES))
    (tmp_path / "closed" / "audio").mkdir(parents=True)
    is_file, iterdir = Path.is_file, Path.iterdir

    def refuse(path: Path) -> None:
        if "closed" in path.parts:
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", lambda path: refuse(path) or is_file(path))
    monkeypatch.setattr(Path, "iterdir", lambda path: refuse(path) or iterdir(path))
    assert load_dataset(tmp_path).root == root
    with pytest.raises(DatasetError, match="closed can't be read: Permission denied"):
        load_dataset(tmp_path / "closed")


def test_two_clips_of_one_stem_are_refused(root: Path) -> None:
    """Links and cards know a clip by its stem."""
    write_table(root, make_table(NAMES) + b"1-100-A-0.flac,1,0,category_0,False,100,A\n")
    with pytest.raises(DatasetError, match=r"1-100-A-0.wav, 1-100-A-0.flac: without their endings they have one name"):
        load_dataset(root)


TEN_ROWS = "".join(f"a{i}.wav,1,,category {i:02},False,{i},A\n" for i in range(51))


@pytest.mark.parametrize("target", ["50", "-1", "", "forty", "1.5"])
def test_targets_that_cannot_be_used_come_from_the_categories(root: Path, target: str) -> None:
    """ESC-50's numbers for ESC-50's categories, else in the order of the alphabet; and the set says so."""
    table = make_table(NAMES).decode().replace(",40,category_40", f",{target},category_40")
    dataset = load_dataset(write_table(root, table))
    assert [clip.target for clip in dataset.clips] == [0, 0, 2, 1, 3]
    assert dataset.categories == ("category_0", "category_10", "category_40", "category_49")
    assert dataset.notes[0].startswith("The targets in meta/esc50.csv can't be used, ")
    names = ("dog", "dog", "helicopter", "rain", "hand_saw")
    for name, row in zip(names, NAMES, strict=True):
        number = row.removesuffix(".wav").split("-")[3]
        table = table.replace(f",category_{number},", f",{name},")
    assert [clip.target for clip in load_dataset(write_table(root, table)).clips] == [0, 0, 40, 10, 49]


def test_a_table_without_targets(root: Path) -> None:
    rows = make_table(NAMES).decode().splitlines()
    table = [",".join(cell for i, cell in enumerate(row.split(",")) if i != 2) for row in rows]
    dataset = load_dataset(write_table(root, "\n".join(table)))
    assert [clip.target for clip in dataset.clips] == [0, 0, 2, 1, 3]
    assert dataset.notes == (
        "The targets in meta/esc50.csv can't be used, or there are none; they were made from the categories.",
    )
    write_table(root, HEADER + TEN_ROWS)
    with pytest.raises(DatasetError, match="has 51 categories; at most 50 can be used"):
        load_dataset(root)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("audio/2-200-A-40.wav", "2-200-A-40.wav"),
        ("ESC-50\\audio\\2-200-A-40.wav", "2-200-A-40.wav"),
        ("/home/me/2-200-A-40.wav", "2-200-A-40.wav"),
        ("2-200-A-40", "2-200-A-40.wav"),
        ("2-200-a-40.WAV", "2-200-A-40.wav"),
        ("audio/2-200-a-40", "2-200-A-40.wav"),
        ("2-200-A-40.v2", "2-200-A-40.v2.flac"),
        ("audio/gone.wav", "gone.wav"),
    ],
)
def test_a_name_is_matched_with_the_file_that_is_there(root: Path, cell: str, name: str) -> None:
    """A folder in front, no ending, another case; what is in ``audio/`` counts, and nothing outside it."""
    if name != "gone.wav":
        (root / "audio" / name).touch()
    dataset = load_dataset(write_table(root, make_table(NAMES).decode().replace("2-200-A-40.wav", cell)))
    assert dataset.clips[2].filename == name
    assert dataset.notes == (
        f"1 file name is written otherwise in meta/esc50.csv than in audio/: {cell} is taken for {name}.",
    )


def test_a_name_that_fits_two_files_is_not_guessed(root: Path) -> None:
    for name in ("2-200-A-40.wav", "2-200-A-40.flac"):
        (root / "audio" / name).touch()
    table = make_table(NAMES).decode().replace("2-200-A-40.wav", "2-200-A-40")
    assert load_dataset(write_table(root, table)).clips[2].filename == "2-200-A-40"


def test_one_rule_for_the_name_of_a_clip(root: Path) -> None:
    """Only the last ending goes, wherever a clip is named."""
    assert clip_stem(" C:\\sounds\\a.b.wav ") == "a.b"
    clip = load_dataset(write_table(root, make_table(NAMES).decode().replace(NAMES[0], "a.b.wav"))).clips[0]
    assert clip.clip_id == "a.b"
    assert known.known_clip_id("1-100032-A-0.noisy.wav") is None
    assert known.known_clip_id("1-100032-A-0.wav.mp3") == "1-100032-A-0"


def test_a_table_as_a_spreadsheet_writes_it(root: Path) -> None:
    """Byte order mark, semicolons, Windows line ends, a fold 1.0, and categories that pandas would take for gaps."""
    header = HEADER.strip().replace(",", ";").upper()
    rows = "a.wav;1.0;0;None;TRUE;7;A\r\nb.wav; 2 ;1;NA;false;8;A\r\n"
    write_table(root, f"\ufeff{header}\r\n{rows}")
    dataset = load_dataset(root)
    assert dataset.categories == ("None", "NA")
    assert dataset.notes == ("The columns of meta/esc50.csv are separated by semicolons.",)
    assert [(clip.fold, clip.esc10) for clip in dataset.clips] == [(1, True), (2, False)]
