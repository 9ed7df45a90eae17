"""What only the teacher does to everybody's data in a class, each behind its right; no other module does it."""

from __future__ import annotations

import os
from pathlib import Path

from esc_core.config import home_fault
from esc_core.dataset import downloaded_dir, own, remember_folder
from esc_core.dataset.job import DownloadJob
from esc_core.errors import DatasetError
from esc_core.yamnet.fetch import FetchJob
from ui.classroom.rights import Action, require


def use_folder(folder: str | Path | None) -> None:
    """Make a folder the data of everybody, as `esc_core.dataset.remember_folder`; raises RightsError, too."""
    require(Action.CHOOSE_DATA)
    remember_folder(folder)


def use_home(folder: str) -> None:
    """Have everything written into another folder until the app is started again.

    Raises
    ------
    DatasetError
        If it can't be written; the former one stays.
    RightsError
        If who asks may not choose it.
    """
    require(Action.CHOOSE_DATA)
    before = os.environ.get("ESC_HOME")
    os.environ["ESC_HOME"] = folder.strip().replace("\0", "?") or "."
    if fault := home_fault():
        os.environ.pop("ESC_HOME") if before is None else os.environ.update(ESC_HOME=before)
        raise DatasetError(fault)


def lower_limits(*, max_sets: int, max_samples: int) -> None:
    """Set the limits of all data sets of people's own, as `esc_core.dataset.own.lower_limits`; RightsError, too."""
    require(Action.SET_LIMITS)
    own.lower_limits(max_sets=max_sets, max_samples=max_samples)


def download_data() -> DownloadJob:
    """Start the download of ESC-50; raises RightsError if who asks may not."""
    require(Action.CHOOSE_DATA)
    job = DownloadJob(downloaded_dir())
    job.start()
    return job


def download_yamnet() -> FetchJob:
    """Start the download of YAMNet; raises RightsError if who asks may not."""
    require(Action.CHOOSE_DATA)
    job = FetchJob()
    job.start()
    return job
