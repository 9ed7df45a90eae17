"""Decoding untrusted input: known sounds come back, bad files get their sentence, and the decoder survives them all."""

import io
import os
import re
import signal
import subprocess
import sys
import threading
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from esc_core import children
from esc_core.config import AudioLimits
from esc_core.decoding import decode as module
from esc_core.decoding.capped import read_capped
from esc_core.decoding.decode import decode
from esc_core.decoding.reader import Decoded
from esc_core.errors import AudioError
from tests.bad_audio import SR, bad_files, encode, long_vorbis, matches, tone, wav

ROOT = Path(__file__).parent.parent
BAD = bad_files()
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# A child that says that it is ready, and then does what the test adds.
READY = "import sys, os\nsend = sys.stdout.buffer\nsend.write(b'\\0\\0\\0\\2{}')\nsend.flush()\n"


@pytest.fixture
def decoder(monkeypatch):
    """Give the test a decoder of its own, with no child yet, which is used first; end all children afterwards."""
    pool, own = module._Decoders(), module._Decoder()
    pool.all.append(own)
    pool._free.append(own)
    monkeypatch.setattr(module, "_decoders", pool)
    yield own
    pool.stop()


@pytest.fixture
def fake(decoder, monkeypatch):
    """Return a function that puts a Python program in the child's place."""
    return lambda program: monkeypatch.setattr(children, "command", lambda module: [sys.executable, "-c", program])


def pid_of(decoder: module._Decoder) -> int:
    assert decoder._child
    return decoder._child.process.pid


