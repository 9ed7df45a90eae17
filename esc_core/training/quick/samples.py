"""A data set → the embeddings of its samples, and of copies of them in rooms and noise."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from esc_core import audio
from esc_core.augment import Compose
from esc_core.config import CLIP_SECONDS
from esc_core.dataset import Dataset
from esc_core.dataset.faults import bad_sentence
from esc_core.dataset.own.names import is_background
from esc_core.errors import AudioError, TrainingError
from esc_core.measures.loudness import without_offset
from esc_core.training.quick.background import MADE_REMARK, made_tones, own_categories
from esc_core.training.quick.bases import Base, load_base
from esc_core.words import counted, listed

N_COPIES = 3
"""Copies of each sample."""

COPY = (
    {"name": "reverb", "rt60": [0.2, 0.9], "p": 0.6},
    {"name": "noise", "snr_db": [0.0, 30.0], "color": "pink", "p": 0.75},
)
"""Chain of the copies: rooms, and noise like that of a class."""

KEPT = 2000
"""Samples whose embeddings are kept, 33 kB each: learning again after one more sample embeds only that one."""

Progress = Callable[[str, int, int], None]
"""Receives what is being computed, the number done, and the total."""

LISTENING, FITTING = "listening to the samples", "learning"
"""What is being computed, as it is told to `progress`."""


@dataclass(frozen=True)
class Samples:
    """What is learnt from.

    Attributes
    ----------
    categories : tuple of str
        The categories that a sound can be answered with, n_classes of them.
    x : numpy.ndarray, shape (n, 1 + n_copies, d), float32
        Embeddings of each sample, as it is and as copies.
    targets : numpy.ndarray, shape (n,), int
        Positions in `categories`.
    folds : numpy.ndarray, shape (n,), int
        Fold of each sample; 0 where the data set has too few recordings for a test.
    recordings : numpy.ndarray, shape (n,), str
        Samples of one recording are on one side of each split.
    ids : tuple of str
        Clip ids.
    background : numpy.ndarray, shape (m, 1 + n_copies, d), float32
        Embeddings of what is none of the categories.
    background_ids : tuple of str
        Clip ids of the first of them; the others were made here.
    recording_of : dict of str to str
        The recording of each sample, the background's too, by clip id.
    remarks : tuple of str
        What is unusual, in sentences.
    """

    categories: tuple[str, ...]
    x: np.ndarray
    targets: np.ndarray
    folds: np.ndarray
    recordings: np.ndarray
    ids: tuple[str, ...]
    background: np.ndarray
    background_ids: tuple[str, ...]
    recording_of: dict[str, str]
    remarks: tuple[str, ...]

    @property
    def tested_folds(self) -> tuple[int, ...]:
        """Folds that can be held out, ascending: those of which training samples are left in others."""
        return tuple(k for k in sorted(set(self.folds.tolist()) - {0}) if self.training(k).any())

    def training(self, fold: int) -> np.ndarray:
        """Return which samples may be learnt from while a fold is held out, shape (n,), bool; 0 holds none out."""
        return ~np.isin(self.recordings, self._held(fold))

    def background_for(self, fold: int) -> np.ndarray:
        """Return the same for the background, shape (m,), bool: a room is heard in the sounds recorded in it."""
        own = np.array([self.recording_of[name] for name in self.background_ids], dtype=str)
        made = np.ones(len(self.background) - len(own), bool)
        return np.concatenate([~np.isin(own, self._held(fold)), made])

    def _held(self, fold: int) -> np.ndarray:
        return self.recordings[self.folds == fold] if fold else self.recordings[:0]


def embedded(
    dataset: Dataset, base: Base, *, seed: int, progress: Progress = lambda doing, done, total: None
) -> Samples:
    """Return the embeddings of a data set's samples.

    Parameters
    ----------
    dataset : Dataset
        The samples. A category called "background", "none" or "room tone" shows what is none of the others.
    base : Base
        The network that has heard other sounds.
    seed : int
        Seed of the copies.
    progress : callable, optional
        Called with what is being computed, the number done, and the total.

    Returns
    -------
    Samples
        Without those that can't be read, which a remark counts.

    Raises
    ------
    TrainingError
        If fewer than two categories have a sample that can be read.
    """
    rows, read = [], []
    for i, clip in enumerate(dataset.clips):
        try:
            path = dataset.path(clip)
            rows.append(_vectors(str(path), path.stat().st_mtime_ns, base.name, base.fold, seed))
            read.append(i)
        except (AudioError, OSError):  # one damaged file must not stop the others
            pass
        progress(LISTENING, i + 1, len(dataset.clips))
    clips = [dataset.clips[i] for i in read]
    own = np.array([not is_background(clip.category) for clip in clips], bool)
    found = [clip.category for clip, mine in zip(clips, own, strict=True) if mine]
    categories = tuple(name for name in own_categories(dataset) if name in found)
    if len(categories) < 2:
        have = f"only {listed(list(categories))} has one" if categories else "none has one"
        raise TrainingError(f"at least two categories need a sample that can be read; {have}")
    x = np.stack(rows)
    kept = [clip for clip, mine in zip(clips, own, strict=True) if mine]
    room = [clip for clip, mine in zip(clips, own, strict=True) if not mine]
    held_out = {clip.src_file for clip in kept if clip.fold}
    made = own.all()
    # where all room tone is of recordings that will be held out, a head would have none at all
    always = any(clip.src_file not in held_out for clip in room)
    background = x[~own] if always else np.concatenate([x[~own], _made(base, seed)])
    return Samples(
        categories=categories,
        x=x[own],
        targets=np.array([categories.index(clip.category) for clip in kept]),
        folds=np.array([clip.fold for clip in kept]),
        recordings=np.array([clip.src_file for clip in kept]),
        ids=tuple(clip.clip_id for clip in kept),
        background=background,
        background_ids=tuple(clip.clip_id for clip in room),
        recording_of={clip.clip_id: clip.src_file for clip in clips},
        remarks=tuple(_remarks(dataset, len(read), categories, made=bool(made))),
    )


def _remarks(dataset: Dataset, n_read: int, categories: tuple[str, ...], *, made: bool) -> list[str]:
    remarks = []
    if n_bad := len(dataset.clips) - n_read:
        remarks.append(bad_sentence(n_bad, len(dataset.clips)))
    if silent := [name for name in own_categories(dataset) if name not in categories]:
        one = len(silent) == 1
        names = counted(len(silent), "category", "categories")
        remarks.append(f"{names} {'has' if one else 'have'} no sample that can be read: {listed(silent)}.")
    return [*remarks, MADE_REMARK] if made else remarks


@lru_cache(maxsize=KEPT)
def _vectors(path: str, changed: int, base_name: str, base_fold: int, seed: int) -> np.ndarray:
    """Return the embeddings of a file and its copies, shape (1 + n_copies, d)."""
    base = load_base(base_name, fold=base_fold or 1)
    y, sr = audio.load(path)
    y = loudest_part(without_offset(y, sr), sr)
    at_rate = audio.resample(y, orig_sr=sr, target_sr=base.card.features.sr)
    return with_copies(at_rate, base, seed=[seed, zlib.crc32(Path(path).stem.encode())])


def _made(base: Base, seed: int) -> np.ndarray:
    tones = made_tones(base.card.features, seed=seed)
    return np.stack([with_copies(y, base, seed=[seed, i]) for i, y in enumerate(tones)])


def with_copies(y: np.ndarray, base: Base, *, seed: list[int]) -> np.ndarray:
    """Return the embeddings of a waveform, and of copies of it in rooms and noise.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform at the rate of the base's features.
    base : Base
        The network.
    seed : list of int
        Seed of the copies.

    Returns
    -------
    numpy.ndarray, shape (1 + n_copies, d), float32
        The waveform as it is comes first.
    """
    chain, sr = Compose.from_json(COPY), base.card.features.sr
    copies = [chain(y, sr, np.random.default_rng([*seed, i])).y for i in range(N_COPIES)]
    return np.stack([base.vector(one) for one in (y, *copies)])


def loudest_part(y: np.ndarray, sr: int) -> np.ndarray:
    """Return the 5 s of a waveform, shape (n,), that hold most of its energy; a shorter one as it is."""
    n = round(CLIP_SECONDS * sr)
    if y.size <= n:
        return y
    energy = np.concatenate([[0.0], np.cumsum(np.square(y, dtype=float))])
    start = int(np.argmax(energy[n:] - energy[:-n]))
    return y[start : start + n]
