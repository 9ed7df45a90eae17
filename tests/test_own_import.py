"""Import and export of data sets of one's own: each layout, what was taken for what, and what is refused."""

from __future__ import annotations

import errno
import io
import json
import os
import stat
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from esc_core import cli
from esc_core.config import OwnLimits, esc_home
from esc_core.dataset import load_dataset, own
from esc_core.dataset.own import OwnSet
from esc_core.dataset.own.bring import bring
from esc_core.dataset.own.zipped import write_zip
from esc_core.errors import DatasetError

SR = 8_000


def noise(seed: int, *, seconds: float = 0.5) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(int(seconds * SR))).astype(np.float32)


def write_sounds(folder: Path, names: list[str], *, seconds: float = 0.5) -> Path:
    """Write a different noise under each name."""
    for i, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        sf.write(path, noise(i, seconds=seconds), SR)
    return folder


def collected() -> OwnSet:
    """Return a set with what an export could lose: an empty category, shared groups, titles that look like formulas."""
    found = own.create("Our sounds: school")
    for name in ("zebra crossing", "Tür", "empty"):
        found.add_category(name)
    for i in range(8):
        found.add_sample(
            noise(i), SR, category=("zebra crossing", "Tür")[i % 2], title=f"=take {i}", source="microphone",
            group="shared" if i in (0, 1, 2) else None,
        )  # fmt: skip
    found.delete([found.samples[3].id])
    return found


def exported(found: OwnSet, path: Path) -> Path:
    with path.open("wb") as file:
        write_zip(found, file)
    return path


def test_an_exported_set_opens_again_as_an_equal_one(tmp_path: Path) -> None:
    found = collected()
    again = bring(exported(found, tmp_path / "x.zip")).own
    assert again.key != found.key
    assert (again.name, again.categories, again.samples) == (found.name, found.categories, found.samples)
    assert again.dataset().clips == found.dataset().clips
    for sample in found.samples:
        assert again.path(sample).read_bytes() == found.path(sample).read_bytes()


def test_an_unpacked_export_is_a_data_set_for_anyone(tmp_path: Path) -> None:
    """The table, the sounds, and a text that tells how the folds came about."""
    found = collected()
    with zipfile.ZipFile(exported(found, tmp_path / "x.zip")) as archive:
        archive.extractall(tmp_path / "data")
    assert load_dataset(tmp_path / "data").clips == found.dataset().clips
    text = (tmp_path / "data/README.txt").read_text()
    assert "Our sounds: school" in text
    assert "7 samples, 4 seconds, in 3 categories" in text
    assert "dealt by recording" in text
    assert "'=take 0" in (tmp_path / "data/meta/esc50.csv").read_text()  # no formula for a spreadsheet


def test_importing_twice_adds_nothing_twice(tmp_path: Path) -> None:
    found = collected()
    path = exported(found, tmp_path / "x.zip")
    before = found.samples
    message = (
        "none of 7 files can be added; the first: The data set has this sound already, in zebra crossing as =take 0"
    )
    with pytest.raises(DatasetError, match=message):
        bring(path, into=found)
    assert found.samples == before


def folds_by_sound(found: OwnSet) -> dict[bytes, set[int]]:
    """Return the folds in which equal sounds lie."""
    folds: dict[bytes, set[int]] = {}
    for clip in found.dataset().clips:
        folds.setdefault((found.folder / "audio" / clip.filename).read_bytes(), set()).add(clip.fold)
    return folds


