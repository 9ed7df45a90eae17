"""Trusted files → waveforms; resampling; levels; waveforms → WAV bytes."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import numpy as np
import soundfile as sf

from esc_core.config import AudioLimits
from esc_core.decoding.reader import read
from esc_core.errors import AudioError

_log = logging.getLogger(__name__)

_TRUSTED = AudioLimits(max_seconds=1e6, max_frames=2**40, min_seconds=0.0, min_sr=1, max_sr=10**7)
"""Files of a data set may be of any length and rate."""


def load(path: str | Path, *, sr: int | None = None) -> tuple[np.ndarray, int]:
    """Read a trusted sound file, mixed down to one channel.

    `esc_core.decoding.decode` reads untrusted input. What is unusual about the file, such as that it is cut short, is a
    warning of the logger ``esc_core.audio``, which Python prints on standard error unless logging is set up otherwise.

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
        If the file can't be read, or holds samples that are not finite numbers.
    """
    try:
        sound = read(Path(path).read_bytes(), limits=_TRUSTED)
    except (OSError, AudioError) as error:
        raise AudioError(f"{Path(path).name} can't be read as sound: {file_fault(Path(path)) or error}") from error
    for remark in sound.remarks:
        _log.warning("%s: %s", Path(path).name, remark)
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
        None if it is there and its header says that it holds sound; its samples are not read.
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
        return None if sf.info(path).frames else "the file holds no sound"
    except (OSError, sf.LibsndfileError, TypeError):  # TypeError: .raw has no header
        return _decoder_fault(path)


def _decoder_fault(path: Path) -> str | None:
    try:
        read(path.read_bytes(), limits=_TRUSTED)
    except OSError as error:
        return error.strerror or str(error)
    except AudioError:
        return "the file is damaged or no sound file"
    return None


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
