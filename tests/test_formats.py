"""What people bring: recordings of phones and browsers, headers that lie, streams that begin anywhere."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import av
import numpy as np
import pytest

from esc_core import audio
from esc_core.decoding.decode import decode
from esc_core.errors import AudioError
from tests.bad_audio import SR, encode, tone, wav
from tests.recordings import recorded


def frequency(y: np.ndarray, sr: int) -> float:
    middle = y[sr // 2 : sr // 2 + sr]
    return float(np.argmax(np.abs(np.fft.rfft(middle))) * sr / len(middle))


@pytest.mark.parametrize(
    ("container", "codec", "sr", "kind"),
    [
        ("ipod", "aac", 48_000, "MP4"),
        ("ipod", "alac", 48_000, "MP4"),
        ("mov", "aac", 48_000, "MP4"),
        ("3gp", "aac", 48_000, "MP4"),
        ("3gp", "libopencore_amrnb", 8_000, "MP4"),
        ("adts", "aac", 48_000, "AAC"),
        ("webm", "libopus", 48_000, "WEBM"),
        ("amr", "libopencore_amrnb", 8_000, "AMR"),
        ("asf", "wmav2", 44_100, "WMA"),
        ("caf", "alac", 48_000, "CAF"),
        ("w64", "pcm_s16le", 48_000, "W64"),
        ("au", "pcm_mulaw", 48_000, "AU"),
        ("wav", "pcm_mulaw", 48_000, "WAV"),
        ("ogg", "flac", 48_000, "OGG"),
    ],
)
def test_recordings_of_phones_and_browsers(container: str, codec: str, sr: int, kind: str, tmp_path: Path) -> None:
    """The tone comes back with its length, its level and its frequency, from an upload and from a data set alike."""
    data = recorded(container, codec, sr=sr)
    sound = decode(data)
    assert (sound.sr, sound.n_channels, sound.format) == (sr, 1, kind)
    assert sound.y.size / sr == pytest.approx(2, abs=0.1)
    assert frequency(sound.y, sr) == pytest.approx(1000, abs=2)
    assert audio.level_db(sound.y[sr // 2 : sr]) == pytest.approx(-9, abs=1.5)
    (tmp_path / "a.bin").write_bytes(data)
    np.testing.assert_array_equal(audio.load(tmp_path / "a.bin")[0], sound.y)


def test_a_video_gives_its_first_sound_track() -> None:
    """Pictures are ignored, further tracks are mentioned, and a silent film is named."""
    sound = decode(recorded("mp4", "aac", n_tracks=2, video=True))
    assert frequency(sound.y, sound.sr) == pytest.approx(1000, abs=2)
    assert sound.remarks == ("The file has 2 sound tracks; the first one is used.",)
    with pytest.raises(AudioError, match="holds no sound track"):
        decode(recorded("mp4", "aac", n_tracks=0, video=True))


@pytest.mark.parametrize(
    ("container", "codec", "layout"),
    [
        ("ipod", "aac", "7.1"),
        ("ipod", "alac", "5.1"),
        ("webm", "libopus", "7.1"),
        ("matroska", "pcm_s16le", "16 channels"),
    ],
)
def test_many_channels(container: str, codec: str, layout: str) -> None:
    """Eight and more of them are mixed as two are."""
    sound = decode(recorded(container, codec, layout=layout))
    assert sound.n_channels == av.AudioLayout(layout).nb_channels
    assert len(sound.y) / sound.sr == pytest.approx(2, abs=0.1)
    assert frequency(sound.y, sound.sr) == pytest.approx(1000, abs=2)


def test_what_is_still_refused_is_named() -> None:
    """A real format by its name, an unknown codec by its own, and damage as damage."""
    with pytest.raises(AudioError, match="it is a WavPack file, not WAV"):
        decode(b"wvpk" + bytes(1000))
    with pytest.raises(AudioError, match="it is an MPEG transport stream, not WAV"):
        decode(recorded("mpegts", "aac"))
    with pytest.raises(AudioError, match=r"stored as .*AC-3.*, which can't be read"):
        decode(recorded("mp4", "ac3"))
    with pytest.raises(AudioError, match=r"^This \.m4a file can't be read as sound: it is damaged or cut short\.$"):
        decode(recorded("ipod", "aac")[:10_000], name="a.m4a")
    with pytest.raises(AudioError, match="it is damaged, or is not WAV"):
        decode(b"This is no sound.\n" * 100, name="a.m4a")


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32"])
@pytest.mark.parametrize("n_channels", [1, 2, 3, 6])
@pytest.mark.parametrize("size", [0, 1, 2_000_000_000, 2**31 - 37, 2**31, 2**32 - 1, 2**32 - 60, "twice"])
def test_lengths_that_lie(subtype: str, n_channels: int, size: int | str) -> None:
    """Whatever size the header claims, all frames are read, and a remark is made."""
    whole = encode(tone(0.5, n_channels=n_channels), subtype=subtype)
    data, at = bytearray(whole), whole.index(b"data") + 4
    claim = 2 * (len(whole) - at - 4) if size == "twice" else size
    data[at : at + 4] = struct.pack("<I", claim)
    sound = decode(bytes(data))
    np.testing.assert_array_equal(sound.y, decode(whole).y)
    assert len(sound.remarks) == 1
    assert not decode(whole).remarks


@pytest.mark.parametrize("kind", ["WAV", "AIFF"])
def test_a_right_size_keeps_what_follows_out(kind: str) -> None:
    """A title or a list after the sound is no sound."""
    whole = encode(tone(0.5), kind=kind)
    tail = b"LIST" + struct.pack("<I" if kind == "WAV" else ">I", 200_000) + b"INFO" + bytes(199_996)
    sound = decode(whole + tail)
    assert len(sound.y) == SR // 2
    assert not sound.remarks


@pytest.mark.parametrize("kind", ["WAV", "RF64", "W64", "AIFF", "CAF", "AU"])
def test_half_a_file(kind: str) -> None:
    """It is read as far as it goes, and the remark has both lengths."""
    whole = encode(tone(2), kind=kind)
    sound = decode(whole[: len(whole) - 2 * SR])
    assert len(sound.y) == SR
    assert "promises 2 s of sound, and 1 s can be read" in sound.remarks[0]
    np.testing.assert_array_equal(sound.y, decode(whole).y[:SR])


@pytest.mark.parametrize("junk", [bytes(3000), bytes(range(1, 255)) * 3], ids=["zeros", "half a frame"])
def test_mp3_that_begins_with_something_else(junk: bytes) -> None:
    """The first whole frames are found."""
    y = decode(junk + encode(tone(2), kind="MP3")).y
    assert len(y) == pytest.approx(2 * SR, abs=3000)
    assert frequency(y, SR) == pytest.approx(440, abs=2)


def test_a_stream_without_sound_stays_empty() -> None:
    """A size of 0 in front of a list of chunks means that there is no sound."""
    with pytest.raises(AudioError, match="a header but no sound"):
        decode(wav(b"LIST" + struct.pack("<I", 1000) + bytes(1000), size=0))


def in_noise(data: bytes) -> bytes:
    """Put noise over a twentieth of a file, behind its middle."""
    n = len(data) // 20
    middle = len(data) // 2
    return data[:middle] + np.random.default_rng(0).bytes(n) + data[middle + n :]


def noise_file(kind: str) -> bytes:
    """Encode six seconds of white noise, which no packet of equal bytes stands for."""
    y = 0.1 * np.random.default_rng(1).standard_normal((6 * SR, 1))
    if kind in ("MP3", "OGG", "FLAC"):
        return encode(y, kind=kind)
    container, codec = {
        "AAC": ("adts", "aac"),
        "M4A": ("ipod", "aac"),
        "WEBM": ("webm", "libopus"),
        "WMA": ("asf", "wmav2"),
    }[kind]
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        track = out.add_stream(codec, rate=48_000, layout="mono")
        track.bit_rate = 64_000
        samples = (y.T * 32767).astype(np.int16)
        for at in range(0, samples.shape[1], 160):
            frame = av.AudioFrame.from_ndarray(samples[:, at : at + 160], "s16", "mono")
            frame.sample_rate, frame.pts = 48_000, at
            out.mux(track.encode(frame))
        out.mux(track.encode(None))
    return file.getvalue()


@pytest.mark.parametrize("kind", ["MP3", "OGG", "AAC", "M4A", "WMA"])
def test_damage_in_the_middle(kind: str) -> None:
    """What comes after it is read, too, and a remark is made."""
    data = noise_file(kind)
    whole, sound = decode(data), decode(in_noise(data))
    assert not whole.remarks
    assert 0.6 * len(whole.y) < len(sound.y) <= len(whole.y)
    assert sound.remarks[0].startswith("The file is ")
    if kind != "MP3":  # without its first frame, an MP3 begins with the encoder's delay
        np.testing.assert_array_equal(sound.y[: len(whole.y) // 3], whole.y[: len(whole.y) // 3])


@pytest.mark.parametrize("kind", ["MP3", "OGG", "FLAC", "WEBM", "WMA"])
def test_half_a_compressed_file(kind: str) -> None:
    """It is read as far as it goes, and a remark is made, though not all of these give their length."""
    data = noise_file(kind)
    whole, sound = decode(data), decode(data[: len(data) // 2])
    assert len(sound.y) == pytest.approx(len(whole.y) / 2, rel=0.15)
    (remark,) = sound.remarks
    assert remark.startswith(("The file is cut short: ", "The file is damaged: "))


def test_a_tag_that_counts_wrong() -> None:
    """An MP3 is read to its end whatever its tag counts, and one that counts too many is told."""
    whole = encode(tone(3), kind="MP3")
    at = max(whole.find(b"Xing"), whole.find(b"Info"))
    few, many = (whole[: at + 8] + n.to_bytes(4) + whole[at + 12 :] for n in (10, 1000))
    assert len(decode(few).y) == pytest.approx(len(decode(whole).y), abs=3000)
    assert not decode(few).remarks
    assert len(decode(many).y) == pytest.approx(len(decode(whole).y), abs=3000)
    assert "its header promises 26." in decode(many).remarks[0]


def test_big_endian_wav() -> None:
    """RIFX, and RIFX without a length, hold what the same WAV holds."""
    whole = encode(tone(0.5))
    at = whole.index(b"data")
    pcm = np.frombuffer(whole[at + 8 :], "<i2").astype(">i2").tobytes()
    form = struct.pack(">4sIHHIIHH", b"fmt ", 16, 1, 1, SR, 2 * SR, 2, 16)
    for size in (len(pcm), 0):
        data = b"RIFX" + struct.pack(">I", len(pcm) + 36) + b"WAVE" + form + b"data" + struct.pack(">I", size) + pcm
        np.testing.assert_array_equal(decode(data).y, decode(whole).y)