def test_a_folder_that_is_imported_again_brings_its_new_files_only(tmp_path: Path) -> None:
    """Under another name, in another format; what is new joins its recording, and equal sounds share a fold."""
    folder = write_sounds(tmp_path / "mine", [f"{c}/{r}-0-0-{i}.wav" for c in "ab" for r in (7, 8, 9) for i in (0, 1)])
    found = bring(folder).own
    assert len(found.samples) == 12
    later = tmp_path / "later"
    for path in sorted(folder.rglob("*.wav")):
        (later / path.parent.name).mkdir(parents=True, exist_ok=True)
        y, _ = sf.read(path, dtype="int16")
        sf.write(later / path.parent.name / f"again {path.stem}.flac", y, SR)
    sf.write(later / "b" / "a new one.wav", noise(70), SR)
    again = bring(later, into=found)
    assert (again.n_samples, len(again.skipped), len(found.samples)) == (1, 12, 13)
    (later / "c").mkdir()
    (later / "a" / "again 7-0-0-0.flac").replace(later / "c" / "walk part 1.flac")
    sf.write(later / "c" / "walk part 2.wav", noise(71), SR)
    assert bring(later, into=found).n_samples == 2
    walk = [sample.group for sample in found.samples if sample.category == "c"]
    assert walk == ["7", "7"]
    assert all(len(folds) == 1 for folds in folds_by_sound(found).values())


def test_a_later_export_finds_the_recordings_again(tmp_path: Path) -> None:
    """A sample that was added to a recording since then joins it, though names such as r1 mean others elsewhere."""
    first = own.create("a")
    first.add_category("x")
    group = first.add_sample(noise(0), SR, category="x", title="old", source="file").group
    copy = bring(exported(first, tmp_path / "x.zip")).own
    first.delete([first.samples[0].id])
    first.add_sample(noise(1), SR, category="x", title="new", source="file", group=group)
    first.restore([first.deleted[0].id])
    again = bring(exported(first, tmp_path / "x.zip"), into=copy)
    assert (again.n_samples, [name.partition("/")[0] for name, _ in again.skipped]) == (1, ["audio"])
    assert [(sample.title, sample.group) for sample in copy.samples] == [("old", group), ("new", group)]


def test_clips_of_esc50_keep_their_ids(tmp_path: Path) -> None:
    """By them a model knows which of its networks had not heard a clip, wherever it meets the clip again."""
    folder = write_sounds(tmp_path / "two", ["audio/1-100032-A-0.wav", "audio/2-100648-A-43.wav"])
    (folder / "meta").mkdir()
    rows = "1-100032-A-0.wav,1,0,dog,True,100032,A\n2-100648-A-43.wav,2,43,car_horn,False,100648,A\n"
    (folder / "meta/esc50.csv").write_text("filename,fold,target,category,esc10,src_file,take\n" + rows)
    found = bring(folder).own
    assert [(s.id, s.source) for s in found.samples] == [("1-100032-A-0", "ESC-50"), ("2-100648-A-43", "ESC-50")]


def test_groups_of_two_sets_stay_apart(tmp_path: Path) -> None:
    """Both have a recording r1; they are different ones."""
    first, second = (own.create(name) for name in "ab")
    for k, found in enumerate((first, second)):
        found.add_category("x")
        found.add_sample(noise(k), SR, category="x", title="t", source="file")
    assert bring(exported(second, tmp_path / "b.zip"), into=first).n_samples == 1
    assert first.samples[0].group == "r1"
    assert first.samples[1].group.startswith("r1-")


def test_a_folder_for_each_category(tmp_path: Path) -> None:
    folder = write_sounds(tmp_path / "mine", ["bell/a.wav", "bell/deep/b.wav", "-key_ring/c.flac", "-key_ring/d.ogg"])
    (folder / "bell/notes.txt").write_text("x")
    (folder / "nothing").mkdir()
    write_sounds(folder, ["loose.wav"])
    found = bring(folder)
    assert (found.own.name, found.n_samples, found.skipped) == ("mine", 4, ())
    assert {name: n for name, (n, _) in found.own.counts().items()} == {"key_ring": 2, "bell": 2}
    assert len({sample.group for sample in found.own.samples}) == 4
    assert found.notes == (
        "Each folder is taken for a category.",
        "Each file is taken for a recording of its own.",
        "nothing holds no sounds and counts as no category.",
        "1 file is left out: no category's folder holds it.",
        "-key_ring becomes the category key_ring.",
    )


