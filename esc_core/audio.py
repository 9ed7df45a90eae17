"""Files of a data set → waveforms; resampling; levels; waveforms → WAV bytes."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf

from esc_core.config import CONTAINERS, AudioLimits
from esc_core.decoding.reader import Decoded, open_source, read
from esc_core.decoding.source import Source
from esc_core.errors import AudioError

_log = logging.getLogger(__name__)

MAX_KEPT_SR = 48_000
"""Highest rate in Hz at which a sound from outside is kept and played: more is inaudible, and five minutes at 192 kHz
take 230 MB."""

_CLIPS = AudioLimits(min_seconds=0.0)
"""Anyone's data set can be named, so its clips are read under the caps for untrusted input; only they may be short."""


def load(path: str | Path, *, sr: int | None = None) -> tuple[np.ndarray, int]:
    """Read a sound file of a data set, mixed down to one channel, under the caps of `AudioLimits`.

    `esc_core.decoding.decode` reads uploads, in a process of its own. What is unusual about the file, such as that it
    is cut short, is a warning of the logger ``esc_core.audio``, which Python prints on standard error unless logging is
    set up otherwise.

    Parameters
    ----------
    path : str or pathlib.Path
        A file of any kind that `esc_core.decoding.decode` reads; it gives the same samples here.
    sr : int, optional
        Rate in Hz to resample to; the file's own if left out.

    Returns
    -------
    y : numpy.ndarray, shape (n,), float32
        The waveform.
    sr : int
        Its rate in Hz.

    Raises
    ------
    AudioError
        If the file can't be read, is outside the caps, or holds no samples, or some that are not finite numbers.
    """
    try:
        sound = _read_clip(Path(path))
        if not sound.y.size:
            raise AudioError("its samples are damaged")
    except (OSError, AudioError) as error:
        raise AudioError(f"{Path(path).name} can't be read as sound: {file_fault(Path(path)) or error}") from error
    for remark in sound.remarks:
        _log.warning("%s: %s", Path(path).name, remark)
    return (sound.y, sound.sr) if sr is None else (resample(sound.y, orig_sr=sound.sr, target_sr=sr), sr)


@dataclass(frozen=True)
class Header:
    """What a sound file says of itself.

    Attributes
    ----------
    sr : int
        Sampling rate in Hz.
    n_channels : int
        Number of channels.
    coding : str
        How the samples are stored, by libsndfile's name such as "PCM_16"; the container of what FFmpeg reads.
    """

    sr: int
    n_channels: int
    coding: str


def header(path: Path) -> Header:
    """Read the header of a trusted sound file; samples are decoded only where libsndfile does not know the file.

    Parameters
    ----------
    path : pathlib.Path
        A file of any kind that `load` reads.

    Returns
    -------
    Header
        Rate, channels, coding.

    Raises
    ------
    AudioError
        If `load` could not read it, as far as the header says; the text is the end of a sentence.
    """
    _check_file(path)
    try:
        info = sf.info(path)
    except (OSError, sf.LibsndfileError, TypeError):  # TypeError: .raw has no header
        info = None
    # a stream's header may promise nothing, and one that lies more than is allowed
    if info is None or not info.frames or info.format not in CONTAINERS or not _is_within(info, path):
        return _decoded_header(path, known=info is not None)
    return Header(info.samplerate, info.channels, info.subtype)


def _check_file(path: Path) -> None:
    try:
        if path.is_dir():
            raise AudioError("it is a folder, not a file")
        if path.stat().st_size == 0:
            raise AudioError("the file is empty")
        with path.open("rb"):
            pass
    except FileNotFoundError as error:
        raise AudioError("the file is missing") from error
    except OSError as error:
        raise AudioError(error.strerror or str(error)) from error


def _is_within(info: Any, path: Path) -> bool:
    """Return whether a header is within the caps; where it is not, it may promise more than is there."""
    fits = info.frames <= _CLIPS.longest(info.samplerate) * info.samplerate and info.channels <= _CLIPS.max_channels
    return fits and _CLIPS.min_sr <= info.samplerate <= _CLIPS.max_sr and path.stat().st_size <= _CLIPS.max_bytes


