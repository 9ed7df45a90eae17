"""A sound file's bytes → y, sr, in this process, under the caps that the caller gives.

The child for untrusted input and `esc_core.audio.load` share it, so that one file always gives the same samples.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import soundfile

from esc_core.config import CONTAINER_NAMES, CONTAINERS, AudioLimits
from esc_core.decoding import ffmpeg
from esc_core.decoding.kinds import ffmpeg_kind, refused_kind
from esc_core.decoding.lengths import mend_length
from esc_core.decoding.mpeg import adts_start, promised_seconds, tidy_mp3
from esc_core.decoding.ogg import ogg_fault
from esc_core.decoding.source import DamageError, Source
from esc_core.errors import AudioError
from esc_core.words import duration

BLOCK_FRAMES = 4096
"""Frames that libsndfile decodes at a time; a damaged block is lost as a whole."""

WHOLE_SHARE = 0.99
"""Share of the length in the header that makes a file whole: some programs miscount by a few frames."""

MAX_SAMPLE = 1e10
"""Largest sample, relative to full scale: 32-bit integers stored as floats pass, and powers can't overflow."""

CANCELLED_SHARE = 0.01
"""Channels cancel each other if their mix keeps a smaller share of their mean power (−20 dB). Sixty-four channels that
have nothing in common keep 1/64."""


@dataclass(frozen=True, eq=False)
class Decoded:
    """A decoded sound.

    Attributes
    ----------
    y : numpy.ndarray
        Samples, shape (n,), float32: the mean of the channels, or the loudest one if they cancel each other. Full scale
        is 1; float files may exceed it.
    sr : int
        Sampling rate of the file, in Hz.
    n_channels : int
        Channels of the file.
    format : str
        Its container, one of `esc_core.config.CONTAINERS`.
    remarks : tuple of str
        What was unusual about the file, a sentence each, such as that its header promises another length.
    """

    y: np.ndarray
    sr: int
    n_channels: int
    format: str
    remarks: tuple[str, ...] = ()


def need(ok: bool, sentence: str) -> None:
    """Raise AudioError with a sentence unless a condition holds."""
    if not ok:
        raise AudioError(sentence)


def read(data: bytes, *, ending: str = "", limits: AudioLimits) -> Decoded:
    """Read a sound file to its end, or as far as it can be read.

    Parameters
    ----------
    data : bytes
        The whole file.
    ending : str
        The ending of its name, for the text of an error.
    limits : AudioLimits
        The caps on channels, rate and length; those on size, time and memory are the caller's.

    Returns
    -------
    Decoded
        The sound at the file's sampling rate, mixed down to one channel.

    Raises
    ------
    AudioError
        If the file is unreadable, damaged from its beginning, or outside the caps, or holds values that are no finite
        numbers.
    """
    source = open_source(data, ending=ending)
    limits.check_header(n_channels=source.n_channels, sr=source.sr)
    y, loudest, damaged = _mix(source, limits)
    remarks = list(source.remarks)
    if loudest is not None:
        remarks.append(
            f"The channels cancel each other when they are mixed, so only the louder one (channel {loudest + 1} of "
            f"{source.n_channels}) is used."
        )
    fault = ogg_fault(data) if source.format == "OGG" else "damaged" if damaged else None
    remarks += _length_remarks(source, len(y) / source.sr, fault)
    return Decoded(y, source.sr, source.n_channels, source.format, tuple(remarks))


def open_source(data: bytes, *, ending: str = "") -> Source:
    """Open a sound file with libsndfile, or with FFmpeg what it refuses; nothing is decoded yet.

    Parameters
    ----------
    data, ending
        As in `read`.

    Returns
    -------
    Source
        Its rate, channels and samples; no cap is checked.

    Raises
    ------
    AudioError
        If it is no sound file, or one of another kind.
    """
    file = f"This {f'{ending} file'.strip()}"
    if refused := refused_kind(data):  # first: what looks for MP3 and AAC frames finds some in other files
        raise AudioError(f"{file} can't be read: it is {refused}, not {CONTAINER_NAMES}.")
    length = mend_length(data)
    kind = ffmpeg_kind(data)
    data, is_aac = length.data, False
    if kind is None and (start := adts_start(data)) is not None:
        kind, data, is_aac = ("AAC", "aac"), data[start:], True
    if kind is None:
        data = tidy_mp3(data)
    if not is_aac and not (kind and kind[1] in ("mov", "matroska", "asf", "amr")):
        with contextlib.suppress(soundfile.SoundFileError):
            source = _libsndfile(data)
            if source.format in CONTAINERS:
                return replace(source, factor=length.factor) if length.factor != 1 else source
            raise AudioError(
                f"{file} can't be read: it is a file of the format {source.format}, not {CONTAINER_NAMES}."
            )
    if kind:
        try:
            return replace(ffmpeg.open_ffmpeg(data, container=kind[0], demuxer=kind[1]), factor=length.factor)
        except DamageError:
            raise AudioError(f"{file} can't be read as sound: it is damaged or cut short.") from None
    raise AudioError(f"{file} can't be read as sound: it is damaged, or is not {CONTAINER_NAMES}.")


class _Stream(soundfile.SoundFile):
    """A sound file that is read without seeking: FLAC of unknown length fails when soundfile seeks after each block."""

    def seekable(self) -> bool:
        return False