def memory_of(pid: int) -> dict[str, int]:
    """Figures of /proc/PID/status, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return {key: int(value) * 1024 for key, value in re.findall(r"^(Vm\w+):\s+(\d+) kB", status, re.MULTILINE)}


def flac_of_unknown_length(y: np.ndarray, sr: int) -> bytes:
    """Encode FLAC whose header leaves the number of samples open, as streaming encoders do."""
    data = bytearray(encode(y, sr=sr, kind="FLAC"))
    data[21] &= 0xF0  # 36 bits in STREAMINFO
    data[22:26] = bytes(4)
    return bytes(data)


@pytest.mark.parametrize(
    ("kind", "subtype", "error"),
    [
        ("WAV", "PCM_16", 2**-15),
        ("WAV", "PCM_24", 2**-23),
        ("WAV", "PCM_32", 2**-23),
        ("WAV", "PCM_U8", 2**-6),
        ("WAV", "FLOAT", 1e-7),
        ("WAV", "DOUBLE", 1e-7),
        ("WAV", "ULAW", 0.02),
        ("WAV", "ALAW", 0.02),
        ("WAV", "MS_ADPCM", 0.02),
        ("WAVEX", "PCM_16", 2**-15),
        ("RF64", "PCM_16", 2**-15),
        ("FLAC", "PCM_16", 2**-15),
        ("FLAC", "PCM_24", 2**-23),
        ("AIFF", "PCM_16", 2**-15),
        ("AIFF", "FLOAT", 1e-7),
        ("OGG", "VORBIS", 0.05),
        ("MP3", "MPEG_LAYER_III", 0.05),
    ],
)
def test_formats(kind, subtype, error):
    """Each format gives the samples that went in, as well as it can."""
    y = tone(1.5)[:, 0]
    sound = decode(encode(y, kind=kind, subtype=subtype))
    assert (sound.sr, sound.n_channels, sound.format) == (SR, 1, kind)
    assert sound.y.dtype == np.float32
    np.testing.assert_allclose(sound.y[2000 : len(y) - 2000], y[2000:-2000], atol=error)
    assert len(sound.y) == len(y) or subtype == "MS_ADPCM"  # which fills its last block


def test_opus():
    """Opus in Ogg is read at its own 48 kHz; the tone is where it was."""
    sound = decode(encode(tone(2, sr=48_000, freq=1000), sr=48_000, kind="OGG", subtype="OPUS"))
    spectrum = np.abs(np.fft.rfft(sound.y[24_000:72_000]))
    assert (sound.sr, np.argmax(spectrum)) == (48_000, 1000)


@pytest.mark.parametrize("n_channels", [2, 3, 8, 64])
def test_mix_down(n_channels):
    """The channels are mixed down to their mean, also over the edges of the blocks."""
    y = tone(1, n_channels=n_channels)
    sound = decode(encode(y, subtype="FLOAT"))
    assert sound.n_channels == n_channels
    np.testing.assert_allclose(sound.y, y.mean(axis=1), atol=1e-6)


@pytest.mark.parametrize("sr", [1_000, 16_000, 384_000, 768_000])
def test_rate_is_kept(sr):
    """Rates up to both limits are accepted, and the sound is not resampled."""
    y = tone(0.25, sr=sr)[:, 0]
    sound = decode(encode(y, sr=sr, subtype="FLOAT"))
    assert sound.sr == sr
    np.testing.assert_allclose(sound.y, y, atol=1e-7)


def test_float_beyond_full_scale():
    """A float file above full scale comes through as it is."""
    assert decode(encode(4 * tone(), subtype="FLOAT")).y.max() == pytest.approx(2.0, abs=1e-3)


@pytest.mark.parametrize("size", [0x7FFFF000, 0x80000000, 0xFFFFFFFF])
def test_streamed_wav(size):
    """A WAV that was streamed, and so could not know its size, is used to its end."""
    payload = encode(tone(2))[44:]
    assert len(decode(wav(payload, size=size)).y) == 2 * SR


def test_slightly_short_wav():
    """A WAV that lacks a few frames is used all the same."""
    assert len(decode(encode(tone(2))[:-20]).y) == 2 * SR - 10


def test_flac_of_unknown_length():
    """A FLAC that does not tell its length is read to its end."""
    assert len(decode(flac_of_unknown_length(tone(2), SR)).y) == 2 * SR


def test_mp3_with_cover():
    """A picture in front of an MP3 changes nothing."""
    data = encode(tone(2), kind="MP3")
    cover = b"ID3\x03\0\0" + bytes([0, 6, 13, 32]) + bytes(100_000)
    np.testing.assert_array_equal(decode(cover + data).y, decode(data).y)


@pytest.mark.parametrize("name", BAD)
def test_bad_file(name):
    """Each bad file is refused with its own sentence, and the next good one is decoded."""
    data, pattern = BAD[name]
    with pytest.raises(AudioError) as caught:
        decode(data, name=name)
    assert matches(str(caught.value), pattern), str(caught.value)
    assert len(decode(encode(tone())).y) == SR


@pytest.mark.parametrize(("sr", "channels"), [(44_100, 2), (22_050, 1), (8_000, 2)])
def test_mp3_of_variable_bit_rate_without_a_tag(sr: int, channels: int) -> None:
    """Cut out of a stream, it begins with frames of few bits or of many; all of it is there, whatever these suggest."""
    rng = np.random.default_rng(0)
    loud, soft = 0.3 * rng.standard_normal((6 * sr, channels)), np.zeros((6 * sr, channels))
    soft[:, 0] = 0.05 * np.sin(2 * np.pi * 440 * np.arange(6 * sr) / sr)
    for parts in ([loud, soft], [soft, loud]):
        file = io.BytesIO()
        with sf.SoundFile(file, "w", sr, channels, format="MP3", bitrate_mode="VARIABLE", compression_level=0.5) as mp3:
            mp3.write(np.concatenate(parts))
        data = file.getvalue()
        first = data.index(data[:2], 100)  # the first frame, which is the tag, ends where the next one begins
        assert b"Xing" in data[:first]
        bare = decode(data[first:], name="a.mp3")
        assert bare.y.size / sr == pytest.approx(12, abs=0.15)
        whole = decode(data, name="a.mp3")
        halves = [np.sqrt(np.mean(np.square(part.y[: 5 * sr]))) for part in (bare, whole)]
        assert halves[0] == pytest.approx(halves[1], rel=0.05)


@pytest.mark.parametrize("kind", ["AIFF", "MP3"])
def test_cut_short(kind):
    """AIFF and MP3 that end before their header says so are read as far as they go, as WAV is."""
    data = encode(tone(5), kind=kind)
    sound = decode(data[: len(data) // 2])
    assert sound.y.size / sound.sr == pytest.approx(2.5, abs=0.15)
    (remark,) = sound.remarks
    assert re.fullmatch(
        r"The file is cut short: its header promises 5(\.0\d*)? s of sound, and 2\.\d+ s can be read\.", remark
    )


def test_header_alone():
    """A header with nothing behind it is named for what it is."""
    with pytest.raises(AudioError, match="has a header but no sound"):
        decode(wav(b"", size=36_000 * 2 * SR))
    with pytest.raises(AudioError, match="has a header but no sound"):
        decode(wav(b""))
    ogg = encode(tone(5), kind="OGG")
    with pytest.raises(AudioError, match="has a header but no sound"):
        decode(ogg[: len(ogg) // 2])


def test_longer_than_the_header_says():
    """A sound whose header hides its length is given up once it exceeds the limit."""
    data = flac_of_unknown_length(np.full(4_000 * 301, 0.1), 4_000)
    with pytest.raises(AudioError, match=r"^The sound is more than 5 minutes long; at most 5 minutes can be used\.$"):
        decode(data)


def test_bounds_of_length():
    """A quarter of a second is enough, one frame less is not; the same at the upper end."""
    limits = AudioLimits(max_seconds=2.0)
    assert len(decode(encode(tone(0.25))).y) == SR // 4
    assert len(decode(encode(tone(2)), limits=limits).y) == 2 * SR
    with pytest.raises(AudioError, match=r"is 0\.249 s long; at least 0\.25 s is needed"):
        decode(encode(tone()[: SR // 4 - 1]))
    with pytest.raises(AudioError, match="at most 2 s can be used"):
        decode(encode(tone(2.1)), limits=limits)


def test_other_limits():
    """The limits of the call are the ones that hold and that are quoted."""
    limits = AudioLimits(max_bytes=2**20, max_channels=1, min_sr=8_000, max_sr=48_000)
    with pytest.raises(AudioError, match=r"has 1\.1 MB; at most 1 MB"):
        decode(bytes(2**20 + 1), limits=limits)
    with pytest.raises(AudioError, match="has 2 channels; at most 1 can"):
        decode(encode(tone(n_channels=2)), limits=limits)
    with pytest.raises(AudioError, match="is 4,000 Hz; 8,000 to 48,000 Hz"):
        decode(encode(tone(sr=4_000), sr=4_000), limits=limits)


def test_the_server_takes_files_up_to_the_cap():
    """Streamlit's own cap on uploads lets through what the decoder takes, and no more."""
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert settings["server"]["maxUploadSize"] * 2**20 == AudioLimits().max_bytes


