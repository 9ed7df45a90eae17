"""The benchmark of mutated files: a few of its files, and that it notices what it looks for."""

from __future__ import annotations

import pytest

from benchmarks.fuzz import CRASHED, REFUSALS, Tally, grouped, try_file
from esc_core.config import CONTAINERS
from esc_core.decoding import decode as decoding
from esc_core.decoding.kinds import ffmpeg_kind
from esc_core.errors import AudioError
from tests.bad_audio import bad_files, encode, tone
from tests.mutants import mutant, seeds

HOSTILE = ("channels.wav", "bomb.ogg", "open.ogg")
"""Seeds that are refused as they are."""


def test_a_few_mutants() -> None:
    """Every one is decoded, or refused with one of our sentences, within the limits; some are decoded."""
    tally = Tally()
    for number in range(120):
        try_file(number, *mutant(number), tally)
    assert tally.faults == {}
    assert tally.refused[CRASHED] == 0
    assert tally.decoded.total() + tally.refused.total() == 120
    assert tally.decoded.total() > 20


def test_a_number_is_a_file() -> None:
    """So that a run can be taken in pieces; another seed gives others."""
    assert mutant(17) == mutant(17)
    assert mutant(17)[1] not in (seeds()[mutant(17)[0]], mutant(17, seed=1)[1])


def test_every_container_is_mutated() -> None:
    """What is accepted and is not among the files is not tried."""
    formats = {decoding.decode(data).format for name, data in seeds().items() if name not in HOSTILE}
    assert formats == CONTAINERS
    assert ffmpeg_kind(seeds()["memo.m4a"]) == ("MP4", "mov")


@pytest.mark.parametrize(
    "sentence",
    [
        "[Errno 2] No such file or directory: '/tmp/x.wav'",
        "Traceback (most recent call last): ...",
        "This .wav file can't be read: it is in /home/somebody, not WAV.",
        "Error opening <_io.BytesIO object at 0x7f>: Format not recognised.",
    ],
)
def test_a_sentence_of_others_is_a_fault(sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(data: bytes, *, name: str) -> None:
        raise AudioError(sentence)

    monkeypatch.setattr(decoding, "decode", refuse)
    tally = Tally()
    try_file(3, "x.wav", encode(tone()), tally)
    assert "no sentence of ours" in tally.faults[3]


def test_an_exception_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "decode", lambda data, *, name: 1 / 0)
    tally = Tally()
    try_file(3, "x.wav", b"", tally)
    assert "ZeroDivisionError" in tally.faults[3]


def test_the_sentences_of_bad_files_are_known() -> None:
    """All of them, so that the list does not miss what people read."""
    for name, (data, _) in bad_files().items():
        with pytest.raises(AudioError) as caught:
            decoding.decode(data, name=name)
        assert any(pattern.fullmatch(str(caught.value)) for pattern in REFUSALS), str(caught.value)
    assert grouped("This .wav file has 1,000.5 s at 1e+30.") == "This file has N s at N."