def test_files_whose_names_say_that_they_are_parts_share_a_recording(tmp_path: Path) -> None:
    names = [
        "1-100-A-3.wav",
        "2-100-B-3.wav",
        "77__someone__bark.wav",
        "walk part 1.wav",
        "walk part 2.wav",
        "walk.wav",
    ]
    folder = write_sounds(tmp_path / "mine", [f"dog/{name}" for name in names])
    (folder / "cat").mkdir()
    (folder / "cat/copy.wav").write_bytes((folder / "dog/walk.wav").read_bytes())
    found = bring(folder)
    groups = {sample.title: sample.group for sample in found.own.samples}
    assert groups["1-100-A-3"] == groups["2-100-B-3"] == "100"
    assert groups["walk part 1"] == groups["walk part 2"] == "walk"
    assert groups["copy"] == groups["walk"]  # the same bytes
    assert groups["walk"] != "walk"
    assert groups["77__someone__bark"] == "77"
    assert "The names of 5 of 7 files say from which recording they are" in found.notes[1]


def test_urbansound8k(tmp_path: Path) -> None:
    """FsID is the recording; its folds are dealt again."""
    rows = [(f"{fs}-{c}-0-{i}.wav", fs, 1 + (fs + i) % 10, c) for fs in (7, 8, 9) for c in (1, 2) for i in range(2)]
    folder = tmp_path / "UrbanSound8K"
    write_sounds(folder / "audio", [f"fold{fold}/{name}" for name, _, fold, _ in rows])
    table = "slice_file_name,fsID,start,end,salience,fold,classID,class\n" + "".join(
        f"{name},{fs},0.0,0.5,1,{fold},{c},class_{c}\n" for name, fs, fold, c in rows
    )
    (folder / "metadata").mkdir()
    (folder / "metadata/UrbanSound8K.csv").write_text(table + "../../x.wav,1,0,1,1,1,1,class_1\n")
    found = bring(tmp_path)  # one level beside it
    assert found.n_samples == 12
    assert found.own.categories == ["class_1", "class_2"]
    assert {sample.group for sample in found.own.samples} == {"7", "8", "9"}
    dataset = found.own.dataset()
    assert {(clip.src_file, clip.fold) for clip in dataset.clips} == {("7", 1), ("8", 2), ("9", 3)}
    assert found.notes[0].startswith("It is in UrbanSound8K's layout: class is taken for the category and fsID for")
    assert found.notes[1] == "1 file of the table is not there."


def test_esc50_layout_of_a_stranger(tmp_path: Path) -> None:
    """No esc10, no take, three folds: src_file is the recording."""
    folder = write_sounds(tmp_path / "birds", [f"audio/{name}.wav" for name in "abcd"])
    (folder / "meta").mkdir()
    rows = "".join(f"{name}.wav,{1 + i % 3},{i % 2},bird {i % 2},rec {i}\n" for i, name in enumerate("abcd"))
    (folder / "meta/esc50.csv").write_text("filename,fold,target,category,src_file\n" + rows)
    found = bring(folder, name="Birds")
    assert found.own.name == "Birds"
    assert found.own.categories == ["bird 0", "bird 1"]
    assert [(s.title, s.category, s.source) for s in found.own.samples[:2]] == [
        ("a", "bird 0", "file"), ("b", "bird 1", "file"),
    ]  # fmt: skip
    assert len({sample.group for sample in found.own.samples}) == 4


