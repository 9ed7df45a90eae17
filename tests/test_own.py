"""Data sets of a person's own: what is stored, shared, deleted, and dealt into folds."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from esc_core.audio import load
from esc_core.config import OwnLimits
from esc_core.dataset import load_dataset, own
from esc_core.dataset.own import NewSound, OwnSet
from esc_core.dataset.own.names import new_id, same_name
from esc_core.errors import AudioError, DatasetError, ParameterError

SR = 16_000


def tone(hz: float = 440.0, *, seconds: float = 0.5, sr: int = SR) -> np.ndarray:
    """Return a sine of half the full scale."""
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(int(seconds * sr)) / sr)).astype(np.float32)


def filled(*, per_category: int = 3, categories: tuple[str, ...] = ("front door", "keys")) -> OwnSet:
    """Return a set in which each sample is a recording of its own."""
    found = own.create("Our sounds")
    for k, name in enumerate(categories):
        found.add_category(name)
        for i in range(per_category):
            found.add_sample(tone(300 + 200 * k + i), SR, category=name, title=f"take {i}", source="microphone")
    return found


def as_stored(found: OwnSet) -> dict[str, bytes]:
    return {str(path.relative_to(found.folder)): path.read_bytes() for path in found.folder.rglob("*.*")}


def test_a_sample_is_kept_bit_for_bit() -> None:
    """A 16-bit source comes back as it was, also where it touches full scale."""
    found = own.create("one")
    found.add_category("noise")
    pcm = np.random.default_rng(0).integers(-32768, 32768, SR).astype(np.int16)
    pcm[:2] = -32768, 32767
    sample = found.add_sample(pcm.astype(np.float32) / 32768, SR, category="noise", title="n", source="file")
    stored, sr = sf.read(found.path(sample), dtype="int16")
    assert sr == SR
    assert np.array_equal(stored, pcm)
    assert sample.seconds == 1.0
    assert np.array_equal(load(found.path(sample))[0] * 32768, pcm)


def test_a_set_is_opened_by_its_key_alone() -> None:
    found = filled(per_category=1)
    assert len(bytes.fromhex(found.key)) == 16
    again = own.open_set(found.key)
    assert (again.name, again.categories, again.samples) == ("Our sounds", ["front door", "keys"], found.samples)
    for wrong in ("", ".", "..", "../own", found.key[:-1], found.key.upper() + "x", f"./{found.key}"):
        with pytest.raises(DatasetError, match="no data set with this key"):
            own.open_set(wrong)
        with pytest.raises(DatasetError, match="no data set with this key"):
            own.remove(wrong)


def test_sets_are_listed_by_name_and_removed_as_a_whole() -> None:
    first, second = own.create("b"), own.create("A")
    assert [found.name for found in own.list_sets()] == ["A", "b"]
    own.remove(first.key)
    assert [found.key for found in own.list_sets()] == [second.key]
    assert [path.name for path in second.folder.parent.iterdir()] == [second.key]
    with pytest.raises(DatasetError, match="gone"):
        first.add_category("x")


def test_the_folder_is_a_data_set_of_its_own() -> None:
    """What `load_dataset` reads from the disk is what `dataset` returns."""
    found = filled()
    dataset = found.dataset()
    assert load_dataset(found.folder).clips == dataset.clips
    assert dataset.categories == ("front door", "keys")
    assert [clip.src_file for clip in dataset.clips] == ["r1", "r2", "r3", "r4", "r5", "r6"]
    assert sorted(dataset.folds.tolist()) == [1, 1, 2, 2, 3, 3]
    assert [clip.take for clip in dataset.clips] == ["A"] * 6
    assert not any(clip.esc10 for clip in dataset.clips)


def test_a_table_that_says_otherwise_is_written_again() -> None:
    found = filled()
    table = found.folder / "meta/esc50.csv"
    text = table.read_text()
    table.write_text("x")
    found.dataset()
    assert table.read_text() == text


def test_samples_of_one_recording_share_a_group_and_a_fold() -> None:
    found = filled()
    first = found.samples[0]
    part = {"category": "keys", "title": "part", "source": "file", "group": first.group}
    more = [found.add_sample(tone(hz), SR, **part) for hz in (440.0, 450.0)]
    clips = found.dataset().by_id
    assert {clips[sample.id].fold for sample in (first, *more)} == {clips[first.id].fold}
    assert [clips[sample.id].take for sample in (first, *more)] == ["A", "B", "C"]


def test_an_equal_sound_is_stored_once() -> None:
    """Its category has it already, whatever its name and its group; at another rate it is another sound."""
    found = filled()
    first, other = found.samples[0], found.samples[4]
    again = found.add_sample(tone(300), SR, category="front door", title="copy", source="file")
    assert again == first
    twice = [NewSound(y=tone(900), sr=SR, category="keys", title=name, source="file") for name in "ab"]
    assert [sample.title for sample in found.add_samples(twice)] == ["a", "a"]
    assert [sample.title for sample in found.samples].count("take 0") == 2
    assert len(found.samples) == len(list((found.folder / "audio").iterdir())) == 7
    found.add_sample(tone(300), SR // 2, category="front door", title="slow", source="file")
    assert len(found.samples) == 8
    assert other in found.samples


def test_equal_sounds_are_one_recording_whatever_their_category() -> None:
    """And so is all that shares a group with either; also where the other one was deleted."""
    found = filled()
    first, deleted = found.samples[0], found.samples[1]
    found.delete([deleted.id])
    wanted = ((300.0, "walk"), (800.0, "walk"), (301.0, None), (810.0, "late"), (302.0, "late"))
    found.add_samples(
        [
            NewSound(y=tone(hz), sr=SR, category="keys", title=f"{hz:.0f}", source="file", group=group)
            for hz, group in wanted
        ]
    )
    groups = {sample.title: sample.group for sample in found.samples if sample.category == "keys"}
    assert groups["300"] == groups["800"] == first.group
    assert groups["301"] == deleted.group
    assert groups["302"] == groups["810"] == next(s.group for s in found.samples if s.title == "take 2")
    folds = {clip.clip_id: clip.fold for clip in found.dataset().clips}
    twins = [s for s in found.samples if s.title in ("300", "800") or s.id == first.id]
    assert len({folds[sample.id] for sample in twins}) == 1


def test_equal_sounds_are_known_in_a_list_that_was_recovered() -> None:
    found = filled()
    (found.folder / "own.json").unlink()
    before = [sample.group for sample in found.samples]
    found.add_sample(tone(300), SR, category="keys", title="copy", source="file")
    assert [sample.group for sample in found.samples] == [*before, before[0]]


def test_merged_groups_are_one() -> None:
    found = filled()
    assert found.merge_groups(["r3", "r1"]) == "r1"
    assert [sample.group for sample in found.samples] == ["r1", "r2", "r1", "r4", "r5", "r6"]
    assert max(found.dataset().folds) == 2
    with pytest.raises(ParameterError, match="groups to merge"):
        found.merge_groups(["r99"])


def test_deleted_samples_come_back_as_they_were() -> None:
    found = filled()
    before, sounds = found.samples, as_stored(found)
    ids = [found.samples[0].id, found.samples[4].id]
    assert found.delete(ids) == ids
    assert [sample.id for sample in found.samples] == [s.id for s in before if s.id not in ids]
    assert not any((found.folder / "audio" / f"{name}.wav").exists() for name in ids)
    assert len(load_dataset(found.folder).clips) == 4
    assert found.restore(ids) == ids
    assert found.samples == before
    assert found.deleted == []
    assert as_stored(found) == sounds


def test_a_removed_category_comes_back_with_its_samples() -> None:
    found = filled()
    ids = found.remove_category("front door")
    assert found.categories == ["keys"]
    assert len(ids) == 3
    found.restore(ids)
    assert found.counts() == {"keys": (3, 1.5), "front door": (3, 1.5)}


def test_the_trash_keeps_the_last_ones() -> None:
    found = filled()
    found.limits = OwnLimits(trash_samples=2)
    ids = [sample.id for sample in found.samples]
    for name in ids[:4]:
        found.delete([name])
    assert [sample.id for sample in found.deleted] == ids[2:4]
    assert sorted(path.stem for path in (found.folder / "trash").iterdir()) == sorted(ids[2:4])
    assert sorted(path.stem for path in (found.folder / "audio").iterdir()) == sorted(ids[4:])
    found.limits = OwnLimits(trash_bytes=(found.folder / "audio" / f"{ids[5]}.wav").stat().st_size)
    found.delete([ids[5]])
    assert [sample.id for sample in found.deleted] == [ids[5]]


def test_samples_are_renamed_and_moved() -> None:
    found = filled()
    sample = found.samples[0]
    assert found.rename(sample.id, " =cmd()\n\x00|x ").title == "=cmd() |x"
    found.move([sample.id], "keys")
    assert found.counts() == {"front door": (2, 1.0), "keys": (4, 2.0)}
    for change in (lambda: found.move(["none"], "keys"), lambda: found.move([sample.id], "none")):
        with pytest.raises(ParameterError, match="none"):
            change()


def test_categories_are_renamed_with_their_samples() -> None:
    found = filled()
    found.delete([found.samples[1].id])
    assert found.rename_category("front door", "  Back   door ") == "Back door"
    assert found.categories == ["Back door", "keys"]
    found.restore([sample.id for sample in found.deleted])
    assert found.counts()["Back door"] == (3, 1.5)
    assert found.rename_category("Back door", "back door") == "back door"  # only the case: no duplicate of itself


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "at least one"), (" \t", "at least one"), ("=1+1", "begin"), ("-x", "begin"), ("@x", "begin"),
        ("../x", "begin"), ("a/b", "slash"), ("a\\b", "slash"), ("a\x00b", "invisible"), ("a\u202eb", "invisible"),
        ("a" * 61, "at most 60"), ("FRONT_door", "already"), ("front  Door", "already"), ("\uff4beys", "already"),
    ],
)  # fmt: skip
def test_names_that_no_category_can_have(name: str, why: str) -> None:
    found = filled(per_category=0)
    with pytest.raises(ParameterError, match=why):
        found.add_category(name)
    assert found.categories == ["front door", "keys"]


@pytest.mark.parametrize("name", ["Türklingel", "дверь", "می\u200cرود", "दरवाज़ा", "ドア", "3 knocks"])
def test_names_in_any_language(name: str) -> None:
    found = own.create(name)
    assert found.name == name
    found.add_category(name)
    sample = found.add_sample(tone(), SR, category=name, title=name, source="file")
    assert sample.id.isascii()
    assert load_dataset(found.folder).categories == (name,)


def test_names_are_the_same_whatever_their_case_and_blanks() -> None:
    assert same_name("Door_Knock") == same_name("door  knock")
    assert same_name("door") != same_name("doors")


def test_the_id_of_a_sample_is_a_safe_file_name() -> None:
    assert new_id("../..\\con: É!", []).startswith("con-e-")
    assert new_id("日本", []).startswith("sound-")


def test_what_no_sample_can_be() -> None:
    found = filled(per_category=0)
    wrong: list[tuple[np.ndarray, str]] = [
        (tone(seconds=0.1), "at least 0.25 s"),
        (tone(seconds=60.5, sr=SR), "at most 1 minute"),
        (np.zeros(SR, np.float32), "silent"),
        (np.full(SR, np.nan, np.float32), "no numbers"),
    ]
    for y, why in wrong:
        with pytest.raises(AudioError, match=why):
            found.add_sample(y, SR, category="keys", title="t", source="file")
    for change in ({"category": "none"}, {"source": "radio"}, {"group": "../x"}, {"group": ""}):
        with pytest.raises(ParameterError):
            found.add_sample(tone(), SR, **{"category": "keys", "title": "t", "source": "file", **change})
    assert list((found.folder / "audio").iterdir()) == []


def test_high_rates_are_kept_at_48_khz() -> None:
    found = filled(per_category=0)
    sample = found.add_sample(tone(sr=192_000), 192_000, category="keys", title="t", source="file")
    assert sf.info(found.path(sample)).samplerate == 48_000
    assert sample.seconds == 0.5


def test_limits_are_said_before_they_bite() -> None:
    found = filled()
    found.limits = OwnLimits(max_samples=6, max_categories=2, max_bytes=100_000)
    assert any("6 of at most 6 samples" in sentence for sentence in found.remarks())
    with pytest.raises(DatasetError, match="at most 6 samples"):
        found.add_sample(tone(), SR, category="keys", title="t", source="file")
    with pytest.raises(ParameterError, match="at most 2 categories"):
        found.add_category("third")
    found.limits = OwnLimits(max_bytes=97_000)
    with pytest.raises(DatasetError, match="GB"):
        found.add_sample(tone(), SR, category="keys", title="t", source="file")
    assert len(found.samples) == len(list((found.folder / "audio").iterdir())) == 6


def test_remarks_name_what_is_missing() -> None:
    found = own.create("s")
    assert found.remarks() == ["Add at least two categories: with fewer, there is nothing to tell apart."]
    for name in ("door", "keys"):
        found.add_category(name)
    door = {"category": "door", "title": "t", "source": "file"}
    group = found.add_sample(tone(), SR, **door).group
    assert found.remarks()[0] == "keys has no sample yet."
    assert found.remarks()[2].startswith("No test is possible yet")
    for i in range(2):
        found.add_sample(tone(450.0 + i), SR, **door, group=group)
    for i in range(21):
        found.add_sample(tone(500.0 + i), SR, category="keys", title="t", source="file")
    few, one = found.remarks()
    assert few == "door has fewer than 5 samples: record some more."
    assert one.endswith("nothing of it can be tested: 3 samples of one door are still one door.")
    for i in range(2):
        found.add_sample(tone(600.0 + i), SR, **door)
    assert found.remarks() == [
        "door has far fewer samples than the largest category, which has 21: "
        "a model will seldom choose what it has seldom heard."
    ]


def replace_but(full: str) -> Callable[[Path, Path], Path]:
    """Return `Path.replace` for a disk that has no room for files with an ending."""
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if str(target).endswith(full):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(self, target)

    return replace


def test_a_full_disk_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever of the files can't be written: the sound or the list; without the table, the sound is stored."""
    found = filled()
    before, samples = as_stored(found), found.samples
    for full in (".wav", "own.json"):
        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", replace_but(full))
            with pytest.raises(DatasetError, match="The disk is full, so nothing was changed"):
                found.add_sample(tone(), SR, category="keys", title="t", source="file")
        assert as_stored(found) == before
        assert found.samples == samples
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", replace_but("esc50.csv"))
        found.add_sample(tone(), SR, category="keys", title="t", source="file")
        assert len(found.dataset().clips) == 7
        assert len(load_dataset(found.folder).clips) == 6
    assert len(found.dataset().clips) == len(load_dataset(found.folder).clips) == 7