def test_caps_for_people():
    """Help texts quote the caps."""
    assert AudioLimits().largest_file == "20 MB and 5 minutes"
    assert AudioLimits(max_bytes=2**19, max_seconds=90).largest_file == "0.5 MB and 1 minute 30 s"


def test_silence_of_mixed_channels():
    """Of channels that cancel each other the louder one is taken, and a remark says so."""
    y = np.round(tone() * 2**14) / 2**15
    sound = decode(encode(np.hstack([0.95 * y, -y]), subtype="FLOAT"))
    np.testing.assert_allclose(sound.y, -y[:, 0], atol=1e-7)
    assert len(sound.remarks) == 1
    assert "channel 2 of 2" in sound.remarks[0]
    with pytest.raises(AudioError, match="every sample of the mixed channels is 0"):
        decode(encode(np.zeros((SR, 2)), subtype="FLOAT"))


@pytest.mark.parametrize(
    ("name", "start"),
    [("a.m4a", "This .m4a file"), ("a", "This file"), ("a.<b>", "This file"), ("dir.x/a.mp3", "This .mp3 file")],
)
def test_unreadable_name(name, start):
    """Only a plain ending of the name gets into the sentence."""
    with pytest.raises(AudioError, match=rf"^{re.escape(start)} can't be read as sound"):
        decode(b"\x01" * 1000, name=name)


def test_other_containers_are_refused():
    """What libsndfile could read but was not promised is refused by its name."""
    with pytest.raises(AudioError, match="it is a Creative Voice file, not WAV"):
        decode(encode(tone(sr=22_050), sr=22_050, kind="VOC"), name="a.voc")