def test_what_cannot_be_read_is_told_and_skipped(tmp_path: Path) -> None:
    folder = write_sounds(tmp_path / "mine", ["a/good.wav", "b/good.wav"])
    (folder / "a/bad.wav").write_bytes(b"RIFF nonsense")
    sf.write(folder / "a/silent.wav", np.zeros(SR), SR)
    sf.write(folder / "b/short.wav", noise(9, seconds=0.1), SR)
    found = bring(folder)
    assert found.n_samples == 2
    assert [name for name, _ in found.skipped] == ["a/bad.wav", "a/silent.wav", "b/short.wav"]
    assert "at least 0.25 s" in found.skipped[2][1]


def test_long_files_are_cut_and_share_a_recording(tmp_path: Path) -> None:
    folder = write_sounds(tmp_path / "mine", ["a/long.wav"], seconds=150)
    write_sounds(folder, ["b/short.wav"])
    found = bring(folder)
    samples = [sample for sample in found.own.samples if sample.category == "a"]
    assert [(s.title, s.seconds) for s in samples] == [(f"long ({k} of 3)", 50.0) for k in (1, 2, 3)]
    assert len({sample.group for sample in samples}) == 1
    assert found.notes[-1] == "1 file is longer than 1 minute and cut into parts, which share a recording."


def test_some_of_each_category_come_from_many_recordings(tmp_path: Path) -> None:
    names = [f"a/{fs}-1-0-{i}.wav" for fs in (1, 2, 3) for i in range(4)] + ["b/x.wav"]
    found = bring(write_sounds(tmp_path / "mine", names), per_category=3)
    assert [sample.group for sample in found.own.samples if sample.category == "a"] == ["1", "2", "3"]
    assert found.n_samples == 4


def test_more_than_a_set_can_have_is_refused_before_it_bites(tmp_path: Path) -> None:
    into = own.create("x")
    into.limits = OwnLimits(max_samples=3)
    with pytest.raises(DatasetError, match="there are 4 sounds, and a data set can have at most 3 samples"):
        bring(write_sounds(tmp_path / "mine", [f"a/{i}.wav" for i in range(4)]), into=into)
    assert into.samples == []


def zip_of(*parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, data in (entry for part in parts for entry in part.items()):
            archive.writestr(name, data)
    return buffer.getvalue()


def zip_with_link(name: str, *, to: str) -> bytes:
    """Return a zip with a symbolic link, as `zip --symlinks` makes it: its content is where it leads."""
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, to)
    return buffer.getvalue()


def encrypted() -> bytes:
    """Return a zip whose entry claims to be encrypted."""
    data = bytearray(zip_of({"a/x.wav": b"x" * 99}))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + at] |= 1
    return bytes(data)


BAD_ZIPS: dict[str, tuple[Callable[[], bytes], str]] = {
    "no zip": (lambda: b"hello", "no zip, or is cut short"),
    "cut short": (lambda: zip_of({"a/b.wav": os.urandom(2000)})[:-40], "no zip, or is cut short"),
    "path traversal": (lambda: zip_of({"../../x.wav": b"x"}), "points outside"),
    "absolute": (lambda: zip_of({"/x.wav": b"x"}), "points outside"),
    "backslashes": (lambda: zip_of({"a\\..\\..\\x.wav": b"x"}), "points outside"),
    "link": (lambda: zip_with_link("a/x.wav", to="/etc/passwd"), "the zip's entry 'a/x.wav' points outside it"),
    "link to a folder": (lambda: zip_with_link("a", to="/tmp"), "the zip's entry 'a' points outside it"),
    "twice": (lambda: zip_of({"a/x.wav": b"x"}, {"a/x.wav": b"y"}), "holds 'a/x.wav' twice"),
    "twice but for case": (lambda: zip_of({"a/x.wav": b"x", "A/X.wav": b"y"}), "holds 'A/X.wav' twice"),
    "a file and a folder": (lambda: zip_of({"a": b"x", "a/x.wav": b"y"}), "the zip can't be unpacked: 'a/x.wav'"),
    "encrypted": (encrypted, "'a/x.wav' is damaged"),
    "many entries": (lambda: zip_of({f"a/{i}.txt": b"" for i in range(201)}), "holds 201 files; at most 200 can be"),
    "drive": (lambda: zip_of({"C:/x.wav": b"x"}), "points outside"),
    "large entry": (lambda: zip_of({"a/x.wav": bytes(60 * 2**20)}), "claims 62.9 MB, too much"),
    "bomb": (lambda: zip_of({f"a/{i}.wav": bytes(19 * 2**20) for i in range(3)}), "unpacks to 59.8 MB"),
    "nothing": (lambda: zip_of({"readme.txt": b"x"}), "holds no sounds in one of the layouts"),
    "no sound": (lambda: zip_of({"a/x.wav": b"x", "b/y.wav": b"y"}), "none of 2 files can be added"),
    "broken table": (lambda: zip_of({"audio/x.wav": b"x", "meta/esc50.csv": b"x"}), "lacks the columns"),
}


