"""The mel power of a whole data set → one memory-mapped array."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from esc_core.config import FeatureConfig, esc_home
from esc_core.dataset import Dataset
from esc_core.features.cache import data_key, stored_array
from esc_core.features.mel import VERSION, clip_mel_power, mel_basis


@dataclass(frozen=True)
class FeatureCache:
    """Mel power of every clip of a data set.

    Attributes
    ----------
    mel : numpy.ndarray, shape (n_clips, n_mels, t), float32
        Memory-mapped, in the order of ``dataset.clips``; NaN for a clip that can't be read.
    path : pathlib.Path
        The file of the array.
    """

    mel: np.ndarray
    path: Path


def cache_key(dataset: Dataset, config: FeatureConfig) -> str:
    """Hash the settings and the state of the data: names, sizes, modification times.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    config : FeatureConfig
        Frame and band settings.

    Returns
    -------
    str
        Twenty hexadecimal digits.
    """
    return data_key(dataset, VERSION, config.to_dict())


def features_path(dataset: Dataset, config: FeatureConfig, *, folder: Path | None = None) -> Path:
    """Return the file of a data set's mel power, which need not exist; `folder` as in `extract`."""
    return (folder or esc_home() / "features") / f"{cache_key(dataset, config)}.npy"


def extract(
    dataset: Dataset,
    config: FeatureConfig,
    *,
    progress: Callable[[int, int], None] | None = None,
    n_workers: int | None = None,
    folder: Path | None = None,
) -> FeatureCache:
    """Compute the mel power of a whole data set, or open it if it was computed before; see `stored_array`.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    config : FeatureConfig
        Frame and band settings.
    progress : callable, optional
        Called with the clips done and all clips.
    n_workers : int, optional
        Number of threads; one per core if left out.
    folder : pathlib.Path, optional
        Folder of the cache; ``ESC_HOME/features`` if left out.

    Returns
    -------
    FeatureCache
        The memory-mapped array.

    Raises
    ------
    DatasetError
        If the disk is full or can't be written.
    """
    path = features_path(dataset, config, folder=folder)
    if not path.exists():
        mel_basis(config)  # once, not in every thread
    mel = stored_array(
        path,
        lambda i: clip_mel_power(dataset.path(dataset.clips[i]), config),
        shape=(len(dataset.clips), config.n_mels, config.clip_frames),
        dtype="<f4",
        progress=progress,
        n_workers=n_workers,
    )
    return FeatureCache(mel, path)