def test_damaged_files_never_surprise():
    """Whatever happens to a file's bytes, it is decoded or refused with a sentence that is not the crash's."""
    rng = np.random.default_rng(0)
    kinds = [encode(tone(0.5), kind=kind) for kind in ("WAV", "FLAC", "OGG", "MP3", "AIFF")]
    answers = []
    for i in range(200):
        data = bytearray(kinds[i % len(kinds)])
        for at in rng.integers(200 if i % 2 else len(data), size=8):
            data[at % len(data)] = rng.integers(256)
        try:
            answers.append(len(decode(bytes(data)).y) > 0)
        except AudioError as error:
            answers.append(str(error).endswith(".") and "crashed" not in str(error))
    assert all(answers)


@linux
def test_memory_of_the_child(decoder):
    """A file that would decode to 1.4 GB leaves the child small, and a long one keeps within the cap."""
    with pytest.raises(AudioError, match="at most 5 minutes"):
        decode(long_vorbis(670))
    assert memory_of(pid_of(decoder))["VmHWM"] < 200e6
    y = np.zeros((192_000, 2))
    y[0] = 0.5
    assert len(decode(encode(np.tile(y, (30, 1)), sr=192_000, kind="FLAC")).y) == 30 * 192_000
    figures = memory_of(pid_of(decoder))
    assert figures["VmHWM"] < 200e6
    assert figures["VmPeak"] < AudioLimits().decode_memory


@linux
def test_memory_limit(decoder):
    """A sound that needs more memory than allowed is refused, and the next one has a fresh child."""
    data = encode(np.resize([0.1, -0.1], 4_000 * 299), sr=4_000, kind="FLAC")
    limits = AudioLimits(decode_memory=1_000_000)
    decode(encode(tone()))
    pid = pid_of(decoder)
    with pytest.raises(AudioError, match=r"takes too much memory; at most 0\.001 GB is allowed\.$"):
        decode(data, limits=limits)
    assert len(decode(data).y) == 4_000 * 299
    assert pid_of(decoder) != pid


@pytest.mark.parametrize("program", ["import time\ntime.sleep(600)", "sys.stdin.buffer.read()"])
def test_time_limit(fake, decoder, monkeypatch, program):
    """A decoder that hangs is ended, whether it takes the file or not, and the next file has a fresh one."""
    with monkeypatch.context() as patch:
        patch.setattr(children, "command", lambda module: [sys.executable, "-c", READY + program])
        with pytest.raises(AudioError, match=r"^Decoding this file takes too long; at most 0\.1 s is allowed\.$"):
            decode(bytes(10**7), limits=AudioLimits(decode_seconds=0.1))
    assert len(decode(encode(tone())).y) == SR


HEADER = '{{"sr": {}, "n_channels": {}, "format": "{}", "n_frames": {}, "remarks": []}}'


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0\0",
        b"\xff\xff\xff\xff" + b"x" * 100_000,
        b"\0\0\0\2[]",
        b"\0\0\0\2{}",
        b"\0\0\xff\xff" + b"[" * 0xFFFF,
        *(
            len(text).to_bytes(4, "big") + text.encode() + bytes(400)
            for text in (
                HEADER.format(44_100, 1, "WAV", 10**12),
                HEADER.format(44_100, 1, "WAV", 44_100),
                HEADER.format(44_100, 1, "WAV", -1),
                HEADER.format("1e999", 1, "WAV", 100),
                HEADER.format(2 * 10**9, 1, "WAV", 100),
                HEADER.format(44_100, 1000, "WAV", 100),
                HEADER.format(44_100, 1, "<script>", 100),
                HEADER.format("[]", 1, "WAV", 100),
            )
        ),
    ],
)
def test_answers_are_checked(fake, answer):
    """A child that answers nonsense is treated as one that crashed."""
    fake(READY + f"sys.stdin.buffer.read(100)\nsend.write({answer!r})\nsend.flush()\nos._exit(1)")
    with pytest.raises(AudioError, match=r"^The decoder crashed on this file, so it can't be used\.$"):
        decode(bytes(1000))


