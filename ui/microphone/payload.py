"""What the recorder in the browser sends, which is untrusted input: base64 text → samples."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from esc_core.config import AudioLimits, require
from esc_core.errors import AudioError, ParameterError

MIN_SR = 8_000
"""Lowest sampling rate in Hz that a browser's audio hardware can have; the highest is that of `AudioLimits`."""

SLACK_SECONDS = 1.0
"""How much longer than requested a recording may be, in seconds."""

MAX_UNHEARD = 1e7
"""Longest time in which nothing was heard, in seconds: four months."""

_ID = re.compile(r"[0-9a-zA-Z-]{1,64}")


@dataclass(frozen=True, eq=False)
class Recording:
    """One recording from the microphone.

    Attributes
    ----------
    id : str
        Differs between recordings, so that a page notices a new one.
    y : numpy.ndarray, shape (n,)
        Samples, float32 in [-1, 1].
    sr : int
        Sampling rate of the browser's audio hardware, in Hz.
    filtered : bool
        Whether the browser reports that it kept a voice filter on in spite of the request.
    """

    id: str
    y: NDArray[np.float32]
    sr: int
    filtered: bool = False


@dataclass(frozen=True, eq=False)
class Chunk:
    """Half a second from the microphone while it is listening.

    Attributes
    ----------
    session : str
        Differs each time listening starts.
    index : int
        Position in the session, from 0; a missing number means lost sound.
    y : numpy.ndarray, shape (n,)
        Samples, float32 in [-1, 1].
    sr : int
        Sampling rate in Hz.
    unheard : float
        Time before it in which the browser heard nothing, in seconds: it was suspended, or the computer slept.
    """

    session: str
    index: int
    y: NDArray[np.float32]
    sr: int
    unheard: float = 0.0


def decode_pcm(text: object, *, sr: int, max_seconds: float) -> NDArray[np.float32]:
    """Turn base64 text with 16-bit little-endian PCM into samples.

    Parameters
    ----------
    text : object
        Base64 text; anything else is refused.
    sr : int
        Sampling rate in Hz.
    max_seconds : float
        Longest sound to accept, in seconds.

    Returns
    -------
    numpy.ndarray, shape (n,)
        Samples, float32 in [-1, 1].

    Raises
    ------
    AudioError
        If the text is no base64, too long, empty, or ends within a sample.
    """
    if not isinstance(text, str):
        raise AudioError(f"a recording must arrive as base64 text, got {type(text).__name__}")
    max_bytes = int(max_seconds * sr) * 2
    # The length is judged before decoding, so that an oversized text costs nothing.
    if len(text) > (max_bytes + 2) // 3 * 4:
        received = len(text) * 3 / 8 / sr
        raise AudioError(f"a recording must be at most {max_seconds:g} s long, got about {received:.1f} s")
    try:
        pcm = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise AudioError("the recording arrived damaged: it is not base64 text") from None
    if not pcm or len(pcm) % 2:
        raise AudioError(f"a recording must hold whole 16-bit samples, got {len(pcm)} bytes")
    return np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(32_768)


def _fields(payload: object) -> dict[str, object]:
    if not isinstance(payload, dict):
        raise ParameterError(f"a recording must arrive as an object, got {type(payload).__name__}")
    return payload


def check_id(value: object) -> str:
    """Return the id of a recording, or raise `ParameterError` if it is none."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ParameterError(f"id must be 1–64 letters, digits or hyphens, got {str(value)[:80]!r}")
    return value


def _check_sr(value: object) -> int:
    most = AudioLimits().max_sr
    if isinstance(value, bool) or not isinstance(value, int) or not MIN_SR <= value <= most:
        raise ParameterError(f"sampling rate must be in [{MIN_SR}, {most}] Hz, got {str(value)[:80]!r}")
    return value


def read_recording(payload: object, *, max_seconds: float) -> Recording:
    """Check a finished recording.

    Parameters
    ----------
    payload : object
        What the browser sent: ``{"id", "sr", "pcm", "filtered"}``.
    max_seconds : float
        Length that was asked for, in seconds; `SLACK_SECONDS` more are accepted.

    Returns
    -------
    Recording
        The recording.

    Raises
    ------
    ParameterError
        If the id or the sampling rate is out of range.
    AudioError
        If the samples can't be read or are too many.
    """
    fields = _fields(payload)
    recording_id, sr = check_id(fields.get("id")), _check_sr(fields.get("sr"))
    y = decode_pcm(fields.get("pcm"), sr=sr, max_seconds=max_seconds + SLACK_SECONDS)
    return Recording(recording_id, y, sr, filtered=fields.get("filtered") is True)


def read_chunks(payload: object, *, after: int, max_chunks: int) -> list[Chunk]:
    """Check a message of live chunks.

    Parameters
    ----------
    payload : object
        What the browser sent: ``{"id", "sr", "chunks": [[index, pcm, unheard], …]}``. A chunk is sent
        again until its receipt is confirmed.
    after : int
        Last index received; chunks up to it are skipped. -1 in a new session.
    max_chunks : int
        Most chunks to accept in one message.

    Returns
    -------
    list of Chunk
        The new chunks, in order.

    Raises
    ------
    ParameterError
        If the id, the sampling rate, an index or the time before a chunk is out of range.
    AudioError
        If samples can't be read or are too many.
    """
    fields = _fields(payload)
    session, sr, items = check_id(fields.get("id")), _check_sr(fields.get("sr")), fields.get("chunks")
    if not isinstance(items, list) or len(items) > max_chunks:
        raise ParameterError(f"a message must hold a list of at most {max_chunks} chunks")
    chunks: list[Chunk] = []
    for item in items:
        whole = isinstance(item, list) and len(item) == 3
        require(whole, "a chunk must be an index, its samples and the time before it", type(item))
        index, pcm, unheard = item
        is_index = isinstance(index, int) and not isinstance(index, bool) and 0 <= index < 2**31
        require(is_index, "a chunk's index must be in [0, 2**31)", str(index)[:80])
        is_time = isinstance(unheard, (int, float)) and not isinstance(unheard, bool) and 0 <= unheard <= MAX_UNHEARD
        require(is_time, f"the time before a chunk must be in [0, {MAX_UNHEARD:.0f}] s", str(unheard)[:80])
        last = chunks[-1].index if chunks else after
        if index > last:
            y = decode_pcm(pcm, sr=sr, max_seconds=SLACK_SECONDS)
            chunks.append(Chunk(session, index, y, sr, float(unheard)))
    return chunks
