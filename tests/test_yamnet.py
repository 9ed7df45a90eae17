"""YAMNet's trunk: its patches against a plain reference, its download over loopback, its answers on real files."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from esc_core import cli, yamnet
from esc_core.audio import load
from esc_core.dataset import load_dataset
from esc_core.errors import ModelError
from esc_core.models.folder import model_path, read_card
from esc_core.models.installed import MODELS_DIR
from esc_core.models.network import load_network
from esc_core.yamnet import EMBEDDING_SIZE, Trunk, fetch, fetch_trunk, load_trunk, missing_trunk, spectra, trunk_folder
from esc_core.yamnet.fetch import FetchJob, RemoteFile
from tests.zip_server import serve

ROOT = Path(__file__).parent.parent
SR = spectra.SR
BODY = bytes(range(256)) * 200


def tone(hertz: float, seconds: float) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * SR)) / SR)).astype(np.float32)


def htk_mel(hertz: float) -> float:
    return 2595 * np.log10(1 + hertz / 700)


def plain_log_mel(y: np.ndarray) -> np.ndarray:
    """Return the log-mel frames, one by one, in double precision and by the definition."""
    edges = [700 * (10 ** (m / 2595) - 1) for m in np.linspace(htk_mel(125), htk_mel(7500), 66)]
    hertz = np.arange(257) * SR / 512
    bands = [
        np.clip(np.minimum((hertz - low) / (mid - low), (high - hertz) / (high - mid)), 0, None)
        for low, mid, high in zip(edges, edges[1:], edges[2:], strict=False)
    ]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    frames = [y[start : start + 400] * window for start in range(0, len(y) - 399, 160)]
    return np.log(
        np.array([[np.abs(np.fft.fft(frame, 512)[:257]) @ band for band in bands] for frame in frames]) + 0.001
    )


def test_log_mel_is_that_of_a_plain_reference() -> None:
    """Noise, a tone and silence; single precision is off by up to 0.001, and that 60 dB below a frame's peak."""
    y = np.concatenate([np.random.default_rng(0).uniform(-1, 1, SR // 2), tone(1000, 0.5), np.zeros(SR // 2)])
    np.testing.assert_allclose(spectra.log_mel(y.astype(np.float32)), plain_log_mel(y), rtol=0, atol=2e-3)


def test_silence_is_the_floor_and_a_tone_is_its_band() -> None:
    assert np.all(spectra.log_mel(np.zeros(SR, np.float32)) == np.log(np.float32(0.001)))
    centres = np.linspace(htk_mel(125), htk_mel(7500), 66)[1:-1]
    band = int(np.abs(centres - htk_mel(2000)).argmin())
    assert set(spectra.log_mel(tone(2000, 1)).argmax(axis=1)) == {band}


def test_a_long_sound_is_the_same_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    y = np.random.default_rng(1).uniform(-1, 1, 2 * SR).astype(np.float32)
    whole = spectra.log_mel(y)
    monkeypatch.setattr(spectra, "_BLOCK_FRAMES", 7)
    np.testing.assert_array_equal(spectra.log_mel(y), whole)


@pytest.mark.parametrize(
    ("n_frames", "starts"),
    [
        (96, [0]),
        (119, [0]),  # 23 frames are left, less than half a hop
        (120, [0, 24]),
        (143, [0, 47]),
        (144, [0, 48]),
        (498, [0, 48, 96, 144, 192, 240, 288, 336, 384]),  # a clip of 5 s
    ],
)
def test_patches_reach_the_end(n_frames: int, starts: list[int]) -> None:
    """No more than half a hop of the end is left out, and no patch begins twice."""
    assert spectra.patch_starts(n_frames) == starts


@pytest.mark.parametrize(("seconds", "n_patches"), [(0.01, 1), (0.975, 1), (1.5, 2), (5, 9)])
def test_digital_silence_at_the_ends_is_cut(seconds: float, n_patches: int) -> None:
    """Padding, also what rounds to nothing in 16 bits, changes no patch; a short sound is padded at its end."""
    y = np.random.default_rng(2).uniform(0.1, 0.5, round(seconds * SR)).astype(np.float32)
    found = spectra.patches(y)
    assert found.shape == (n_patches, 96, 64)
    padded = np.concatenate([np.full(3000, 1e-5, np.float32), y, np.zeros(5001, np.float32)])
    np.testing.assert_array_equal(spectra.patches(padded), found)


@pytest.mark.parametrize("db", [-40, -20, 6])
def test_gain_changes_nothing(db: float) -> None:
    """The peak is brought to full scale, by 40 dB at most."""
    y = np.random.default_rng(3).uniform(-1, 1, 2 * SR).astype(np.float32)
    np.testing.assert_allclose(spectra.patches(y * 10 ** (db / 20)), spectra.patches(y), atol=1e-3)
    quiet = spectra.levelled(np.full(4, 10 ** (-60 / 20), np.float32))
    np.testing.assert_allclose(quiet, 0.1, rtol=1e-6)


def test_nothing_but_silence_is_one_sound() -> None:
    assert spectra.patches(np.zeros(5 * SR, np.float32)).shape == (9, 96, 64)


# --- the download ---


@contextmanager
def remote(*ways: str, body: bytes = BODY, sha256: str | None = None) -> Iterator[tuple[RemoteFile, list[int]]]:
    """Provide a file with an address for each way, and the list into which each server's requests are counted."""
    requests: list[int] = []
    servers = [serve(body, way) for way in ways]
    running = [server.__enter__() for server in servers]
    checksum = sha256 or hashlib.sha256(BODY).hexdigest()
    try:
        yield RemoteFile("a.bin", len(BODY), checksum, tuple(server.url for server in running)), requests
    finally:
        requests += [server.n_requests for server in running]
        for server in servers:
            server.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def kept() -> list[str]:
    folder = trunk_folder()
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize("way", ["good", "redirect", "chunked", "no length"])
def test_a_good_file_is_kept_and_not_fetched_twice(way: str) -> None:
    with remote(way) as (file, requests):
        assert fetch_trunk(files=(file,)) == fetch_trunk(files=(file,)) == trunk_folder()
        assert (trunk_folder() / "a.bin").read_bytes() == BODY
    assert requests == [2 if way == "redirect" else 1]
    assert kept() == ["a.bin"]


@pytest.mark.parametrize("way", ["404", "cut", "stall"])
def test_the_second_address_helps(way: str) -> None:
    """Whatever is wrong with the first."""
    with remote(way, "good") as (file, requests):
        fetch_trunk(files=(file,), timeout=0.1 if way == "stall" else 10)
        assert (trunk_folder() / "a.bin").read_bytes() == BODY
    assert requests == [1, 1]


def test_a_damaged_file_is_fetched_again() -> None:
    with remote("good") as (file, _):
        trunk_folder().mkdir(parents=True)
        (trunk_folder() / "a.bin").write_bytes(BODY[:-1])
        fetch_trunk(files=(file,))
        assert (trunk_folder() / "a.bin").read_bytes() == BODY


@pytest.mark.parametrize(
    ("way", "sentence"),
    [
        ("404", r"127.0.0.1:\d+ answered 404 Not Found for http://127.0.0.1"),
        ("cut", r"the connection to 127.0.0.1:\d+ was closed early; try again"),
        ("mute", r"127.0.0.1:\d+ sent nothing for 0.1 s; try again later"),
        ("stall", r"127.0.0.1:\d+ sent nothing for 0.1 s; try again later"),
    ],
)
def test_a_server_that_fails_is_told(way: str, sentence: str) -> None:
    """In one sentence; nothing is kept."""
    with remote(way) as (file, _), pytest.raises(ModelError, match=f"^YAMNet was not downloaded: {sentence}") as caught:
        fetch_trunk(files=(file,), timeout=0.1 if way in ("mute", "stall") else 10)
    assert "\n" not in str(caught.value)
    assert kept() == []


def test_no_network() -> None:
    """A port without a server: check the network, or name a folder."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        file = RemoteFile("a.bin", 1, "", (f"http://127.0.0.1:{closed.getsockname()[1]}/a.bin",))
        with pytest.raises(ModelError, match=r"could not be reached; check the network, or .* in YAMNET_DIR$"):
            fetch_trunk(files=(file,))
    assert kept() == []


def test_another_file_is_refused() -> None:
    """By its checksum, or because it is too large."""
    with remote("good", body=BODY[::-1]) as (file, _):
        got = hashlib.sha256(BODY[::-1]).hexdigest()
        with pytest.raises(ModelError, match=rf"not the expected file: its SHA-256 is {got}, expected {file.sha256}$"):
            fetch_trunk(files=(file,))
    sentence = r"127.0.0.1:\d+ sends more than the 51.2 kB of a.bin"
    with remote("chunked", body=BODY + b"x") as (file, _), pytest.raises(ModelError, match=sentence):
        fetch_trunk(files=(file,))
    assert kept() == []


def test_the_disk_fills_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, write: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(fetch, "write_whole", full)
    with (
        remote("good") as (file, _),
        pytest.raises(ModelError, match=r"^The disk of .*yamnet ran out of space for YAMNet"),
    ):
        fetch_trunk(files=(file,))


def test_a_folder_that_can_not_be_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ESC_HOME", str(tmp_path / "file"))
    with pytest.raises(ModelError, match=r"^YAMNet could not be written to .*yamnet: (Not a directory|File exists)"):
        fetch_trunk()


def test_a_job_ends_with_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a thread of its own, with or without a fault."""
    called = threading.Event()
    monkeypatch.setattr(fetch, "fetch_trunk", called.set)
    job = FetchJob()
    assert not job.done
    job.start()
    job.join(10)
    assert (job.done, job.error, called.is_set()) == (True, None, True)

    def fail() -> None:
        raise ModelError("no network")

    monkeypatch.setattr(fetch, "fetch_trunk", fail)
    job = FetchJob()
    job.start()
    job.join(10)
    assert (job.done, job.error) == (True, "no network")


def test_what_is_missing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the trunk the command; with a folder that lacks it, the folder; a download never goes there."""
    assert (
        missing_trunk()
        == "YAMNet is not on this computer; `python -m esc_core models download yamnet` fetches it (4.06 MB)"
    )
    with pytest.raises(ModelError, match="YAMNet is not on this computer"):
        load_trunk()
    monkeypatch.setenv("YAMNET_DIR", str(tmp_path))
    assert missing_trunk() == f"YAMNET_DIR names {tmp_path}, which has no yamnet_spectra_in.tflite"
    with pytest.raises(ModelError, match=r"has no yamnet_spectra_in.tflite; name another folder, or unset it"):
        fetch_trunk()
    for file in fetch.FILES:
        (tmp_path / file.name).touch()
    assert fetch_trunk() == tmp_path
    monkeypatch.setenv("YAMNET_DIR", "~nobody-of-this-name/yamnet")
    assert (missing_trunk() or "").endswith("can't be found: this computer has no such user")


def test_pinned_addresses() -> None:
    """Two of each file, each at one commit."""
    for file in fetch.FILES:
        assert len(set(file.urls)) == 2
        assert all(url.startswith("https://") and file.name in url for url in file.urls)
        assert len(bytes.fromhex(file.sha256)) == 32


# --- the trunk ---


@pytest.fixture(scope="module")
def trunk(yamnet_dir: Path) -> Trunk:
    return Trunk(yamnet_dir)


def test_the_files_are_those_that_are_pinned(yamnet_dir: Path) -> None:
    assert [(yamnet_dir / file.name).stat().st_size for file in fetch.FILES] == [f.n_bytes for f in fetch.FILES]


def test_the_classes_of_audioset(trunk: Trunk) -> None:
    assert len(trunk.class_names) == len(set(trunk.class_names)) == 521
    assert trunk.class_names[:2] == ("Speech", "Child speech, kid speaking")


def test_silence_and_a_tone_are_named(trunk: Trunk) -> None:
    """The known answers of a network that hears: silence is "Silence", a whistling tone is no speech."""
    embeddings, scores = trunk.embed(np.zeros(SR, np.float32))
    assert embeddings.shape == (1, EMBEDDING_SIZE)
    assert scores.shape == (1, 521)
    assert trunk.class_names[int(scores[0].argmax())] == "Silence"
    _, scores = trunk.embed(tone(1000, 2))
    names = [trunk.class_names[i] for i in scores.mean(axis=0).argsort()[::-1][:5]]
    assert {"Beep, bleep", "Sine wave", "Tuning fork"} & set(names)


def test_a_real_dog_barks(trunk: Trunk, esc50_dir: Path) -> None:
    y, _ = load(esc50_dir / "audio" / "1-100032-A-0.wav", sr=SR)
    embeddings, scores = trunk.embed(y)
    assert embeddings.min() >= 0
    assert embeddings.max() <= 255 * 0.0233131 + 1e-6
    best = [trunk.class_names[i] for i in scores.max(axis=0).argsort()[::-1][:5]]
    assert {"Dog", "Bark"} <= set(best)


def test_threads_share_a_trunk(trunk: Trunk) -> None:
    """Each gets the answer to its own sound."""
    sounds = [tone(200 * (i + 1), 1.5) for i in range(6)]
    alone = [trunk.embed(y)[0] for y in sounds]
    together: list[np.ndarray] = [np.empty(0)] * len(sounds)

    def embed(i: int) -> None:
        together[i] = trunk.embed(sounds[i])[0]

    threads = [threading.Thread(target=embed, args=(i,)) for i in range(len(sounds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_damaged_trunk_is_refused(yamnet_dir: Path, tmp_path: Path) -> None:
    """A wrong byte, and a missing file."""
    for file in fetch.FILES:
        shutil.copy(yamnet_dir / file.name, tmp_path)
    data = bytearray((tmp_path / fetch.TRUNK_FILE.name).read_bytes())
    data[1000] ^= 1
    (tmp_path / fetch.TRUNK_FILE.name).write_bytes(data)
    with pytest.raises(ModelError, match=r"yamnet_spectra_in.tflite from .* is not the expected file"):
        Trunk(tmp_path)
    (tmp_path / fetch.TRUNK_FILE.name).unlink()
    with pytest.raises(ModelError, match=r"yamnet_spectra_in.tflite of YAMNet can't be read in .*: No such file"):
        Trunk(tmp_path)


def test_it_is_loaded_once(yamnet_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YAMNET_DIR", str(yamnet_dir))
    assert yamnet.missing_trunk() is None
    assert load_trunk() is load_trunk()


# --- the command and the set-up step ---


def test_the_command_prints_the_folder_or_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with remote("good") as (file, _):
        monkeypatch.setattr(fetch.fetch_trunk, "__kwdefaults__", {"files": (file,), "timeout": 10.0})
        assert cli.main(["models", "download", "yamnet"]) == 0
        assert capsys.readouterr().out == f"{trunk_folder()}\n"
    with remote("404") as (file, _):
        (trunk_folder() / "a.bin").unlink()
        monkeypatch.setattr(fetch.fetch_trunk, "__kwdefaults__", {"files": (file,), "timeout": 10.0})
        assert cli.main(["models", "download", "yamnet"]) == 1
        assert capsys.readouterr().err.startswith("error: YAMNet was not downloaded: 127.0.0.1:")


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_run_offers_it_once(tmp_path: Path) -> None:
    """A marker file, written whether or not it came, is not made again when the requirements change."""

    def steps() -> str:
        command = ["make", "-n", f"VENV={tmp_path}", "run"]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert "-m esc_core models download yamnet ||" in steps()
    assert f"touch {tmp_path}/.yamnet" in steps()
    (tmp_path / ".yamnet").touch()
    assert "pip" in steps()
    assert "yamnet" not in steps()


# --- the heads that are shipped ---


def test_the_shipped_heads_answer_out_of_fold(trunk: Trunk, esc50_dir: Path) -> None:
    """Of every fortieth clip, by the head that was not trained on its fold: at least 40 of 50 are correct."""
    card = read_card(MODELS_DIR / "yamnet")
    assert (card.input, card.needs_trunk, card.heard) == (
        "embedding",
        True,
        "AudioSet before: two million clips from YouTube",
    )
    dataset = load_dataset(esc50_dir)
    heads = {fold: load_network(model_path(MODELS_DIR / "yamnet", fold)) for fold in card.folds}
    correct = 0
    for clip in dataset.clips[::40]:
        y, _ = load(dataset.path(clip), sr=SR)
        logits = heads[clip.fold](trunk.embed(y)[0][None]).numpy()[0]
        correct += card.labels[int(logits.argmax())] == clip.category
    assert correct >= 40


def test_the_card_of_the_heads_has_their_scores() -> None:
    """Above what the model is for: 86.5% of clean clips, and 79% in a room with noise."""
    card = read_card(MODELS_DIR / "yamnet")
    conditions = card.details["conditions"]
    # the study reads clips as they are, the model takes their offset away: a clip or two of 2000 differ
    assert np.mean(conditions["clean"]) == pytest.approx(card.mean_accuracy(), abs=0.002)
    assert np.mean(conditions["clean"]) >= 0.865
    assert np.mean(conditions["room10"]) >= 0.79
