"""What the Results page reads, computed once for all sessions, and again when a table changes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from esc_core.findings import claims as claims_module
from esc_core.findings import levels as levels_module
from esc_core.findings import questions as questions_module
from esc_core.findings import robust
from esc_core.findings.answers import compare_ingredients
from esc_core.findings.beyond import UNKNOWN_FILE, RuleScore, read_rules
from esc_core.findings.claim import Claim
from esc_core.findings.generated import read_outcome
from esc_core.findings.measured import RESULTS_DIR, Level, Study
from esc_core.findings.published import FILE, read_published
from esc_core.findings.questions import Question, find_study
from esc_core.generate.worth import outcome as outcome_module
from esc_core.generate.worth.judged import Judged
from esc_core.generate.worth.outcome import Outcome
from esc_core.measures.bootstrap import Difference
from esc_core.robustness.rows import Row
from esc_core.scoring.predictions import Predictions, read_predictions
from esc_core.unsupervised import compare
from esc_core.unsupervised.agreement import Measure
from ui import loaders

BEST_MODEL = "mel_cnn"
"""The model whose out-of-fold predictions are shipped."""


TABLES = (robust.FILE, UNKNOWN_FILE, compare.FILE, FILE, outcome_module.FILE)
"""Tables that are no study's."""


def _changed(*names: str) -> tuple[int, ...]:
    paths = (RESULTS_DIR / name for name in names)
    return tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)


def study(name: str) -> Study | None:
    """Return a study's tables; None if nothing has been measured yet.

    Raises
    ------
    TrainingError
        If they are damaged.
    """
    return _study(name, _changed(f"{name}.json"))  # the last one that is written


@st.cache_resource(max_entries=16, show_spinner=False)
def _study(name: str, changed: tuple[int, ...]) -> Study | None:
    return find_study(name, folder=RESULTS_DIR)


def _any_changed() -> tuple[tuple[str, int], ...]:
    tables = (*RESULTS_DIR.glob("*.json"), *(RESULTS_DIR / name for name in TABLES if (RESULTS_DIR / name).is_file()))
    return tuple(sorted((path.name, path.stat().st_mtime_ns) for path in tables))


def answer(question: Question) -> str | None:
    """Return what answers a question; None if it has not been measured yet.

    Raises
    ------
    TrainingError
        If a table is damaged.
    """
    return _answer(question, question.name, _any_changed())


@st.cache_data(max_entries=32, show_spinner="Comparing clip by clip …")
def _answer(_question: Question, name: str, changed: tuple[tuple[str, int], ...]) -> str | None:
    return questions_module.answer(_question, folder=RESULTS_DIR)


def claims() -> list[Claim]:
    """Return the original study's claims with our measurements."""
    return _claims(_any_changed())


@st.cache_data(max_entries=2, show_spinner="Comparing clip by clip …")
def _claims(changed: tuple[tuple[str, int], ...]) -> list[Claim]:
    return claims_module.claims(folder=RESULTS_DIR)


def levels(measured: Study) -> list[Level]:
    """Return all levels of a study that have a run, on the folds that all of them have, on which they compare."""
    changed = _changed(f"{measured.name}.json")
    return [_level(measured, name, measured.name, changed) for name in measured.names]


@st.cache_data(max_entries=128, show_spinner=False)
def _level(_measured: Study, level: str, name: str, changed: tuple[int, ...]) -> Level:
    return _measured.level(level, folds=_measured.common_folds or None)


def ingredients(ablation: Study, whole: Study) -> dict[str, tuple[str, Difference]]:
    """Return each level of the ablation compared with the recipe that it changes.

    Raises
    ------
    TrainingError
        If they share no clip.
    """
    return _ingredients(ablation, whole, _changed(f"{ablation.name}.json", f"{whole.name}.json"))


@st.cache_data(max_entries=2, show_spinner=False)
def _ingredients(_ablation: Study, _whole: Study, changed: tuple[int, ...]) -> dict[str, tuple[str, Difference]]:
    return compare_ingredients(_ablation, _whole)


def shares(
    measured: Study, categories: tuple[str, ...], *, inside: bool
) -> dict[str, tuple[float, tuple[float, float]]]:
    """Return each level's share of correctly classified clips of some categories, or of all others, with intervals."""
    return _shares(measured, measured.name, categories, inside, _changed(f"{measured.name}.json"))


@st.cache_data(max_entries=16, show_spinner=False)
def _shares(
    _measured: Study, name: str, categories: tuple[str, ...], inside: bool, changed: tuple[int, ...]
) -> dict[str, tuple[float, tuple[float, float]]]:
    return levels_module.shares(_measured, categories, inside=inside)


def robust_models() -> dict[str, list[Row]]:
    """Return each model's scores under corruptions; empty if there are none.

    Raises
    ------
    TrainingError
        If the table is damaged.
    """
    return _robust_models(_changed(robust.FILE))


@st.cache_resource(max_entries=2, show_spinner=False)
def _robust_models(changed: tuple[int, ...]) -> dict[str, list[Row]]:
    return robust.robust_models(RESULTS_DIR)


def unknown_rules() -> list[RuleScore]:
    """Return the scores of the rules that know an unknown sound; see `esc_core.findings.beyond.read_rules`."""
    return _unknown_rules(_changed(UNKNOWN_FILE))


@st.cache_data(max_entries=2, show_spinner=False)
def _unknown_rules(changed: tuple[int, ...]) -> list[RuleScore]:
    return read_rules(RESULTS_DIR)


def without_labels() -> dict[str, list[Measure]]:
    """Return what embeddings tell of the categories; see `esc_core.unsupervised.compare.read_rows`."""
    return _without_labels(_changed(compare.FILE))


@st.cache_data(max_entries=2, show_spinner=False)
def _without_labels(changed: tuple[int, ...]) -> dict[str, list[Measure]]:
    return compare.read_rows(RESULTS_DIR)


def generated() -> Outcome | None:
    """Return whether generated sounds help a classifier; see `esc_core.findings.generated.read_outcome`."""
    return _generated(_changed(outcome_module.FILE))


@st.cache_data(max_entries=2, show_spinner=False)
def _generated(changed: tuple[int, ...]) -> Outcome | None:
    return read_outcome(RESULTS_DIR)


def judged() -> list[Judged]:
    """Return what was found of each generator; see `esc_core.generate.worth.judged.read_judged`."""
    return loaders.judged(RESULTS_DIR)


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
    """Return published accuracies on ESC-50; see `esc_core.findings.published.read_published`."""
    return read_published()
