"""Files of a data set → waveforms; resampling; levels; waveforms → WAV bytes."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import soundfile as sf

from esc_core.config import AudioLimits
from esc_core.decoding.reader import Decoded, read
from esc_core.errors import AudioError

MAX_KEPT_SR = 48_000
"""Highest rate in Hz at which a sound from outside is kept and played: more is inaudible, and five minutes at 192 kHz
take 230 MB."""

_CLIPS = AudioLimits(min_seconds=0.0)
"""Anyone's data set can be named, so its clips are read under the caps for untrusted input; only they may be short."""


def load(path: str | Path, *, sr: int | None = None) -> tuple[np.ndarray, int]:
    """Read a sound file of a data set, mixed down to one channel, under the caps of `AudioLimits`.

    `esc_core.decoding.decode` reads uploads, in a process of its own.

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
        If the file can't be read, is outside the caps, or holds samples that are not finite numbers.
    """
    try:
        sound = _read_clip(Path(path))
    except (OSError, AudioError) as error:
        raise AudioError(f"{Path(path).name} can't be read as sound: {file_fault(Path(path)) or error}") from error
    return (sound.y, sound.sr) if sr is None else (resample(sound.y, orig_sr=sound.sr, target_sr=sr), sr)


def file_fault(path: Path) -> str | None:
    """Return why a sound file can't be read, for the end of a sentence.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    str or None
        None if it is there and its header says that it holds sound within the caps. Its samples are read only where
        the header says more.
    """
    try:
        if path.is_dir():
            return "it is a folder, not a file"
        if path.stat().st_size == 0:
            return "the file is empty"
        with path.open("rb"):
            pass
    except FileNotFoundError:
        return "the file is missing"
    except OSError as error:
        return error.strerror or str(error)
    try:
        info = sf.info(path)
    except (OSError, sf.LibsndfileError, TypeError):  # TypeError: .raw has no header
        return "the file is damaged or no sound file" if _read_fault(path) else None
    if not info.frames:
        return "the file holds no sound"
    within = info.frames <= _CLIPS.longest(info.samplerate) * info.samplerate and info.channels <= _CLIPS.max_channels
    usable = _CLIPS.min_sr <= info.samplerate <= _CLIPS.max_sr and path.stat().st_size <= _CLIPS.max_bytes
    return None if within and usable else _read_fault(path)  # a header may promise more than is there


def _read_fault(path: Path) -> str | None:
    try:
        _read_clip(path)
    except OSError as error:
        return error.strerror or str(error)
    except AudioError as error:
        sentence = str(error).removesuffix(".")
        return sentence[:1].lower() + sentence[1:]
    return None


def _read_clip(path: Path) -> Decoded:
    _CLIPS.check_size(path.stat().st_size)
    return read(path.read_bytes(), limits=_CLIPS)


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
