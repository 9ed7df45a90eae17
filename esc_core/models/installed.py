"""All models that are here: those that are shipped, those that were trained here, and those of sets of one's own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from esc_core.config import ASSETS_DIR, esc_home, require
from esc_core.dataset.layout import OWN_MODELS
from esc_core.errors import ModelError, ParameterError
from esc_core.models.card import Card
from esc_core.models.folder import card_path, read_card

MODELS_DIR = ASSETS_DIR / "models"
"""Folder of the shipped models."""


def own_models_dir() -> Path:
    """Return the folder of the models that were trained here; it may not exist yet."""
    return esc_home() / "models"


def model_cards(folder: Path | None = None, *, sets: Iterable[Path] = ()) -> dict[str, Path]:
    """Return the paths of all cards: of the shipped models, of those trained here, and of those of some sets.

    Of two models with one name, only the first is there, so that `find_model` and the menu of models mean the same one.
    Only a set's model is never hidden: it gets another name.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Only the models in this folder.
    sets : iterable of pathlib.Path
        Folders of data sets of one's own whose models are wanted, too: those that the user may open.

    Returns
    -------
    dict of str to pathlib.Path
        Every ``card.json`` by the model's name.
    """
    found: dict[str, Path] = {}
    for path in (path for folder in ([folder] if folder else _model_folders()) for path in _cards_in(folder)):
        found.setdefault(path.parent.name, path)
    for own in sets:
        for path in _cards_in(own / OWN_MODELS):
            name = path.parent.name
            # not the key itself, which opens the set
            mark = hashlib.sha256(own.name.encode()).hexdigest()[:6]
            found[f"{name}-{mark}" if name in found else name] = path
    return found


def _model_folders() -> list[Path]:
    try:
        return [MODELS_DIR, own_models_dir()]
    except ParameterError:  # ESC_HOME can't be a path, which the pages say
        return [MODELS_DIR]


def _cards_in(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob(f"[!.]*/{card_path(Path()).name}"))
    except OSError:  # not ours to read
        return []


def list_models(folder: Path | None = None, *, sets: Iterable[Path] = ()) -> list[Card]:
    """Return the cards of all models, or of those in a folder; `damaged_models` has the damaged ones.

    A model has the name here by which `find_model` finds it; see `model_cards` for the parameters.
    """
    cards = []
    for name, path in model_cards(folder, sets=sets).items():
        try:
            cards.append(replace(read_card(path.parent), name=name))
        except ModelError:
            continue
    return cards


def damaged_models(folder: Path | None = None, *, sets: Iterable[Path] = ()) -> dict[str, str]:
    """Return why models can't be used, a sentence for each by its name; see `model_cards` for the parameters."""
    problems = {}
    for name, path in model_cards(folder, sets=sets).items():
        try:
            read_card(path.parent)
        except ModelError as error:
            problems[name] = str(error)
    return problems


def plain_name(name: str) -> str:
    """Return the name of a model; raise ParameterError if it is not that of a plain folder."""
    plain = name != "" and Path(name).name == name and not name.startswith(".")
    require(plain, "name must be that of a plain folder", name)
    return name


def find_model(name: str, folder: Path | None = None, *, sets: Iterable[Path] = ()) -> Path:
    """Return the folder of a model by its name; see `model_cards` for the parameters.

    Raises
    ------
    ModelError
        If there is none of this name; the message lists the names there are.
    """
    cards = model_cards(folder, sets=sets)
    if name not in cards:
        raise ModelError(f"no model is called {name!r}; there are: {', '.join(sorted(cards)) or 'none'}")
    return cards[name].parent
