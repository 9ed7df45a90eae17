"""``listen``: a line for each event, from a file or a stream, and what ends it early."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile as sf

from esc_core import cli
from tests.two_tones import SR, TwoTones, mix

TONES = mix(20, (3, 5, 400), (11, 14, 4000))
PCM = (TONES * 32_768).astype("<i2").tobytes()


@pytest.fixture(autouse=True)
def _model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("esc_core.inference.Predictor", lambda folder: TwoTones())


class Interrupted(io.BytesIO):
    """A stream at whose end somebody presses Ctrl-C."""

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        if not data:
            raise KeyboardInterrupt
        return data


def give(monkeypatch: pytest.MonkeyPatch, stream: io.BytesIO, *, terminal: bool = False) -> None:
    """Let standard input be a stream of bytes."""
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=stream, isatty=lambda: terminal))


def listened(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, list[str], str]:
    status = cli.main(["listen", *options, "--model", "mel_cnn"])
    out, err = capsys.readouterr()
    return status, out.splitlines(), err


def test_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line of JSON for each event, at its end how much was heard."""
    sf.write(tmp_path / "mix.wav", TONES, SR)
    status, lines, err = listened(capsys, str(tmp_path / "mix.wav"), "--json")
    rows = [json.loads(line) for line in lines]
    assert (status, err) == (0, "20.0 s heard\n")
    assert [row["category"] for row in rows] == ["low", "high"]
    for row, (start, end) in zip(rows, ((3, 5), (11, 14)), strict=True):
        assert set(row) == {"start_s", "end_s", "category", "probability"}
        assert (row["start_s"], row["end_s"]) == pytest.approx((start, end), abs=0.1)
        assert row["probability"] == 0.95


def test_raw_samples_on_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """By the rate, the channels and the format that are named; half a sample at the end is left out."""
    give(monkeypatch, io.BytesIO(PCM + b"\1"))
    status, lines, err = listened(capsys, "-", "--rate", str(SR))
    assert (status, err) == (0, "20.0 s heard\n")
    assert [line.split(": ")[1] for line in lines] == ["low 95%", "high 95%"]
    both = np.repeat(TONES[::2].astype("<f4"), 2)  # half the rate, two equal channels
    give(monkeypatch, io.BytesIO(both.tobytes()))
    options = ("--rate", str(SR // 2), "--channels", "2", "--format", "f32le", "--category", "low")
    assert [line.split(": ")[1] for line in listened(capsys, "-", *options)[1]] == ["low 95%"]


def test_wav_on_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    sf.write(file, TONES, SR, format="WAV")
    give(monkeypatch, io.BytesIO(file.getvalue()))
    status, lines, _ = listened(capsys, "-", "--rate", "8000")
    assert (status, len(lines)) == (0, 2)


def test_an_event_is_printed_before_the_stream_ends(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reads the lines need not wait: the first is there when the second sound begins."""
    seen = []

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            seen.append((self.tell(), capsys.readouterr().out))
            return super().read(size)

    give(monkeypatch, Watched(PCM))
    listened(capsys, "-", "--rate", str(SR))
    at = next(position for position, out in seen if "low" in out)
    assert 5 < at / 2 / SR < 11


def test_ctrl_c_ends_with_a_summary(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The event that goes on is printed, then how much was heard; the status is that of every command."""
    give(monkeypatch, Interrupted(PCM[: 2 * 13 * SR]))
    status, lines, err = listened(capsys, "-", "--rate", str(SR), "--json")
    assert (status, err) == (130, "13.0 s heard\ninterrupted\n")
    low, high = map(json.loads, lines)
    assert (low["category"], high["category"]) == ("low", "high")
    assert high["end_s"] == pytest.approx(13, abs=0.15)


@pytest.mark.skipif(sys.platform == "win32", reason="needs pipes as POSIX has them")
def test_a_reader_that_is_gone_ends_it(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As after `| head -1`: quietly, at the next event, and no more is read."""
    stream = io.BytesIO(PCM)
    give(monkeypatch, stream)
    reader, writer = os.pipe()
    os.close(reader)
    monkeypatch.setattr("sys.stdout", os.fdopen(writer, "w"))
    assert cli.main(["listen", "-", "--rate", str(SR), "--model", "mel_cnn"]) == 141
    assert stream.tell() < len(PCM) / 2
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("stream", "terminal", "sentence"),
    [
        (b"RIFF\0\0\0\0WAVEfmt ", False, "The WAV header on standard input is damaged."),
        (b"", True, "Standard input is a terminal or closed"),
    ],
)
def test_what_can_not_be_listened_to(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, stream: bytes, terminal: bool, sentence: str
) -> None:
    give(monkeypatch, io.BytesIO(stream), terminal=terminal)
    status, lines, err = listened(capsys, "-")
    assert (status, lines) == (1, [])
    assert err.startswith(f"error: {sentence}")
