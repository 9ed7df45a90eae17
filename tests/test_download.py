"""Downloading ESC-50: each possible outcome, over loopback, with a small zip in ESC-50's layout."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
import socket
import stat
import threading
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from esc_core.dataset import download, load_dataset, unzip
from esc_core.dataset.download import (
    DOWNLOADING,
    ESC50_TABLE_MD5,
    UNPACKING,
    DownloadCancelledError,
    DownloadProgress,
    download_esc50,
    original_md5,
)
from esc_core.dataset.job import DownloadJob
from esc_core.errors import DatasetError
from tests.zip_server import TOP, make_clips, make_md5, make_zip, serve

CLIPS = make_clips()
MD5 = make_md5(CLIPS)
ZIP = make_zip(CLIPS)
FIRST = next(iter(CLIPS))


@pytest.fixture(autouse=True)
def _loopback_and_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy between the test and its server, and enough disk space, whatever the machine has."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10**12))


@pytest.fixture
def parent(tmp_path: Path) -> Path:
    """Return the folder in which the data set is made."""
    return tmp_path / "home"


def listing(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def assert_fails(
    parent: Path,
    match: str,
    *,
    body: bytes = ZIP,
    way: str = "good",
    error: type[Exception] = DatasetError,
    **options: Any,
) -> None:
    """Expect one sentence, and an empty parent folder after it."""
    with serve(body, way) as server, pytest.raises(error, match=match) as caught:
        download_esc50(parent / "ESC-50", url=server.url, md5=MD5, **options)
    assert "\n" not in str(caught.value)
    assert listing(parent) == []


@pytest.mark.parametrize("way", ["good", "redirect", "chunked", "no length"])
def test_a_good_zip_becomes_the_data_set(parent: Path, way: str) -> None:
    """Clips, table and licence exist, byte for byte, and nothing else."""
    with serve(ZIP, way) as server:
        root = download_esc50(parent / "ESC-50", url=server.url, md5=MD5)
    assert root == parent / "ESC-50"
    assert os.listdir(parent) == ["ESC-50"]  # noqa: PTH208 (hidden ones too)
    files = [f"audio/{name}" for name in sorted(CLIPS)]
    meta = ["meta", "meta/esc50-human.xlsx", "meta/esc50.csv"]
    assert listing(root) == ["LICENSE", "README.md", "audio", *files, *meta]
    assert all((root / "audio" / name).read_bytes() == data for name, data in CLIPS.items())


def test_what_is_there_and_whole_is_returned_as_is(parent: Path) -> None:
    """A second call sends nothing to the server."""
    with serve(ZIP) as server:
        for _ in range(2):
            download_esc50(parent / "ESC-50", url=server.url, md5=MD5)
        assert server.n_requests == 1


def test_a_folder_with_something_else_is_left_alone(parent: Path) -> None:
    """An incomplete or other folder is never written into, and the message counts the missing files."""
    (parent / "ESC-50").mkdir(parents=True)
    (parent / "ESC-50" / "thesis.txt").write_text("mine")
    with pytest.raises(DatasetError, match=r"not a complete ESC-50: 5 of its 5 files are missing; move it away"):
        download_esc50(parent / "ESC-50", url="http://127.0.0.1:9/", md5=MD5)
    assert listing(parent) == ["ESC-50", "ESC-50/thesis.txt"]


def test_an_empty_folder_is_filled(parent: Path) -> None:
    """An empty folder that the user created is accepted."""
    (parent / "ESC-50").mkdir(parents=True)
    with serve(ZIP) as server:
        assert len(listing(download_esc50(parent / "ESC-50", url=server.url, md5=MD5) / "audio")) == len(CLIPS)


def test_leftovers_of_a_killed_download_are_swept_up(parent: Path) -> None:
    """A lock file that no process holds and an incomplete working folder are no obstacle, and are removed."""
    (parent / ".ESC-50.partial").mkdir(parents=True)
    (parent / ".ESC-50.partial" / "esc50.zip").write_bytes(b"half")
    (parent / ".ESC-50.lock").touch()
    with serve(ZIP) as server:
        download_esc50(parent / "ESC-50", url=server.url, md5=MD5)
    assert [path.name for path in parent.iterdir()] == ["ESC-50"]


def test_an_altered_clip_is_refused(parent: Path) -> None:
    """The message gives the file, the expected and the actual MD5, and what happened to the download."""
    altered = {**CLIPS, FIRST: CLIPS[FIRST][:-1] + b"\x7f"}
    got, expected = make_md5(altered)[FIRST], MD5[FIRST]
    assert_fails(parent, f"{FIRST} .*MD5 is {got}, expected {expected}; nothing .* was kept", body=make_zip(altered))


def test_an_altered_table_is_refused(parent: Path) -> None:
    """esc50.csv has a checksum as the clips have."""
    body = ZIP.replace(b"/meta/esc50.csv", b"/meta/esc50.txt")
    assert_fails(parent, "lacks 1 of 5 files of ESC-50, for example meta/esc50.csv", body=body)
    extra = make_zip({**CLIPS, "5-9-A-9.wav": b"RIFF"})
    assert_fails(parent, "esc50.csv .*differs from ESC-50's original: MD5 is", body=extra)


@pytest.mark.parametrize("way", ["cut", "cut chunked"])
def test_a_connection_closed_early_is_told(parent: Path, way: str) -> None:
    """Half the bytes are not enough, whether or not the server said how many there would be."""
    assert_fails(parent, r"cut short after .*B.*nothing of the download was kept, try again", way=way)


def test_a_zip_that_ends_early_is_told(parent: Path) -> None:
    """Without a length only the zip itself can show that its end is missing."""
    assert_fails(parent, "zip file from 127.0.0.1:.* is cut short or damaged", way="cut no length")


def test_a_server_that_falls_silent_is_given_up(parent: Path) -> None:
    """In the middle of the file, after the time-out, with the number of bytes received."""
    assert_fails(parent, r"stalled: 127.0.0.1:\d+ sent nothing for 0.1 s, after .*B", way="stall", timeout=0.1)


def test_a_server_that_never_answers_is_given_up(parent: Path) -> None:
    """Connected, but no byte received."""
    assert_fails(parent, r"stalled: 127.0.0.1:\d+ sent nothing for 0.1 s, at all", way="mute", timeout=0.1)


@pytest.mark.parametrize("status", ["404 Not Found", "500 Internal Server Error"])
def test_an_http_error_is_told_with_its_number(parent: Path, status: str) -> None:
    """The message names the server, its answer, and the address."""
    assert_fails(parent, rf"127.0.0.1:\d+ answered {status} for http://127.0.0.1.*/master.zip", way=status[:3])


def test_no_network(parent: Path) -> None:
    """A port without a server: check the network, or point ESC50_DIR at a copy."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/master.zip"
        with pytest.raises(DatasetError, match=r"could not be reached at .*; check the network, or point ESC50_DIR"):
            download_esc50(parent / "ESC-50", url=url, md5=MD5)
    assert listing(parent) == []


