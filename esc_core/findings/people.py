"""The best model next to people: recalls and confusion matrices of the same categories."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from esc_core.config import ASSETS_DIR
from esc_core.dataset import group_of
from esc_core.dataset.categories import CATEGORIES
from esc_core.measures import metrics
from esc_core.scoring.predictions import Predictions

HUMAN_FILE = ASSETS_DIR / "esc50-human.csv"
"""All 3939 answers of the listening test that passed its quality control (Piczak 2015)."""

ORDERS = ("group", "hardest for the model", "hardest for people", "largest difference", "name")
"""Orders of the categories."""


def human_confusion(path: Path = HUMAN_FILE) -> np.ndarray:
    """Return the confusion matrix of people's answers.

    Parameters
    ----------
    path : pathlib.Path
        Columns ``category``, ``answer``, ``count``.

    Returns
    -------
    numpy.ndarray, shape (50, 50), int
        Rows true, columns answered, in the order of ESC-50's targets.
    """
    answers = pd.read_csv(path)
    counts = np.zeros((len(CATEGORIES), len(CATEGORIES)), int)
    rows = [CATEGORIES.index(name) for name in answers["category"]]
    columns = [CATEGORIES.index(name) for name in answers["answer"]]
    np.add.at(counts, (rows, columns), answers["count"].to_numpy())
    return counts


def model_confusion(predictions: Predictions) -> np.ndarray:
    """Return the confusion matrix of a model's predictions.

    Returns
    -------
    numpy.ndarray, shape (50, 50), int
        Rows true, columns predicted, in the order of ESC-50's targets; predictions of no category are left out.
    """
    known = predictions.predicted >= 0
    return metrics.confusion(predictions.labels[known], predictions.predicted[known], n_classes=len(CATEGORIES))


def mistakes(model: np.ndarray, people: np.ndarray) -> pd.DataFrame:
    """Return each kind of mistake that the model makes, the most frequent first, and how often people make it.

    Parameters
    ----------
    model, people : numpy.ndarray, shape (50, 50), int
        Confusion matrices: rows true, columns predicted.

    Returns
    -------
    pandas.DataFrame
        ``category``, ``guessed``, ``clips`` (those of the model), and its share of the category's clips, 0–1, for
        ``model`` and ``people``.
    """
    shares = [counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) for counts in (model, people)]
    rows, columns = np.nonzero(model * (1 - np.eye(len(model), dtype=int)))
    table = pd.DataFrame(
        {
            "category": [CATEGORIES[row] for row in rows],
            "guessed": [CATEGORIES[column] for column in columns],
            "clips": model[rows, columns],
            "model": shares[0][rows, columns],
            "people": shares[1][rows, columns],
        }
    )
    return table.sort_values(["model", "people"], ascending=False, kind="stable", ignore_index=True)


def recalls(model: np.ndarray, people: np.ndarray) -> pd.DataFrame:
    """Return each category's recall for the model and for people.

    Parameters
    ----------
    model, people : numpy.ndarray, shape (50, 50), int
        From `model_confusion` and `human_confusion`.

    Returns
    -------
    pandas.DataFrame
        ``category``, ``group``, ``model``, ``people`` (0–1), ``difference`` (model minus people), a row per target.
    """
    return pd.DataFrame(
        {
            "category": CATEGORIES,
            "group": [group_of(name) for name in CATEGORIES],
            "model": np.diag(model) / np.maximum(model.sum(axis=1), 1),
            "people": np.diag(people) / np.maximum(people.sum(axis=1), 1),
        }
    ).assign(difference=lambda table: table["model"] - table["people"])


def order_of(table: pd.DataFrame, order: str) -> Sequence[int]:
    """Return the targets in an order of `ORDERS`.

    Parameters
    ----------
    table : pandas.DataFrame
        From `recalls`.
    order : str
        "group" keeps ESC-50's own order, which goes group by group.

    Returns
    -------
    sequence of int
        Targets.
    """
    column = {"hardest for the model": "model", "hardest for people": "people", "name": "category"}.get(order)
    if order == "group":
        return list(range(len(table)))
    if column is None:
        return list(table["difference"].abs().sort_values(ascending=False, kind="stable").index)
    return list(table[column].sort_values(kind="stable").index)