def test_crash_then_good(decoder, monkeypatch):
    """A child that dies with half of a large file in its pipe blocks nobody, and the next file is decoded."""
    with monkeypatch.context() as patch:
        program = READY + "sys.stdin.buffer.read(10**6)\nos.abort()"
        patch.setattr(children, "command", lambda module: [sys.executable, "-c", program])
        with pytest.raises(AudioError, match="crashed"):
            decode(bytes(10**7))
    assert len(decode(encode(tone())).y) == SR


def test_child_that_does_not_start(fake, decoder, monkeypatch):
    """A decoder that can't start, or not in time, is not blamed on the file."""
    fake("raise SystemExit(1)")
    with pytest.raises(AudioError, match="can't be started, so no sound file can be read"):
        decode(encode(tone()))
    monkeypatch.setattr(module, "START_SECONDS", 0.1)
    fake("import time\ntime.sleep(600)")
    with pytest.raises(AudioError, match="did not start in time"):
        decode(encode(tone()))
    monkeypatch.setattr(children, "command", lambda module: ["no-such-program"])
    with pytest.raises(AudioError, match="can't be started"):
        decode(encode(tone()))


def test_child_is_warm_and_recycled(decoder, monkeypatch):
    """One child serves several files, bad ones among them, and is then replaced."""
    monkeypatch.setattr(module, "FILES_PER_CHILD", 3)
    pids = []
    for i in range(7):
        if i % 2:
            with pytest.raises(AudioError, match="can't be read as sound"):
                decode(b"no sound")
        else:
            decode(encode(tone()))
        pids.append(pid_of(decoder))
    assert [pids.index(pid) for pid in pids] == [0, 0, 0, 3, 3, 3, 6]


def test_killed_between_files(decoder):
    """A child that was killed while it waited is replaced unnoticed."""
    decode(encode(tone()))
    pid = pid_of(decoder)
    decoder._child.process.kill()
    assert len(decode(encode(tone())).y) == SR
    assert pid_of(decoder) != pid


@posix
def test_killed_in_the_middle(decoder):
    """A child that is killed while it has a file is replaced, and the file decoded by the next."""
    decode(encode(tone()))
    pid = pid_of(decoder)
    os.kill(pid, signal.SIGSTOP)  # so that it surely has the file, and no answer yet
    with ThreadPoolExecutor(1) as pool:
        sound = pool.submit(decode, encode(tone(60)))
        os.kill(pid, signal.SIGKILL)
        assert len(sound.result().y) == 60 * SR
    assert pid_of(decoder) != pid


@posix
def test_interrupted_in_the_middle(decoder, monkeypatch):
    """Ctrl-C while a file is decoded leaves no half answer for the next file."""

    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module._Child, "_receive_sound", interrupt)
        with pytest.raises(KeyboardInterrupt):
            decode(encode(tone(5)))
    assert len(decode(encode(tone())).y) == SR


def test_threads(decoder):
    """Threads that decode at the same time get each its own sound."""
    rates = [8_000 + 1_000 * i for i in range(12)]
    start = threading.Barrier(4)

    def work(sr: int) -> Decoded:
        if sr < 12_000:
            start.wait(60)  # the first four set off together
        return decode(encode(tone(0.5, sr=sr), sr=sr, subtype="FLOAT"))

    with ThreadPoolExecutor(4) as pool:
        sounds = list(pool.map(work, rates))
    assert [sound.sr for sound in sounds] == rates
    for sr, sound in zip(rates, sounds, strict=True):
        np.testing.assert_allclose(sound.y, tone(0.5, sr=sr)[:, 0], atol=1e-7)