ADD = """
import sys
import numpy as np
from esc_core.dataset.own import open_set
found = open_set(sys.argv[1])
for i in range(int(sys.argv[2])):
    y = np.sin(np.arange(8000) / (9 + i + len(sys.argv[3]) / 100)).astype(np.float32)
    sample = found.add_sample(y, 16000, category="keys", title=f"{sys.argv[3]} {i}", source="file")
    print(sample.id, flush=True)
"""


def adding(found: OwnSet, n: int, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", ADD, found.key, str(n), name], stdout=subprocess.PIPE, text=True)


def test_two_processes_add_at_once() -> None:
    found = filled(per_category=0)
    both = [adding(found, 15, name) for name in ("one", "second")]
    ids = {line for process in both for line in process.communicate(timeout=60)[0].split()}
    assert {sample.id for sample in found.samples} == ids
    assert len(ids) == 30
    assert len({sample.group for sample in found.samples}) == 30
    assert {clip.clip_id for clip in load_dataset(found.folder).clips} == ids


def test_a_kill_loses_nothing_that_was_said_to_be_stored() -> None:
    found = filled(per_category=1)
    process = adding(found, 10_000, "killed")
    assert process.stdout is not None
    said = [process.stdout.readline().strip() for _ in range(5)]
    process.kill()
    said += process.communicate()[0].split("\n")[:-1]
    ids = [sample.id for sample in found.samples]
    assert set(said) <= set(ids)
    assert len(ids) - 2 <= len(said) + 1
    assert all(load(found.path(sample))[0].size for sample in found.samples)
    found.add_sample(tone(), SR, category="keys", title="after", source="file")
    assert len(found.dataset().clips) == len(ids) + 1


def test_a_kill_between_list_and_trash_is_mended_by_the_next_change() -> None:
    """own.json no longer names the sound, and it still lies in audio/."""
    found = filled()
    gone = found.samples[0]
    found.delete([gone.id])
    (found.folder / "trash" / gone.filename).replace(found.path(gone))
    found.rename_set("other")
    assert not found.path(gone).exists()
    found.restore([gone.id])
    assert found.path(gone).exists()


def test_a_damaged_list_is_recovered_from_the_table() -> None:
    found = filled()
    before = found.samples
    for damage in (b"", b"{}", b'{"name": 1}', b"\xff"):
        (found.folder / "own.json").write_bytes(damage)
        again = own.open_set(found.key)
        assert [(s.id, s.category, s.group, s.seconds) for s in again.samples] == [
            (s.id, s.category, s.group, s.seconds) for s in before
        ]
    again.add_sample(tone(), SR, category="keys", title="t", source="file")
    assert len(json.loads((found.folder / "own.json").read_text())["samples"]) == 7
    (found.folder / "own.json").unlink()
    (found.folder / "meta/esc50.csv").unlink()
    with pytest.raises(DatasetError, match="is damaged; the sounds themselves are in"):
        own.open_set(found.key)
    assert own.list_sets() == []


def test_the_background_needs_no_more_than_the_room() -> None:
    """A set with five samples of two categories and two seconds of the room lacks nothing."""
    found = filled(per_category=5)
    found.add_category("Room tone")
    found.add_sample(tone(50, seconds=2.0), SR, category="Room tone", title="room", source="microphone")
    assert found.remarks() == []
