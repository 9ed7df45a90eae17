"""What the garbage collector is spared, and what is freed with a session."""

from __future__ import annotations

import copy
import gc
import platform
import subprocess
import sys
import tomllib
import weakref
from types import ModuleType, SimpleNamespace

import pytest
from streamlit import byte_util
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime import media_file_manager
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.state import SessionState
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from esc_core.children import child_environment
from tests.browser.serve import ROOT
from ui import memory


@pytest.fixture
def _thawed(monkeypatch: pytest.MonkeyPatch) -> None:
    gc.unfreeze()
    monkeypatch.setattr(memory, "_n_modules", 0)


@pytest.mark.usefixtures("_thawed")
def test_a_new_library_is_spared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first call freezes all there is; later ones wait for another library."""
    memory.spare_libraries()
    frozen = gc.get_freeze_count()
    assert frozen > 10_000
    kept = [[] for _ in range(1000)]
    memory.spare_libraries()
    assert gc.get_freeze_count() <= frozen
    for number in range(memory.GROWTH):
        monkeypatch.setitem(sys.modules, f"library.part{number}", ModuleType("part"))
    memory.spare_libraries()
    assert gc.get_freeze_count() > frozen
    assert len(kept) == 1000


@pytest.mark.usefixtures("_thawed")
def test_garbage_is_not_kept() -> None:
    """An unreachable circle is collected before the rest is frozen."""

    class Circle:
        gone = 0

        def __init__(self) -> None:
            self.myself = self

        def __del__(self) -> None:
            Circle.gone += 1

    Circle()
    memory.spare_libraries()
    assert Circle.gone == 1


@pytest.mark.usefixtures("_thawed")
def test_garbage_of_a_session_that_was_spared_is_given_back() -> None:
    """A circle that lived when all was frozen is collected once it is garbage."""

    class Circle:
        def __init__(self) -> None:
            self.myself = self

    circle = Circle()
    gone = weakref.ref(circle)
    memory.spare_libraries()
    del circle
    gc.collect()
    assert gone() is not None
    memory.give_back()
    assert gone() is None
    assert gc.get_freeze_count() > 0


def test_an_upload_is_held_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages keep Streamlit's own bytes, not those of the copy that it hands out at each run."""
    uploads = MemoryUploadedFileManager("")
    record = UploadedFileRec("id", "a.wav", "audio/wav", bytes(10))
    uploads.add_file("session", record)
    file = copy.deepcopy(UploadedFile(record, FileURLs()))
    assert file.getvalue() is not record.data
    context = SimpleNamespace(session_id="session", uploaded_file_mgr=uploads)
    monkeypatch.setattr(memory, "get_script_run_ctx", lambda: context)
    assert memory.content(file) is record.data
    uploads.remove_session_files("session")
    assert memory.content(file) == record.data


def test_a_session_that_ended_holds_neither_uploads_nor_what_pages_kept() -> None:
    """Other sessions keep theirs."""
    uploads = MemoryUploadedFileManager("")
    for session in ("ended", "other"):
        uploads.add_file(session, UploadedFileRec("id", "a.wav", "audio/wav", bytes(10)))
    kept = {"files": [bytes(10)]}
    state = SessionState()
    state["file"] = bytes(10)
    memory._Session("ended", uploads, state, kept).end()
    assert (kept, state.filtered_state) == ({}, {})
    assert uploads.get_files("ended", ["id"]) == []
    assert len(uploads.get_files("other", ["id"])) == 1


def test_a_session_whose_browser_came_back_keeps_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """One whose browser stays away is closed."""
    monkeypatch.setattr(memory.runtime, "exists", lambda: True)
    closed: list[str] = []
    active = SimpleNamespace(
        is_active_session=lambda session: session == "back",
        close_session=closed.append,
        media_file_mgr=MediaFileManager(MemoryMediaFileStorage("/media")),
    )
    monkeypatch.setattr(memory.runtime, "get_instance", lambda: active)
    kept = {"files": [bytes(10)]}
    memory._Session("back", MemoryUploadedFileManager(""), SessionState(), kept).end()
    assert (kept, closed) == ({"files": [bytes(10)]}, [])
    memory._Session("gone", MemoryUploadedFileManager(""), SessionState(), kept).end()
    assert (kept, closed) == ({}, ["gone"])


def test_addresses_of_pictures_and_downloads_end_with_their_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another session shows, too, stays for that one."""
    storage = MemoryMediaFileStorage("/media")
    media = MediaFileManager(storage)
    context = SimpleNamespace(session_id="")
    monkeypatch.setattr(media_file_manager, "_get_session_id", lambda: context.session_id)
    found = {}
    for session, name in (("gone", "mine"), ("gone", "both"), ("other", "both"), ("other", "theirs")):
        context.session_id = session
        for is_download in (False, True):
            url = media.add(f"{name}{is_download}".encode(), "audio/wav", f"{name}{is_download}", None, is_download)
            found[name, is_download] = url.rpartition("/")[2]

    def close(session: str) -> None:  # as Streamlit's session does when it is closed
        media.clear_session_refs(session)
        media.remove_orphaned_files()

    server = SimpleNamespace(is_active_session=lambda session: False, close_session=close, media_file_mgr=media)
    monkeypatch.setattr(memory.runtime, "exists", lambda: True)
    monkeypatch.setattr(memory.runtime, "get_instance", lambda: server)
    memory._Session("gone", MemoryUploadedFileManager(""), SessionState(), {}).end()
    for (name, is_download), file in found.items():
        if name == "mine":
            with pytest.raises(MediaFileStorageError):
                storage.get_file(file)
        else:
            assert storage.get_file(file).content == f"{name}{is_download}".encode()


ARENAS_OF_THREADS = """
import ctypes, threading
from ui.frame.start import share_arenas
share_arenas()
wait = threading.Barrier(9)
def take():
    kept = [bytes(100_000) for _ in range(10)]
    wait.wait()
    wait.wait()
threads = [threading.Thread(target=take) for _ in range(8)]
for thread in threads:
    thread.start()
wait.wait()
library = ctypes.CDLL(None)
library.malloc_info(0, ctypes.c_void_p.in_dll(library, "stdout"))
library.fflush(None)
wait.wait()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="arenas are glibc's")
@pytest.mark.parametrize(("chosen", "n_arenas"), [({}, 2), ({"MALLOC_ARENA_MAX": "3"}, 3)])
def test_threads_share_their_memory(chosen: dict[str, str], n_arenas: int) -> None:
    """Eight threads take memory from two pools, or from as many as the user has chosen."""
    given = {name: value for name, value in child_environment().items() if not name.startswith("MALLOC_")} | chosen
    said = subprocess.check_output([sys.executable, "-c", ARENAS_OF_THREADS], env=given, text=True, timeout=120)
    assert said.count("<heap nr=") == n_arenas


def test_all_cached_values_together_have_a_limit() -> None:
    """The server's configuration bounds them in bytes, whatever the functions keep."""
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert byte_util.cache_data_max_size_to_bytes(config["server"]["maxCacheDataSize"]) == 256 * 2**20
