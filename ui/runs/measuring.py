"""Timing a training before anybody starts one: one process for all sessions, never beside a run at work."""

from __future__ import annotations

import subprocess

import streamlit as st

from esc_core.config import GeneratorConfig, TrainConfig, esc_home
from esc_core.dataset import Dataset
from esc_core.training.runs.contents import BUSY
from esc_core.training.runs.listing import list_runs
from ui.classroom import runs as class_runs


@st.cache_resource(show_spinner=False)
def _measurements() -> dict[tuple[str, str], subprocess.Popen[bytes]]:
    # one for all sessions, by ESC_HOME and preset
    return {}


def measure(name: str, config: TrainConfig | GeneratorConfig, dataset: Dataset) -> bool:
    """Time the training of a preset in a process of its own, once, and return whether a measurement is running.

    It does not start beside a run at work, which would distort it.

    Parameters
    ----------
    name : str
        Of the preset, unlike all others.
    config : TrainConfig or GeneratorConfig
        Its settings.
    dataset : Dataset
        The data in use.
    """
    jobs, key = _measurements(), (str(esc_home()), name)
    busy = measuring() or any(run.status().state in BUSY for run in list_runs())
    if key not in jobs and not busy:
        jobs[key] = class_runs.measure(config, dataset.root)
    return measuring()


def measuring() -> bool:
    """Return whether a measurement is running."""
    home = str(esc_home())
    return any(job.poll() is None for (where, _), job in _measurements().items() if where == home)
