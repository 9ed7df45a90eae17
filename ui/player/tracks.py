"""The content of a player, validated when constructed: tracks with sound and picture, marks, guesses, importance."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from esc_core.config import require
from esc_core.errors import AudioError

MAX_DURATION_GAP = 1.0
"""Greatest difference between the lengths of a picture and its sound, in seconds; more is a mistake of units."""

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


class Mark(NamedTuple):
    """A span of time with a label, drawn over waveform and picture.

    Attributes
    ----------
    start, end : float
        The span, in seconds.
    label : str
        Its name.
    """

    start: float
    end: float
    label: str


class Guess(NamedTuple):
    """What a model recognises in a span of time, shown as a bar below the picture.

    Attributes
    ----------
    start, end : float
        The span, in seconds.
    label : str
        The category.
    prob : float
        Its probability, in [0, 1].
    color : str
        Colour of its bar, such as "#E69F00".
    """

    start: float
    end: float
    label: str
    prob: float
    color: str


@dataclass(frozen=True, kw_only=True, eq=False)
class MelValues:
    """The values of a mel spectrogram, which the player shows under the mouse.

    Attributes
    ----------
    levels : numpy.ndarray, shape (n_mels, t)
        Levels as uint8, lowest band first; 0 and 255 are the ends of `db_range`.
    db_range : tuple of float
        Level in dB of 0 and of 255.
    band_hz : numpy.ndarray, shape (n_mels,)
        Centre of each band, in Hz.
    """

    levels: NDArray[np.uint8]
    db_range: tuple[float, float]
    band_hz: NDArray[np.floating]

    def __post_init__(self) -> None:
        """Check shapes and types; see `ParameterError`."""
        is_image = self.levels.ndim == 2 and self.levels.dtype == np.uint8 and self.levels.size > 0
        require(is_image, "levels must be uint8 of shape (n_mels, t)", (self.levels.shape, str(self.levels.dtype)))
        require(self.band_hz.shape == (len(self.levels),), "band_hz must have shape (n_mels,)", self.band_hz.shape)
        require(self.db_range[0] < self.db_range[1], "db_range must rise", self.db_range)


@dataclass(frozen=True, kw_only=True, eq=False)
class Track:
    """A sound and its picture.

    Attributes
    ----------
    wav : bytes
        WAV file with 16-bit or float32 samples and one or two channels; played as it is.
    label : str
        Name of the track, such as "dog" or "after".
    mel_png : bytes
        Picture of the mel spectrogram as PNG, low frequencies at the bottom.
    duration : float
        Duration that the picture covers, in seconds.
    color : str
        Colour of the waveform, such as "#E69F00".
    frequency_ticks : sequence of (float, str)
        Labels beside the picture: position in [0, 1] from the bottom, and text such as "1 kHz".
    values : MelValues, optional
        Values of the picture; with them the player shows level and frequency under the mouse and a bar of levels
        in magma.
    """

    wav: bytes
    label: str
    mel_png: bytes
    duration: float
    color: str
    frequency_ticks: Sequence[tuple[float, str]] = ()
    values: MelValues | None = None

    def __post_init__(self) -> None:
        """Check every field; see `ParameterError` and `AudioError`."""
        sr, n_frames = wav_format(self.wav)
        require(bool(self.label.strip()), "label must have letters", self.label)
        require(self.mel_png.startswith(b"\x89PNG"), "mel_png must be a PNG file", self.mel_png[:8])
        gap = abs(self.duration - n_frames / sr)
        require(gap <= MAX_DURATION_GAP, f"duration must be near the sound's {n_frames / sr:.2f} s", self.duration)
        require(is_color(self.color), "color must look like #E69F00", self.color)
        inside = all(0 <= position <= 1 for position, _ in self.frequency_ticks)
        require(inside, "frequency_ticks must lie in [0, 1]", self.frequency_ticks)

    @property
    def sr(self) -> int:
        """Sampling rate of the sound in Hz."""
        return wav_format(self.wav)[0]


@dataclass(frozen=True, kw_only=True, eq=False)
class Difference:
    """The effect of a change, as a picture below two tracks, under the same playhead.

    Attributes
    ----------
    label : str
        Name of the picture.
    png : bytes
        Picture as PNG, low frequencies at the bottom; see `esc_core.plots.spectrograms.difference_png`.
    duration : float
        Duration that it covers, in seconds.
    values : MelValues
        Its values: B minus A, in dB.
    frequency_ticks : sequence of (float, str)
        As in a track.
    """

    label: str
    png: bytes
    duration: float
    values: MelValues
    frequency_ticks: Sequence[tuple[float, str]] = ()

    def __post_init__(self) -> None:
        """Check the picture; see `ParameterError`."""
        require(self.png.startswith(b"\x89PNG"), "png must be a PNG file", self.png[:8])


def is_color(text: str) -> bool:
    """Return whether a text is a colour such as "#E69F00"; others would be pasted into styles unseen."""
    return _COLOR.fullmatch(text) is not None


@dataclass(frozen=True, kw_only=True, eq=False)
class Importance:
    """How much an answer needs each part of the first track: painted over its picture, and over time in a strip.

    Attributes
    ----------
    png : bytes
        What is painted over the picture from `start` to `end`, as PNG with transparency.
    start, end : float
        The span, in seconds.
    over_time : sequence of float
        Importance in [0, 1] of equal steps of the span.
    band_edges : sequence of float
        Edges of the rows of `words`: positions in [0, 1] from the bottom of the picture.
    words : sequence of sequence of str
        What the player says under the mouse: a row for each band, lowest first, of a text for each step.
    box : tuple of float
        Start and end in seconds, and bottom and top in [0, 1], of the part that is framed.
    """

    png: bytes
    start: float
    end: float
    over_time: Sequence[float]
    band_edges: Sequence[float]
    words: Sequence[Sequence[str]]
    box: tuple[float, float, float, float]

    def __post_init__(self) -> None:
        """Check the fields against each other; see `ParameterError`."""
        require(self.png.startswith(b"\x89PNG"), "png must be a PNG file", self.png[:8])
        require(0 <= self.start < self.end, "start must be at 0 s or later and before end", (self.start, self.end))
        require(all(0 <= share <= 1 for share in self.over_time), "over_time must lie in [0, 1]", self.over_time)
        shape = (len(self.band_edges) - 1, {len(self.over_time)})
        given = (len(self.words), {len(row) for row in self.words})
        require(given == shape, "words must have a row per band and a text per step", given)


def wav_format(wav: bytes) -> tuple[int, int]:
    """Read the header of a WAV file that the player can play.

    Parameters
    ----------
    wav : bytes
        A WAV file.

    Returns
    -------
    sr : int
        Sampling rate in Hz.
    n_frames : int
        Samples per channel.

    Raises
    ------
    AudioError
        If it is not a WAV file, holds no samples, is neither 16-bit nor float32, or is neither mono nor stereo.
    """
    if wav[:4] != b"RIFF" or wav[8:12] != b"WAVE":
        raise AudioError(f"the player needs WAV bytes, got {wav[:12]!r}")
    at, sr, frame_bytes = 12, 0, 0
    while at + 8 <= len(wav):
        name, size = wav[at : at + 4], struct.unpack_from("<I", wav, at + 4)[0]
        body = wav[at + 8 : at + 8 + size]
        if name == b"fmt " and len(body) >= 16:
            code, channels, sr, _, frame_bytes, bits = struct.unpack_from("<HHIIHH", body)
            if code == _EXTENSIBLE and len(body) >= 26:
                code = struct.unpack_from("<H", body, 24)[0]
            if (code, bits) not in ((_PCM, 16), (_FLOAT, 32)) or channels not in (1, 2):
                raise AudioError(
                    "the player needs 16-bit or float32 samples, mono or stereo, "
                    f"got format {code} with {bits} bits and {channels} channels"
                )
        elif name == b"data" and frame_bytes:
            if len(body) < frame_bytes:
                break
            return sr, len(body) // frame_bytes
        at += 8 + size + size % 2
    raise AudioError("the WAV file holds no samples")