def test_a_decoder_that_hangs_keeps_nobody_waiting(fake, decoder, monkeypatch):
    """While one file hangs until its time is over, another is decoded; with one decoder alone it would have to wait."""
    hanging, released = threading.Event(), threading.Event()

    def ask(child, data, ending, limits):
        if data == b"hangs":
            hanging.set()
            assert released.wait(120)
            raise AudioError("Decoding this file takes too long.")
        return real(child, data, ending, limits)

    real = module._Child.ask
    monkeypatch.setattr(module._Child, "ask", ask)
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(decode, b"hangs")
        assert hanging.wait(120)
        assert len(decode(encode(tone())).y) == SR
        assert not slow.done()
        monkeypatch.setenv("ESC_DECODERS", "1")
        queued = pool.submit(decode, encode(tone()))
        decode(encode(tone(2)))  # two are there already, and one of them is free
        released.set()
        assert len(queued.result(120).y) == SR
        with pytest.raises(AudioError, match="too long"):
            slow.result(120)
    assert len(module._decoders.all) == 2


def test_so_many_decoders_and_no_more_in_the_order_of_coming(decoder, monkeypatch):
    """Three files at once with two decoders: the third waits, and who came before it is served before it."""
    monkeypatch.setenv("ESC_DECODERS", "2")
    order, running, gate = [], threading.Semaphore(0), threading.Semaphore(0)

    def decode_now(self, data, ending, limits):
        order.append(data)
        running.release()
        assert gate.acquire(timeout=120)

    monkeypatch.setattr(module._Decoder, "decode", decode_now)
    with ThreadPoolExecutor(5) as pool:
        jobs = []
        for i in range(5):
            jobs.append(pool.submit(decode, bytes([i])))
            if i < 2:
                assert running.acquire(timeout=120)
            else:  # it stands in the queue before the next one comes
                while len(module._decoders._waiting) < i - 1:
                    threading.Event().wait(0.01)
        assert order == [b"\0", b"\1"]
        for _ in jobs:
            gate.release()
            running.acquire(timeout=1)
        for job in jobs:
            job.result(120)
    assert order == [bytes([i]) for i in range(5)]
    assert len(module._decoders.all) == 2


def test_child_ends_with_its_parent(decoder):
    """When the pipe from the parent closes, as it does when the parent dies, the child leaves by itself."""
    child = decoder._ready_child()
    child.process.stdin.close()
    assert child.process.wait(60) == 0


def run(program: str, cwd: Path) -> str:
    """Run a Python program that finds esc_core through PYTHONPATH, and return what it prints."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=cwd, env=env, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stderr == ""
    return done.stdout


@posix
def test_child_ends_at_exit(tmp_path):
    """When the program ends, its child is gone, and nothing is printed about it."""
    program = (
        "import sys; from esc_core.decoding import decode as d\n"
        f"d.decode(open({str(tmp_path / 'a.wav')!r}, 'rb').read())\n"
        "print(d._decoders.all[0]._child.process.pid)"
    )
    (tmp_path / "a.wav").write_bytes(encode(tone()))
    pid = int(run(program, tmp_path))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_import_is_light(tmp_path):
    """Importing the module starts nothing, and loads none of the heavy libraries."""
    heavy = "{'librosa', 'tensorflow', 'streamlit', 'scipy', 'pandas'} & set(sys.modules)"
    program = f"import sys, esc_core.decoding.decode as d; print({heavy}, d._decoders.all)"
    assert run(program, tmp_path).strip() == "set() []"


def test_works_from_any_folder(decoder, monkeypatch, tmp_path):
    """The child finds the library from anywhere, and takes no module from the folder it happens to be started in."""
    for name in ("json.py", "numpy.py", "soundfile.py"):
        (tmp_path / name).write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    assert len(decode(encode(tone())).y) == SR


def test_files_are_read_up_to_the_cap(tmp_path: Path) -> None:
    """A file at the cap is read, one byte more is refused before it is read, and so is what is no file."""
    path = tmp_path / "a.wav"
    cap = 2 * 2**20
    path.write_bytes(bytes(cap))
    limits = AudioLimits(max_bytes=cap)
    assert read_capped(path, limits=limits) == bytes(cap)
    path.write_bytes(bytes(cap + 1))
    with pytest.raises(AudioError, match=r"^The file has 2\.1 MB; at most 2 MB can be used\.$"):
        read_capped(path, limits=limits)
    for wrong, message in (("b.wav", "There is no file of this name."), (".", "This is a folder, not a file.")):
        with pytest.raises(AudioError, match=f"^{re.escape(message)}$"):
            read_capped(tmp_path / wrong)
