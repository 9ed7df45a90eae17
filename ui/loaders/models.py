"""Models, and their cards."""

from __future__ import annotations

import streamlit as st

from esc_core.inference import Predictor
from esc_core.models.card import Card
from esc_core.models.installed import damaged_models, find_model, list_models, model_cards
from ui.loaders.changed import changed_at

MODELS_LOADED = 6
"""Models that stay loaded: beside the libraries, five networks of 1.2 million weights take 26 MB."""


def predictor(name: str) -> Predictor:
    """Return a loaded model; the first call loads TensorFlow and says so.

    Raises
    ------
    ModelError
        If there is no such model or it is damaged.
    """
    folder = find_model(name)
    return _predictor(str(folder), changed_at(folder / "card.json"))


@st.cache_resource(max_entries=MODELS_LOADED, show_spinner="Loading the model – only the first time takes this long.")
def _predictor(folder: str, changed: int) -> Predictor:
    loaded = Predictor(folder)
    loaded.load()
    return loaded


@st.cache_data(max_entries=1, show_spinner=False)
def _cards(changed: tuple[tuple[str, int], ...]) -> list[Card]:
    return list_models()


def cards() -> list[Card]:
    """Return the cards of all models that are here."""
    return _cards(_changed_cards())


@st.cache_data(max_entries=1, show_spinner=False)
def _damaged_models(changed: tuple[tuple[str, int], ...]) -> list[str]:
    return damaged_models()


def damaged_model_sentences() -> list[str]:
    """Return why some models can't be used, a sentence for each."""
    return _damaged_models(_changed_cards())


def _changed_cards() -> tuple[tuple[str, int], ...]:
    return tuple((str(path), changed_at(path)) for path in model_cards())


def model_changed(name: str) -> int:
    """Return when a model's card was changed, in ns; for the keys of caches.

    Raises
    ------
    ModelError
        If there is no such model.
    """
    return changed_at(find_model(name) / "card.json")
