"""The rule of "nothing": when a sound is only a quiet background, and how that is worded, everywhere.

A network levels each sound, and so takes the hiss of a quiet room for rain. One rule for clips, for the windows of a
long recording and for what a microphone hears: a window is background

- below `SILENT_DB`, in any recording; or
- below `BACKGROUND_DB`, unless it rises `RISE_DB` above the recording's own noise floor; or
- up to `NEAR_FLOOR_DB` above that floor, in a recording that rises `RISE_DB` above it somewhere.

A clip is one window. A recording of which all windows are background holds nothing. Steady rain is its own floor, and
is answered since it is louder than `BACKGROUND_DB`.
"""

from __future__ import annotations

import numpy as np

NOTHING = "nothing"
"""What tables and files call a sound, or a window, that is only a quiet background."""

NOTHING_SENTENCE = "There is nothing here but a quiet background"
"""What a page says instead of a guess."""

SILENT_DB = -75.0
"""Level in dB relative to full-scale noise, below which a window is background in any recording: half a step at 12
bits."""

BACKGROUND_DB = -49.0
"""Level in dB relative to full-scale noise, below which a window is background unless it stands out.

Mel bands weight low frequencies more, and room tone swells: so that of −55 dBFS reads up to −50.5 dB. The quietest clip
of ESC-50 reads −35 dB, in the 8-bit copies on which this was measured; turned down by 20 dB, 6 of its 2000 clips are
background, none of the 120 of rain, wind and sea waves.
"""

RISE_DB = 15.0
"""Height in dB above the recording's own noise floor at which a sound stands out."""

NEAR_FLOOR_DB = 6.0
"""Height in dB above the noise floor up to which a window is background, if another window stands out."""

DIGITAL_SILENCE = 1e-10
"""A frame with less than this share of the loudest frame's power (−100 dB) is padding, not background noise."""

_TINY = 1e-30


def quiet_windows(frame_power: np.ndarray, starts: np.ndarray, n_frames: int) -> np.ndarray:
    """Find the windows that hold only a quiet background.

    The floor is the 10th percentile of the frames' power, except digital silence. The level of a window is the 90th
    percentile, or 10 dB below its loudest frame if that is more, so that one short bark counts.

    Parameters
    ----------
    frame_power : numpy.ndarray, shape (t,)
        Power of each frame, summed over bands, relative to noise at full scale.
    starts : numpy.ndarray, shape (n_windows,), int
        First frame of each window.
    n_frames : int
        Length of a window.

    Returns
    -------
    numpy.ndarray, shape (n_windows,), bool
        True for a window that is only background.
    """
    return is_quiet(window_levels(frame_power, starts, n_frames), frame_power)


def window_levels(frame_power: np.ndarray, starts: np.ndarray, n_frames: int) -> np.ndarray:
    """Return the level of each window as `quiet_windows` takes it, in dB, shape (n_windows,); parameters as there."""
    windows = [frame_power[start : start + n_frames] for start in starts]
    return _db(np.array([max(np.percentile(window, 90), window.max() / 10) for window in windows]))


def quiet_frames(frame_power: np.ndarray) -> np.ndarray:
    """Find the frames of a recording that hold only a quiet background, each taken as a window of its own.

    Parameters
    ----------
    frame_power : numpy.ndarray, shape (t,)
        Power of each frame, summed over bands, relative to noise at full scale.

    Returns
    -------
    numpy.ndarray, shape (t,), bool
        True for a frame that is only background.
    """
    return is_quiet(_db(frame_power), frame_power)


def is_quiet(level_db: np.ndarray, frame_power: np.ndarray) -> np.ndarray:
    """Tell which levels are those of a quiet background.

    Parameters
    ----------
    level_db : numpy.ndarray, shape (n,)
        Levels of windows or frames of one recording, in dB relative to noise at full scale.
    frame_power : numpy.ndarray, shape (t,)
        Power of each of its frames, from which its noise floor follows.

    Returns
    -------
    numpy.ndarray, shape (n,), bool
        True for a level that is only background.
    """
    sound = frame_power[frame_power >= DIGITAL_SILENCE * frame_power.max()]
    height_db = level_db - _db(np.percentile(sound, 10))
    quiet = (level_db < SILENT_DB) | ((level_db < BACKGROUND_DB) & (height_db < RISE_DB))
    return np.asarray(quiet | ((height_db < NEAR_FLOOR_DB) & (height_db.max() > RISE_DB)))


def is_nothing(frame_power: np.ndarray) -> bool:
    """Tell whether a clip, taken as one window, is only a quiet background.

    Parameters
    ----------
    frame_power : numpy.ndarray, shape (t,)
        Power of each frame, summed over bands, relative to noise at full scale.

    Returns
    -------
    bool
        True where no guess should be given.
    """
    return bool(quiet_windows(frame_power, np.array([0]), frame_power.size)[0])


def _db(power: np.ndarray) -> np.ndarray:
    return 10 * np.log10(power + _TINY)