def test_something_else_than_a_zip(parent: Path) -> None:
    """Such as the log-in page of a hotel's network."""
    assert_fails(parent, "something that is not a zip file, perhaps the log-in page", body=b"<html>Welcome</html>")


def test_a_zip_without_a_clip(parent: Path) -> None:
    """One missing clip is an error, and the first missing file is named."""
    body = ZIP.replace(f"/{FIRST}".encode(), b"/" + b"x" * len(FIRST))
    assert_fails(parent, f"lacks 1 of 5 files of ESC-50, for example audio/{FIRST}", body=body)


def test_a_damaged_entry(parent: Path) -> None:
    """A flipped byte in the middle of a clip fails its CRC, and the entry is named."""
    body = bytearray(make_zip(CLIPS, compression=zipfile.ZIP_STORED))
    body[body.index(CLIPS[FIRST]) + 1000] ^= 1
    assert_fails(parent, f"entry '{TOP}/audio/{FIRST}' is damaged", body=bytes(body))


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    "entry",
    [
        "../evil.wav",
        f"{TOP}/audio/../../../evil.wav",
        "/tmp/evil.wav",
        r"..\evil.wav",
        r"C:\evil.wav",
        link(f"{TOP}/audio/evil.wav"),
        link(f"{TOP}/meta"),
    ],
    ids=lambda entry: entry if isinstance(entry, str) else f"link {entry.filename}",
)
def test_entries_that_point_outside(parent: Path, tmp_path: Path, entry: str | zipfile.ZipInfo) -> None:
    """One such entry rejects the whole zip and is named, and nothing is written."""
    assert_fails(parent, "entry '.*' points outside its folder", body=make_zip(CLIPS, extra={entry: b"/etc/passwd"}))
    assert listing(tmp_path) == ["home"]


