"""What the Results page reads, computed once for all sessions and anew when a table changes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from esc_core.findings import claims as claims_module
from esc_core.findings import measured as measured_module
from esc_core.findings.claims import Claim
from esc_core.findings.measured import RESULTS_DIR, Level, Study, difference, read_study
from esc_core.findings.trust import LeakArm, leak_arms
from esc_core.intervals import Difference
from esc_core.scoring.predictions import Predictions, read_predictions

BEST_MODEL = "mel_cnn"
"""The model whose out-of-fold predictions are shipped."""


def _changed(*names: str) -> tuple[int, ...]:
    paths = (RESULTS_DIR / name for name in names)
    return tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)


def study(name: str, factor: str) -> Study | None:
    """Return a study's tables; None if nothing was measured yet.

    Raises
    ------
    TrainingError
        If they are damaged.
    """
    return _study(name, factor, _changed(f"{name}.json"))  # the last one that is written


@st.cache_resource(max_entries=16, show_spinner=False)
def _study(name: str, factor: str, changed: tuple[int, ...]) -> Study | None:
    return read_study(name, factor, folder=RESULTS_DIR)


def claims() -> list[Claim]:
    """Return the forerunner's claims with what we measured."""
    return _claims(tuple(sorted((path.name, path.stat().st_mtime_ns) for path in RESULTS_DIR.glob("*.json"))))


@st.cache_data(max_entries=2, show_spinner="Comparing clip by clip …")
def _claims(changed: tuple[tuple[str, int], ...]) -> list[Claim]:
    return claims_module.claims(folder=RESULTS_DIR)


def levels(measured: Study) -> list[Level]:
    """Return all levels of a study that have a run, on the folds that all of them have: others don't compare."""
    changed = _changed(f"{measured.name}.json")
    return [_level(measured, name, measured.name, changed) for name in measured.names]


@st.cache_data(max_entries=128, show_spinner=False)
def _level(_measured: Study, level: str, name: str, changed: tuple[int, ...]) -> Level:
    return _measured.level(level, folds=_measured.common_folds or None)


def gap(
    first: Study, level: str, second: Study, other: str, *, categories: tuple[str, ...] | None = None
) -> Difference:
    """Return how two levels differ, of one study or of two, on the clips of the folds that all their levels have.

    Raises
    ------
    TrainingError
        If they share no clip.
    """
    names = (first.name, level, second.name, other)
    return _gap(first, second, names, categories, _changed(f"{first.name}.json", f"{second.name}.json"))


@st.cache_data(max_entries=256, show_spinner=False)
def _gap(
    _first: Study,
    _second: Study,
    names: tuple[str, str, str, str],
    categories: tuple[str, ...] | None,
    changed: tuple[int, ...],
) -> Difference:
    # of a study that goes on, only the folds that its levels share, as everywhere on the page
    folds = sorted(set(_first.common_folds) & set(_second.common_folds)) or None
    one = _first.right(names[1], categories=categories, folds=folds)
    two = _second.right(names[3], categories=categories, folds=folds)
    return difference(one, two)


def shares(
    measured: Study, categories: tuple[str, ...], *, inside: bool
) -> dict[str, tuple[float, tuple[float, float]]]:
    """Return how many clips of some categories, or of all others, each level names rightly, with intervals."""
    return _shares(measured, measured.name, categories, inside, _changed(f"{measured.name}.json"))


@st.cache_data(max_entries=16, show_spinner=False)
def _shares(
    _measured: Study, name: str, categories: tuple[str, ...], inside: bool, changed: tuple[int, ...]
) -> dict[str, tuple[float, tuple[float, float]]]:
    return measured_module.shares(_measured, categories, inside=inside)


def leak() -> tuple[Study, list[LeakArm]] | None:
    """Return the repeated lesson on the leak; None if it was not measured yet."""
    measured = study("leak", "arm")
    return None if measured is None else (measured, leak_arms(measured))


def predictions_file() -> Path:
    """Return the table of the best model's out-of-fold predictions; it may not exist."""
    return RESULTS_DIR / f"{BEST_MODEL}-predictions.csv"


def predictions() -> Predictions | None:
    """Return the best model's out-of-fold predictions; None if they are not shipped.

    Raises
    ------
    ScoreError
        If the table is damaged.
    """
    path = predictions_file()
    return _predictions(str(path), path.stat().st_mtime_ns) if path.is_file() else None


@st.cache_resource(max_entries=2, show_spinner=False)
def _predictions(path: str, changed: int) -> Predictions:
    return read_predictions(Path(path))


@st.cache_data(max_entries=2, show_spinner=False)
def literature() -> pd.DataFrame:
    """Return published accuracies on ESC-50, with how their epoch was chosen."""
    return pd.read_csv(RESULTS_DIR / "literature.csv", keep_default_na=False)
