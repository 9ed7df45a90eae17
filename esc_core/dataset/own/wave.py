"""A waveform → the WAV file that is stored: 16 bits, one channel, every sample of a 16-bit source as it was."""

from __future__ import annotations

import io

import numpy as np
import soundfile as sf

from esc_core.audio import MAX_KEPT_SR, at_rates
from esc_core.config import AudioLimits, OwnLimits
from esc_core.errors import AudioError
from esc_core.words import duration

_AUDIO = AudioLimits()


def stored_wave(y: np.ndarray, sr: int, *, limits: OwnLimits) -> tuple[bytes, float]:
    """Encode a waveform for a data set.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform in [-1, 1], as the reader gives it; samples beyond are clipped.
    sr : int
        Its rate in Hz; above `esc_core.audio.MAX_KEPT_SR` it is resampled.
    limits : OwnLimits
        The longest sample.

    Returns
    -------
    data : bytes
        A RIFF file, 16-bit PCM.
    seconds : float
        Its duration in seconds.

    Raises
    ------
    AudioError
        If it is too short or too long, is silent, or holds values that are no finite numbers.
    """
    y = np.asarray(y, np.float32)
    if y.ndim != 1 or not np.isfinite(y).all():
        raise AudioError("The sound holds values that are no numbers.")
    _AUDIO.check_header(n_channels=1, sr=sr)
    _AUDIO.check_shortest(len(y) / sr)
    seconds, most = len(y) / sr, limits.max_seconds
    if seconds > most:
        raise AudioError(f"The sound is {duration(seconds)} long; a sample can have at most {duration(most)}: cut it.")
    y, sr = at_rates(y, sr, most=MAX_KEPT_SR)
    pcm = np.clip(np.round(y.astype(np.float64) * 32768), -32768, 32767).astype(np.int16)  # the reader divides by 32768
    if np.ptp(pcm) == 0:
        raise AudioError("The sound is silent from beginning to end: is the microphone switched off?")
    buffer = io.BytesIO()
    sf.write(buffer, pcm, sr, format="WAV", subtype="PCM_16")
    return buffer.getvalue(), len(pcm) / sr