def test_names_that_differ_in_case_only_are_refused(parent: Path) -> None:
    """On a disk that ignores case the second would replace the first after it was verified."""
    body = make_zip(CLIPS, extra={f"{TOP}/meta/ESC50.csv": b"filename"})
    assert_fails(parent, "holds '.*/meta/ESC50.csv' twice", body=body)


def test_a_zip_bomb_is_refused_by_what_it_declares(parent: Path) -> None:
    """Twenty megabytes of zeros in one entry, twenty kilobytes in the zip."""
    body = make_zip(CLIPS, extra={f"{TOP}/meta/zeros.bin": bytes(20_000_000)})
    assert_fails(parent, "zeros.bin' claims 20 MB, too much", body=body)


def test_a_zip_bomb_that_lies_is_read_no_further_than_it_declares(parent: Path) -> None:
    """An entry that declares 100 bytes and holds a megabyte fails as damaged."""
    zeros = bytes(1_000_000)
    body = make_zip(CLIPS, extra={f"{TOP}/meta/zeros.bin": zeros})
    body = body.replace(len(zeros).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert_fails(parent, "zeros.bin' is damaged", body=body)


def test_caps_on_the_whole(parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries, unpacked bytes, and bytes on the line are each capped."""
    with monkeypatch.context() as patch:
        patch.setattr(unzip, "_MAX_ENTRIES", 5)
        assert_fails(parent, "over 5 entries")
    with monkeypatch.context() as patch:
        patch.setattr(unzip, "_MAX_UNPACKED_BYTES", 1_000)
        assert_fails(parent, "unpacks to 320 kB, too much")
    monkeypatch.setattr(download, "_MAX_ZIP_BYTES", 1_000)
    for way in ("good", "chunked"):
        assert_fails(parent, "sends over 1 kB, too much", way=way)


def test_too_little_space_is_known_beforehand(parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the server's length, with space for the zip and its content."""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=len(ZIP)))
    seen: list[DownloadProgress] = []
    assert_fails(
        parent, "not enough space for ESC-50: it needs .*kB in .*home, which has .*kB free", progress=seen.append
    )
    assert seen == []


def test_too_little_space_when_the_server_tells_no_length(parent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then ESC-50's own size counts."""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=10**9))
    assert_fails(parent, r"it needs 1.55 GB in .*, which has 1 GB free", way="chunked")


class FullDisk(io.FileIO):
    """A file on a disk with space for the first 70 000 bytes."""

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > 70_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data)