@pytest.mark.parametrize("what", BAD_ZIPS)
def test_a_hostile_zip_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    make, message = BAD_ZIPS[what]
    path = tmp_path / "x.zip"
    path.write_bytes(make())
    monkeypatch.setattr("esc_core.dataset.own.zipped.OwnLimits", lambda: OwnLimits(max_bytes=50_000_000))
    monkeypatch.setattr("esc_core.dataset.own.zipped.MAX_ENTRIES", 200)
    with pytest.raises(DatasetError, match=message):
        bring(path)
    assert own.list_sets() == []
    assert [path.name for path in esc_home().iterdir() if path.name != "own"] == []
    assert sorted(path.name for path in tmp_path.rglob("*.wav")) == []


def test_a_full_disk_while_a_zip_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = exported(collected(), tmp_path / "x.zip")
    before = [found.key for found in own.list_sets()]

    def mkdir(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("esc_core.dataset.own.zipped.entry_blocks", mkdir)
        with pytest.raises(DatasetError, match="the zip can't be unpacked: the disk is full; nothing was imported"):
            bring(path)
    assert [found.key for found in own.list_sets()] == before


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = cli.main(["data", "own", *words])
    return status, *capsys.readouterr()


def test_the_command_from_nothing_to_an_equal_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "no data sets of your own yet" in run(capsys, "list")[2]
    write_sounds(tmp_path, ["x/a.wav", "x/b.wav", "c.wav"])
    status, key, _ = run(capsys, "new", "Our school", "--categories", "bell", "keys")
    assert status == 0
    found = own.open_set(key.strip())
    assert (
        run(capsys, "add", "Our school", "x", "--category", "BELL", "--one-recording")[1]
        == "2 samples were added to bell\n"
    )
    assert run(capsys, "add", found.key, "c.wav", "missing.wav", "--category", "keys")[0] == 1
    assert found.counts() == {"bell": (2, 1.0), "keys": (1, 0.5)}
    assert len({sample.group for sample in found.samples}) == 2
    assert run(capsys, "export", "Our school")[1] == "our-school.zip\n"
    status, key, err = run(capsys, "import", "our-school.zip", "--name", "Copy")
    assert own.open_set(key.strip()).samples == found.samples
    assert "No test is possible yet" in err
    listed = json.loads(run(capsys, "list", "--json")[1])
    assert [(entry["name"], entry["categories"]["bell"]["samples"]) for entry in listed] == [
        ("Copy", 2),
        ("Our school", 2),
    ]
    assert run(capsys, "remove", "Copy")[0] == 0
    assert [found.name for found in own.list_sets()] == ["Our school"]
    assert run(capsys, "remove", "Copy")[2].startswith("error: there is no data set Copy; ")


def test_a_name_that_two_sets_have_needs_the_key(capsys: pytest.CaptureFixture[str]) -> None:
    first, _ = own.create("same"), own.create("same")
    assert run(capsys, "remove", "same")[2].startswith("error: 2 data sets have the name same; give the key")
    assert run(capsys, "remove", first.key)[0] == 0
