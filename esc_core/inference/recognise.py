"""Recognising a clip of ESC-50 by its sound, whatever its file name and encoding.

A fingerprint holds the signs of how the differences between neighbouring bands change over time (Haitsma and Kalker,
*A highly robust audio fingerprinting system*, ISMIR 2002): level, equaliser and codec hardly affect them.
``python -m benchmarks.recognition`` makes those of the 2000 clips, in ``assets/esc50-fingerprints.npz``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from esc_core import audio
from esc_core.config import ASSETS_DIR, CLIP_SECONDS, FeatureConfig
from esc_core.dataset.known import known_clip_id
from esc_core.errors import AudioError
from esc_core.features import mel_power
from esc_core.measures.loudness import without_offset

FEATURES = FeatureConfig(sr=16_000, n_fft=1024, hop_length=400, n_mels=64, fmin=20.0, fmax=8_000.0)
"""Mel settings of fingerprints, whatever the model uses."""

LOWEST_BAND = 4
"""Mel bands below it are left out: they hold rumble."""

N_BANDS = 33

N_FRAMES = 4
"""Frames per column: 0.1 s."""

FLOOR = 1e-4
"""Share of the loudest column's power, added to every column, so that a format's noise in silence gives no sign."""

UNCHANGED = 1e-3
"""Smaller changes of log power count as none."""

MAX_SHIFT = 1
"""Columns by which a sound may begin earlier or later than the clip: codecs shift it by up to a tenth of a second."""

AGREEMENT = 0.4
"""Smallest share of agreeing signs minus share of differing ones: at least 70% agree."""

CERTAIN = 7.5
"""Smallest agreement in standard deviations of chance, so that a few columns are not enough. Of any two clips that are
different recordings, only those of the same sound reach both thresholds."""


def fingerprint(mel: np.ndarray, *, skip: int = 0) -> np.ndarray:
    """Return the fingerprint of a sound.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_mels, t)
        Mel power by `FEATURES`.
    skip : int
        Frames to leave out at the beginning.

    Returns
    -------
    numpy.ndarray, shape (N_BANDS - 1, n_columns - 1), int8
        −1, 0 or 1; 0 where nothing changes, as in silence.
    """
    edges = np.linspace(LOWEST_BAND, len(mel), N_BANDS + 1).round().astype(int)[:-1]
    bands = np.add.reduceat(mel[:, skip:], edges, axis=0)
    n_columns = bands.shape[1] // N_FRAMES
    power = bands[:, : n_columns * N_FRAMES].reshape(N_BANDS, n_columns, N_FRAMES).sum(axis=2)
    floor = FLOOR * power.sum(axis=0).max(initial=0.0) / N_BANDS
    level = np.log(power + max(floor, np.finfo(np.float32).tiny))
    change = np.diff(np.diff(level, axis=0), axis=1)
    return np.where(np.abs(change) < UNCHANGED, 0, np.sign(change)).astype(np.int8)


@dataclass(frozen=True)
class Fingerprints:
    """Fingerprints of many sounds, in bits, so that two are compared in a few machine words.

    Attributes
    ----------
    changes : numpy.ndarray, shape (n_words, n), uint64
        Set where a sign is not 0. A word of all sounds lies together, since bits are counted along the sounds.
    rises : numpy.ndarray, shape (n_words, n), uint64
        Set where it is 1.
    n_columns : int
        Columns of a fingerprint.
    """

    changes: np.ndarray
    rises: np.ndarray
    n_columns: int

    @classmethod
    def of(cls, prints: np.ndarray) -> Fingerprints:
        """Return fingerprints, shape (n, N_BANDS - 1, n_columns), int8, in bits."""
        return cls(_words(prints != 0), _words(prints > 0), prints.shape[2])


def _words(signs: np.ndarray) -> np.ndarray:
    packed = np.packbits(signs.reshape(len(signs), -1), axis=1)
    words = np.ascontiguousarray(np.pad(packed, ((0, 0), (0, -packed.shape[1] % 8)))).view(np.uint64)
    return np.ascontiguousarray(words.T)


@lru_cache(maxsize=1)
def known_fingerprints() -> tuple[tuple[str, ...], Fingerprints]:
    """Return the ids of the 2000 clips and their fingerprints."""
    with np.load(ASSETS_DIR / "esc50-fingerprints.npz") as stored:
        shape = tuple(stored["shape"])
        more, same = (np.unpackbits(stored[name])[: np.prod(shape)].reshape(shape) for name in ("more", "same"))
        signs = np.where(same, 0, np.where(more, 1, -1)).astype(np.int8)
        return tuple(stored["clip_id"].tolist()), Fingerprints.of(signs)


def recognise(y: np.ndarray, sr: int) -> str | None:
    """Recognise a clip of ESC-50 by its sound.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        A waveform of about a clip's length. It is not recognised if it begins or ends elsewhere than the clip, or if
        its pitch or speed was changed.
    sr : int
        Its rate in Hz.

    Returns
    -------
    str or None
        The clip's id, such as ``1-100032-A-0``; None if it is not recognised.
    """
    if not 0.5 * CLIP_SECONDS <= y.size / sr <= CLIP_SECONDS + 0.3:
        return None
    y = without_offset(y, sr)
    peak = float(np.abs(y).max(initial=0.0))
    if not 0 < peak < np.inf:
        return None
    y = y / peak  # powers of extreme samples would overflow
    ids, known = known_fingerprints()
    found = match(mel_power(audio.resample(y, orig_sr=sr, target_sr=FEATURES.sr), FEATURES), known)
    return ids[found.nearest] if found.same else None


def known_clip(path: Path) -> str | None:
    """Return the id of the clip of ESC-50 that a file holds, by its name or else by its sound; None if it is none.

    Parameters
    ----------
    path : pathlib.Path
        The file. One that can't be read is known by its name only.
    """
    if by_name := known_clip_id(path.name):
        return by_name
    try:
        return recognise(*audio.load(path))
    except AudioError:
        return None


@dataclass(frozen=True)
class Match:
    """The known fingerprint that is nearest to a sound's.

    Attributes
    ----------
    nearest : int
        Its position.
    agreement : float
        Agreeing minus differing signs, as a share of those compared, −1 to 1.
    score : float
        `agreement` times the square root of the number of signs compared: for different sounds about standard normal.
    """

    nearest: int
    agreement: float
    score: float

    @property
    def same(self) -> bool:
        """Whether it is the same sound."""
        return self.agreement >= AGREEMENT and self.score >= CERTAIN


def match(mel: np.ndarray, known: Fingerprints) -> Match:
    """Find the known fingerprint that is nearest to a sound's.

    Parameters
    ----------
    mel : numpy.ndarray, shape (n_mels, t)
        Mel power of the sound by `FEATURES`.
    known : Fingerprints
        Of whole clips.

    Returns
    -------
    Match
        The nearest one, over small time shifts.
    """
    prints = [fingerprint(mel, skip=skip) for skip in range(N_FRAMES)]
    shifts = range(-MAX_SHIFT, MAX_SHIFT + 1)
    shifted = np.stack([_shifted(one, shift, known.n_columns) for one in prints for shift in shifts])
    sound = Fingerprints.of(shifted)
    best = Match(0, -1.0, -np.inf)
    for changes, rises in zip(sound.changes.T, sound.rises.T, strict=True):
        both = known.changes & changes[:, np.newaxis]
        compared = _count(both)
        differing = _count((known.rises ^ rises[:, np.newaxis]) & both)
        # where nothing can be compared, nothing agrees
        agreement = np.where(compared > 0, 1 - 2 * differing / np.maximum(compared, 1), 0.0)
        score = agreement * np.sqrt(compared)
        nearest = int(score.argmax())
        if score[nearest] > best.score:
            best = Match(nearest, float(agreement[nearest]), float(score[nearest]))
    return best


def _count(words: np.ndarray) -> np.ndarray:
    """Return the number of bits that are set in words, shape (n_words, n), for each of n."""
    return np.bitwise_count(words).sum(axis=0, dtype=np.uint16).astype(np.float64)


def _shifted(print_: np.ndarray, shift: int, n: int) -> np.ndarray:
    """Return `n` columns of a fingerprint from `shift` on, zero where it has none."""
    out = np.zeros((len(print_), n), np.int8)
    first, last = max(0, shift), min(print_.shape[1], n + shift)
    if first < last:
        out[:, first - shift : last - shift] = print_[:, first:last]
    return out