def _decoded_header(path: Path, *, known: bool) -> Header:
    try:
        sound = _read_clip(path)
    except OSError as error:
        raise AudioError(error.strerror or str(error)) from error
    except AudioError as error:
        raise AudioError(_end_of_sentence(error) if known else "the file is damaged or no sound file") from error
    if not sound.y.size:
        raise AudioError("the file holds no sound")
    return Header(sound.sr, sound.n_channels, sound.format)


def _read_clip(path: Path) -> Decoded:
    _CLIPS.check_size(path.stat().st_size)
    return read(path.read_bytes(), limits=_CLIPS)


def _end_of_sentence(error: AudioError) -> str:
    text = str(error).removesuffix(".")
    return text[:1].lower() + text[1:]


def file_fault(path: Path) -> str | None:
    """Return why a sound file can't be read, for the end of a sentence; None if its `header` is good."""
    try:
        header(path)
    except AudioError as error:
        return str(error)
    return None


def open_clip(path: Path) -> Source:
    """Open a sound file whose samples are wanted block by block, so that a long one needs little memory.

    Raises
    ------
    AudioError
        If `load` could not read it; the text is the end of a sentence.
    """
    header(path)
    try:
        return open_source(path.read_bytes())
    except OSError as error:
        raise AudioError(error.strerror or str(error)) from error
    except AudioError as error:
        raise AudioError("the file is damaged or no sound file") from error


def resample(y: np.ndarray, *, orig_sr: int, target_sr: int) -> np.ndarray:
    """Resample a waveform.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform at `orig_sr`.
    orig_sr, target_sr : int
        Rates in Hz.

    Returns
    -------
    numpy.ndarray, shape (ceil(n * target_sr / orig_sr),), float32
        The waveform at `target_sr`; the input itself if the rates are equal.
    """
    if orig_sr == target_sr:
        return y
    import librosa  # late: half a second that a clip at the target rate does not need

    return librosa.resample(y, orig_sr=orig_sr, target_sr=target_sr).astype(np.float32, copy=False)


def at_rates(y: np.ndarray, sr: int, *, most: int, least: int = 1) -> tuple[np.ndarray, int]:
    """Resample a waveform if its rate is too high or too low.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform at `sr`.
    sr : int
        Its rate in Hz.
    most, least : int
        Highest and lowest rate allowed, in Hz.

    Returns
    -------
    y : numpy.ndarray, shape (m,), float32
        The waveform; the input itself if its rate is allowed.
    sr : int
        Its rate in Hz: `most`, or the smallest multiple of the rate that reaches `least`.
    """
    rate = most if sr > most else sr * -(-least // sr)
    return resample(y, orig_sr=sr, target_sr=rate), rate


def level_db(y: np.ndarray) -> float:
    """Return the root-mean-square level in dB relative to full scale; a constant offset does not count.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform in [-1, 1].

    Returns
    -------
    float
        Level in dBFS; ``-inf`` for silence or no samples.
    """
    # a constant's variance may be a rounding error above 0
    power = float(np.var(y, dtype=np.float64)) if y.size and np.ptp(y) > 0 else 0.0
    return 10 * float(np.log10(power)) if power > 0 else -np.inf


def to_wav_bytes(y: np.ndarray, sr: int, *, scale: float = 1.0) -> bytes:
    """Encode a waveform as 16-bit WAV, without normalising its level.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform; samples outside [-1, 1] after scaling are clipped.
    sr : int
        Rate in Hz.
    scale : float
        Factor applied first. Both sounds of a comparison share one, so that their levels stay comparable.

    Returns
    -------
    bytes
        A RIFF file.

    Raises
    ------
    AudioError
        If a sample is NaN or infinite.
    """
    if not np.isfinite(y).all():
        raise AudioError("the waveform holds NaN or infinite samples and can't be played")
    buffer = io.BytesIO()
    # libsndfile would wrap, not clip, samples that round to 32768
    pcm = np.clip(np.round(y * scale * 32767), -32768, 32767).astype(np.int16)
    sf.write(buffer, pcm, sr, format="WAV", subtype="PCM_16")
    return buffer.getvalue()