@pytest.mark.parametrize("suffix", [".zip", ".wav"])
def test_the_disk_fills_up_on_the_way(parent: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    """Another program may fill the disk, while downloading or while unpacking."""
    path_open = Path.open

    def open_on_a_full_disk(path: Path, mode: str = "r", **options: Any) -> Any:
        return FullDisk(path, mode) if path.suffix == suffix and mode == "wb" else path_open(path, mode, **options)

    monkeypatch.setattr(Path, "open", open_on_a_full_disk)
    assert_fails(parent, "disk of .*home ran out of space .*nothing of the download was kept, make room and try again")


def test_a_folder_that_can_not_be_made(tmp_path: Path) -> None:
    """The message contains the system's reason."""
    (tmp_path / "file").touch()
    with pytest.raises(DatasetError, match=r"could not be written to .*: (Not a directory|File exists)"):
        download_esc50(tmp_path / "file" / "ESC-50", url="http://127.0.0.1:9/", md5=MD5)


@pytest.mark.parametrize("stage", [DOWNLOADING, UNPACKING])
def test_cancelled_in_the_middle(parent: Path, stage: str) -> None:
    """At the next block, while downloading or while unpacking."""
    cancel = threading.Event()
    seen: list[DownloadProgress] = []

    def stop_in_the_middle(progress: DownloadProgress) -> None:
        seen.append(progress)
        if progress.stage == stage and progress.done:
            cancel.set()

    options: dict[str, Any] = {"progress": stop_in_the_middle, "cancel": cancel}
    assert_fails(parent, f"cancelled while {stage}; nothing", error=DownloadCancelledError, **options)
    assert seen[-1].stage == stage
    assert 0 < seen[-1].done < (seen[-1].total or 0)


def test_cancel_may_be_a_function(parent: Path) -> None:
    """One that is true from the start cancels before the first byte."""
    assert_fails(parent, "cancelled while downloading", error=DownloadCancelledError, cancel=lambda: True)


def test_progress_counts_bytes_up_to_the_total(parent: Path) -> None:
    """Both stages begin at 0, rise, and end at their total, which is the zip's and the clips' size."""
    seen: list[DownloadProgress] = []
    with serve(ZIP) as server:
        download_esc50(parent / "ESC-50", url=server.url, md5=MD5, progress=seen.append)
    for stage, total in ((DOWNLOADING, len(ZIP)), (UNPACKING, sum(map(len, CLIPS.values())))):
        done = [progress.done for progress in seen if progress.stage == stage]
        assert done[0] == 0
        assert done == sorted(done)
        assert total <= done[-1] <= total + 1_000  # the table and the licence are unpacked too
        assert {progress.total for progress in seen if progress.stage == stage} == {done[-1]}
    assert seen[-1].bytes_per_second > 0
    assert seen[-1].seconds_left == 0


def test_progress_without_a_length_has_no_total(parent: Path) -> None:
    """The bytes are counted as received, not in whole blocks."""
    seen: list[DownloadProgress] = []
    with serve(ZIP, "chunked") as server:
        download_esc50(parent / "ESC-50", url=server.url, md5=MD5, progress=seen.append)
    first_stage = [progress for progress in seen if progress.stage == DOWNLOADING]
    assert {(progress.total, progress.seconds_left) for progress in first_stage} == {(None, None)}
    assert first_stage[-1].done == len(ZIP)


def test_seconds_left() -> None:
    """The remaining bytes over the speed."""
    assert DownloadProgress(DOWNLOADING, 100, 400, 50.0).seconds_left == 6.0
    assert DownloadProgress(DOWNLOADING, 0, 400, 0.0).seconds_left is None


def test_two_at_once(parent: Path) -> None:
    """The second gets an error, and the first continues."""
    with serve(ZIP, "stall") as server:
        first = DownloadJob(parent / "ESC-50", url=server.url, md5=MD5)
        first.start()
        assert server.silent.wait(10)
        with pytest.raises(DatasetError, match=r"Another download of ESC-50 into .* is running"):
            download_esc50(parent / "ESC-50", url=server.url, md5=MD5)
        assert not first.state.done
        assert server.n_requests == 1
    first.join(10)
    assert first.state.done
    assert "cut short" in (first.state.error or "")
    assert listing(parent) == []


def test_a_job_ends_well(parent: Path) -> None:
    """Its state then says done, without an error, at the last byte."""
    with serve(ZIP) as server:
        job = DownloadJob(parent / "ESC-50", url=server.url, md5=MD5)
        assert not job.state.done
        job.start()
        job.join(10)
    assert job.state.done
    assert job.state.error is None
    assert job.state.progress is not None
    assert job.state.progress.done == job.state.progress.total
    assert (parent / "ESC-50" / "meta" / "esc50.csv").is_file()


def test_a_job_is_cancelled(parent: Path) -> None:
    """Its error is the message, and nothing is kept."""
    with serve(ZIP) as server:
        job = DownloadJob(parent / "ESC-50", url=server.url, md5=MD5)
        job.cancel()
        job.start()
        job.join(10)
    assert job.state.done
    assert "cancelled" in (job.state.error or "")
    assert listing(parent) == []


def test_the_checksums_that_are_shipped() -> None:
    """2000 clips, 400 per fold, each with 32 hexadecimal digits, no two equal."""
    md5 = original_md5()
    assert len(md5) == len(set(md5.values())) == 2000
    assert all(sum(name.startswith(f"{fold}-") for name in md5) == 400 for fold in range(1, 6))
    assert {len(bytes.fromhex(digest)) for digest in [*md5.values(), ESC50_TABLE_MD5]} == {16}


@pytest.mark.real_data
def test_the_checksums_fit_the_real_table(esc50_dir: Path) -> None:
    """They name the clips that esc50.csv lists, and that file has the expected MD5."""
    assert set(original_md5()) == {clip.filename for clip in load_dataset(esc50_dir).clips}
    assert hashlib.md5((esc50_dir / "meta" / "esc50.csv").read_bytes()).hexdigest() == ESC50_TABLE_MD5