def _libsndfile(data: bytes) -> Source:
    file = _Stream(io.BytesIO(data))
    is_mp3 = file.format == "MP3"
    promised = promised_seconds(data) if is_mp3 else file.frames / file.samplerate if file.frames < 2**62 else 0.0
    most = file.frames

    def blocks() -> Iterator[np.ndarray]:
        again, n = _Stream(io.BytesIO(data)), 0
        block = np.empty((BLOCK_FRAMES, again.channels), np.float32)
        while n < most:
            try:
                got = again.read(out=block[: min(BLOCK_FRAMES, most - n)])
            except soundfile.SoundFileError:
                raise DamageError from None
            if not len(got):
                return
            n += len(got)
            yield got

    return Source(file.samplerate, file.channels, file.format, blocks, promised=promised)


def _mix(source: Source, limits: AudioLimits) -> tuple[np.ndarray, int | None, bool]:
    """Return the mean of the channels, or the loudest channel and its number; and whether the file is damaged."""
    weights = np.full(source.n_channels, 1 / source.n_channels, np.float32)
    powers = _Powers(source.n_channels)
    y, damaged = _weighted(source, weights, limits, powers)
    if source.n_channels == 1 or not powers.cancel(y):
        return y, None, damaged
    loudest = int(np.argmax(powers.variances))
    y, damaged = _weighted(source, np.eye(source.n_channels, dtype=np.float32)[loudest], limits, None)
    return y, loudest, damaged


class _Powers:
    """The variance of each channel, added up block by block."""

    def __init__(self, n_channels: int) -> None:
        self._n = 0
        self._sums = np.zeros((2, n_channels))

    def add(self, block: np.ndarray) -> None:
        if block.shape[1] == 1:
            return
        exact = block.astype(np.float64)
        self._n += len(block)
        self._sums += exact.sum(axis=0), np.einsum("ij,ij->j", exact, exact)

    @property
    def variances(self) -> np.ndarray:
        sums, squares = self._sums / max(1, self._n)
        variances: np.ndarray = np.maximum(0.0, squares - sums**2)
        return variances

    def cancel(self, mixed: np.ndarray) -> bool:
        """Return whether a mix has lost more than 20 dB against the channels' mean."""
        if not mixed.size:
            return False
        mean = float(np.mean(self.variances))
        return mean > 0 and float(np.var(mixed, dtype=np.float64)) < CANCELLED_SHARE * mean


def _weighted(
    source: Source, weights: np.ndarray, limits: AudioLimits, powers: _Powers | None
) -> tuple[np.ndarray, bool]:
    """Return the weighted sum of the channels, and whether the file is damaged where it ends."""
    longest = limits.longest(source.sr)
    most = int(longest * source.sr)
    y, n, damaged = np.empty(min(2**20, most + 1), np.float32), 0, False
    try:
        for block in source.blocks():
            block = block[: most + 1 - n]
            if n + len(block) > len(y):
                y.resize(min(2 * len(y) + len(block), most + 1), refcheck=False)  # in place, not a second copy
            # a dot product: `mean` is eight times as slow here
            mixed = np.dot(block, weights, out=y[n : n + len(block)])
            _check(mixed, source.sr, n)
            if powers:
                powers.add(block)
            n += len(block)
            if n > most:
                raise AudioError(_too_long(source, longest, limits))
    except DamageError:
        damaged = True
        least = limits.min_seconds
        beyond = duration(n / source.sr)
        if n < least * source.sr:
            raise AudioError(f"The file is damaged or cut short: it can't be read beyond {beyond}.") from None
    y.resize(n, refcheck=False)
    return y, damaged


def _check(mixed: np.ndarray, sr: int, before: int) -> None:
    usable = np.abs(mixed) <= MAX_SAMPLE  # false for NaN
    first = int(np.argmin(usable))
    where = duration((before + first) / sr)
    rule = f"every sample must be a finite number up to {MAX_SAMPLE:g}"
    need(bool(usable.all()), f"The sample at {where} is {mixed[first]:g}; {rule}.")


def _too_long(source: Source, longest: float, limits: AudioLimits) -> str:
    most = duration(longest)
    is_sure = source.factor == 1 and source.promised > longest
    length = duration(source.promised) if is_sure else f"more than {most}"
    rate = f" at {source.sr:,} Hz" if longest < limits.max_seconds else ""
    return f"The sound is {length} long; at most {most} can be used{rate}."


def _length_remarks(source: Source, seconds: float, fault: str | None) -> Iterator[str]:
    """Yield what is to be said about a length that is not the promised one; `fault` is "damaged" or "cut short"."""
    there = duration(seconds)
    if source.factor is None:
        yield f"The file's header does not give its length; all {there} that are there were read."
        return
    promised = round(seconds * source.factor, 2) if source.factor != 1 else source.promised
    if seconds < WHOLE_SHARE * promised - source.tolerance:
        how = fault or "cut short"
        yield f"The file is {how}: its header promises {duration(promised)} of sound, and {there} can be read."
    elif source.factor < WHOLE_SHARE:
        yield f"The file's header promises {duration(promised)} of sound; all {there} that are there were read."
    elif fault:
        yield f"The file is {fault}: {there} of it can be read."
