"""The limits for sound files from outside and for data sets of a person's own, in one table."""

from __future__ import annotations

from dataclasses import dataclass

from esc_core.errors import AudioError
from esc_core.words import duration, megabytes

CONTAINERS = frozenset(
    {"WAV", "WAVEX", "RF64", "W64", "FLAC", "OGG", "MP3", "AIFF", "CAF", "AU", "MP4", "AAC", "WEBM", "WMA", "AMR"}
)
"""Containers that are decoded, by libsndfile's names and names of ours for those that FFmpeg reads. Both libraries know
more, but each of them is one more way in."""

CONTAINER_NAMES = "WAV, FLAC, Ogg, MP3, AIFF, M4A, AAC, 3GP, MP4, MOV, WebM, WMA, AMR, CAF, W64 or AU"
"""The same for people."""

SOUND_ENDINGS = frozenset(
    {
        *(".wav", ".wave", ".rf64", ".w64", ".flac", ".ogg", ".oga", ".opus", ".spx", ".mp3", ".aif", ".aiff", ".aifc"),
        *(".m4a", ".aac", ".3gp", ".3g2", ".mp4", ".mov", ".webm", ".wma", ".amr", ".awb", ".caf", ".au", ".snd"),
    }
)
"""Endings by which the sounds of a folder are found; a file that is named may have any."""


@dataclass(frozen=True, kw_only=True)
class AudioLimits:
    """Limits for untrusted audio files.

    Attributes
    ----------
    max_bytes : int
        Size of the file, in bytes.
    max_seconds, min_seconds : float
        Duration, in seconds.
    max_frames : int
        Samples per channel, which guards memory where the sampling rate is high.
    max_channels : int
        Number of channels; they are mixed down to one.
    min_sr, max_sr : int
        Sampling rate, in Hz.
    decode_seconds : float
        Time limit for decoding one file, in seconds.
    decode_memory : int
        Address space limit of the decoder, in bytes.
    """

    max_bytes: int = 20 * 1024 * 1024
    max_seconds: float = 300.0
    min_seconds: float = 0.25
    max_frames: int = 300 * 192_000
    max_channels: int = 64
    min_sr: int = 1_000
    max_sr: int = 768_000
    decode_seconds: float = 20.0
    decode_memory: int = 1_000_000_000

    @property
    def largest_file(self) -> str:
        """Size and length of the largest file for people: "20 MB and 5 minutes"."""
        return f"{megabytes(self.max_bytes)} and {duration(self.max_seconds)}"

    def longest(self, sr: int) -> float:
        """Return the longest duration in seconds at a sampling rate in Hz."""
        return min(self.max_seconds, self.max_frames / sr)

    def check_size(self, n_bytes: int) -> None:
        """Raise AudioError if a file is too large."""
        size, most = megabytes(n_bytes), megabytes(self.max_bytes)
        _need(n_bytes <= self.max_bytes, f"The file has {size}; at most {most} can be used.")

    def check_header(self, *, n_channels: int, sr: int) -> None:
        """Raise AudioError if a sound has too many channels, or a rate in Hz that can't be used."""
        most = self.max_channels
        _need(n_channels <= most, f"The sound has {n_channels} channels; at most {most} can be used.")
        rates = f"{self.min_sr:,} to {self.max_sr:,} Hz can be used"
        _need(self.min_sr <= sr <= self.max_sr, f"The sampling rate is {sr:,} Hz; {rates}.")

    def check_longest(self, seconds: float) -> None:
        """Raise AudioError if a sound of this length is too long."""
        most = duration(self.max_seconds)
        _need(seconds <= self.max_seconds, f"The sound is {duration(seconds)} long; at most {most} can be used.")

    def check_shortest(self, seconds: float) -> None:
        """Raise AudioError if a sound of this length is too short."""
        least = duration(self.min_seconds)
        _need(seconds >= self.min_seconds, f"The sound is {duration(seconds)} long; at least {least} is needed.")


@dataclass(frozen=True, kw_only=True)
class OwnLimits:
    """Limits for a data set of a person's own.

    Attributes
    ----------
    max_sets : int
        Sets on this computer.
    max_samples : int
        Samples of a set.
    max_bytes : int
        Its sounds, in bytes, those in the trash included.
    max_categories : int
        Categories of a set: ESC-50's layout numbers 50.
    few_categories, many_categories : int
        Numbers of categories below and above which a remark is made; no limit.
    max_seconds : float
        Duration of a sample, in seconds.
    trash_samples, trash_bytes : int
        Deleted samples that can still come back, and their size in bytes; the oldest go first.
    """

    max_sets: int = 500
    max_samples: int = 2_000
    max_bytes: int = 2_000_000_000
    max_categories: int = 50
    few_categories: int = 2
    many_categories: int = 20
    max_seconds: float = 60.0
    trash_samples: int = 200
    trash_bytes: int = 200_000_000


def _need(ok: bool, sentence: str) -> None:
    if not ok:
        raise AudioError(sentence)
