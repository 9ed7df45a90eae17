"""The inputs of a run, computed or reopened: the clips' features, and the copies that its chain makes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from esc_core.audio import file_fault
from esc_core.config import TrainConfig
from esc_core.dataset import Dataset
from esc_core.dataset.faults import SAMPLES
from esc_core.features import extract
from esc_core.features.cache import unreadable_rows
from esc_core.features.extraction import features_path
from esc_core.features.waveforms import extract_waveforms, waveforms_path
from esc_core.inference.front_end import crop_frames
from esc_core.models import architecture
from esc_core.training.data.chains import split_chain
from esc_core.training.data.copies import copies_path, make_copies
from esc_core.training.data.sources import MelSource, Sounds, Source, WaveSource, mean_and_std

Progress = Callable[[str, int, int], None]
"""Receives what is being computed, the number done, and the total."""

READING, COPYING = "reading the clips", "making augmented copies"
"""What is computed, as it is told to `progress`."""


def prepare(
    dataset: Dataset,
    config: TrainConfig,
    train: np.ndarray,
    *,
    progress: Progress = lambda doing, done, total: None,
    folder: Path | None = None,
) -> Sounds:
    """Compute or reopen the clips' features, and the copies that the chain makes.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    config : TrainConfig
        Model, features, and chain.
    train : numpy.ndarray, shape (n_train,), int
        Positions of the training clips; copies are made of them only.
    progress : callable, optional
        Called with what is being computed, `READING` or `COPYING`, the number done, and the total.
    folder : pathlib.Path, optional
        Folder of the files; those below ``ESC_HOME`` if left out.

    Returns
    -------
    Sounds
        Memory-mapped arrays.

    Raises
    ------
    ModelError, ParameterError
        As `split_chain`.
    AudioError
        If a training clip can't be changed by the chain.
    DatasetError
        If the disk is full or can't be written.
    """
    once, _ = split_chain(config)
    clips = _read(dataset, config, progress, folder)
    if not once.transforms:
        return Sounds(clips)
    copies = make_copies(
        dataset,
        train,
        once,
        config.features,
        kind=architecture(config.model).input,
        n_copies=config.n_copies,
        seed=config.seed,
        progress=partial(progress, COPYING),
        folder=folder,
    )
    return Sounds(clips, copies)


def _read(dataset: Dataset, config: TrainConfig, progress: Progress, folder: Path | None = None) -> np.ndarray:
    reading = partial(progress, READING)
    if architecture(config.model).input == "waveform":
        return extract_waveforms(dataset, config.features.sr, progress=reading, folder=folder)
    return extract(dataset, config.features, progress=reading, folder=folder).mel


def unreadable_clips(
    dataset: Dataset, config: TrainConfig, *, progress: Progress = lambda doing, done, total: None
) -> dict[str, str]:
    """Return the clips that can't be read to their end, found while their features are computed.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    config : TrainConfig
        Model and features.
    progress : callable, optional
        As in `prepare`, which opens the same features again.

    Returns
    -------
    dict of str to str
        File names, each with the reason.

    Raises
    ------
    DatasetError
        If the disk is full or can't be written.
    """
    bad = [dataset.clips[i] for i in unreadable_rows(_read(dataset, config, progress))]
    return {clip.filename: file_fault(dataset.path(clip)) or SAMPLES for clip in bad}


def still_to_prepare(dataset: Dataset, config: TrainConfig, train: np.ndarray) -> dict[str, int]:
    """Count what `prepare` would have to compute; what lies in a cache is done.

    Parameters
    ----------
    dataset, config, train
        As in `prepare`.

    Returns
    -------
    dict of str to int
        Clips to read under `READING`, copies to make under `COPYING`.

    Raises
    ------
    ModelError, ParameterError
        As `split_chain`.
    """
    once, _ = split_chain(config)
    kind, features = architecture(config.model).input, config.features
    path = waveforms_path(dataset, features.sr) if kind == "waveform" else features_path(dataset, features)
    todo = {READING: 0 if path.exists() else len(dataset.clips), COPYING: 0}
    if once.transforms:
        copies = copies_path(dataset, train, once, features, kind=kind, n_copies=config.n_copies, seed=config.seed)
        todo[COPYING] = 0 if copies.exists() else config.n_copies * len(train)
    return todo


def make_source(sounds: Sounds, train: np.ndarray, config: TrainConfig) -> Source:
    """Return the training clips for the network of a config.

    Parameters
    ----------
    sounds : Sounds
        What `prepare` returned.
    train : numpy.ndarray, shape (n_train,), int
        Positions of the training clips; those that the copies were made of.
    config : TrainConfig
        Model, chain, and features.

    Returns
    -------
    Source
        For spectrograms or for waveforms.
    """
    n_frames = crop_frames(config.augment, features=config.features)
    if architecture(config.model).input == "waveform":
        n_samples = n_frames * config.features.hop_length
        return WaveSource(sounds, train, n_samples=n_samples, sr=config.features.sr)
    return MelSource(sounds, train, n_frames=n_frames)


__all__ = ["Sounds", "Source", "make_source", "mean_and_std", "prepare", "unreadable_clips"]
