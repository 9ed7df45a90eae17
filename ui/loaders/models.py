"""Models, and their cards: those that everybody may use, and those of sets that this visitor may open."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from esc_core.dataset import own
from esc_core.inference import Predictor
from esc_core.inference.choice import default_model
from esc_core.models import installed
from esc_core.models.card import Card
from ui.loaders import visitor
from ui.loaders.changed import changed_at

MODELS_LOADED = 6
"""Models that stay loaded: beside the libraries, five networks of 1.2 million weights take 26 MB."""

LISTS_KEPT = 16
"""Lists of models that are kept: visitors with sets of their own see different ones."""

Changed = tuple[tuple[str, int], ...]


def predictor(name: str) -> Predictor:
    """Return a loaded model; the first call loads TensorFlow and says so.

    Raises
    ------
    ModelError
        If there is no such model or it is damaged.
    """
    folder = model_folder(name)
    changed = changed_at(folder / "card.json")
    _show_loading(str(folder), changed)
    return _predictor(str(folder), changed)


@st.cache_resource(max_entries=MODELS_LOADED, show_spinner="Loading the model – only the first time takes this long.")
def _show_loading(folder: str, changed: int) -> None:
    _predictor(folder, changed)


def default_predictor() -> Predictor | None:
    """Return the model that answers a visitor who has chosen none and has no data set; None if there is no model.

    No visitor needs to be there. The first call loads TensorFlow.

    Raises
    ------
    ModelError
        If it is damaged.
    """
    shared = own.set_folders(shared=True)
    card = default_model(installed.list_models(sets=shared))
    if card is None:
        return None
    folder = installed.find_model(card.name, sets=shared)
    return _predictor(str(folder), changed_at(folder / "card.json"))


# without the spinner, which needs a visitor
@st.cache_resource(max_entries=MODELS_LOADED, show_spinner=False)
def _predictor(folder: str, changed: int) -> Predictor:
    loaded = Predictor(folder)
    loaded.load()
    return loaded


def model_folder(name: str) -> Path:
    """Return the folder of a model that this visitor may use; raise ModelError if there is none of this name."""
    return installed.find_model(name, sets=visitor.model_sets())


# a resource, since each visitor would keep copies of his own, of thousands of objects; nothing changes a card
@st.cache_resource(max_entries=LISTS_KEPT, show_spinner=False)
def _cards(changed: Changed, sets: tuple[str, ...]) -> list[Card]:
    return installed.list_models(sets=[Path(folder) for folder in sets])


def cards() -> list[Card]:
    """Return the cards of all models that this visitor may use."""
    return list(_cards(*_state()))


@st.cache_data(max_entries=LISTS_KEPT, show_spinner=False)
def _damaged_models(changed: Changed, sets: tuple[str, ...]) -> dict[str, str]:
    return installed.damaged_models(sets=[Path(folder) for folder in sets])


def damaged_models() -> dict[str, str]:
    """Return why some of these models can't be used, a sentence for each by its name."""
    return _damaged_models(*_state())


def _state() -> tuple[Changed, tuple[str, ...]]:
    sets = visitor.model_sets()
    cards = installed.model_cards(sets=sets)
    return tuple((str(path), changed_at(path)) for path in cards.values()), tuple(map(str, sets))


def set_of(name: str) -> str | None:
    """Return the key of the set that a model belongs to, if this visitor has it; None for any other model."""
    return _keys_of_models().get(name)


def _keys_of_models() -> dict[str, str]:
    """Return the key of the set of each model that belongs to one of this visitor's, by the model's name."""
    paths, folders = installed.model_cards(sets=visitor.model_sets()), visitor.set_folders()
    return {name: own.name for name, path in paths.items() for own in folders if own in path.parents}


def cards_of(key: str) -> list[Card]:
    """Return the cards of a set's models, the latest first."""
    keys = _keys_of_models()  # once, since it looks at the disk
    found = [card for card in cards() if keys.get(card.name) == key]
    return sorted(found, key=lambda card: model_changed(card.name), reverse=True)


def model_changed(name: str) -> int:
    """Return when a model's card was changed, in ns; for the keys of caches.

    Raises
    ------
    ModelError
        If there is no such model.
    """
    return changed_at(model_folder(name) / "card.json")
