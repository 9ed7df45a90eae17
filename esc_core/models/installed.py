"""All models that are here: those that are shipped, and those that were trained here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from esc_core.config import ASSETS_DIR, esc_home, require
from esc_core.errors import ModelError, ParameterError
from esc_core.models.card import Card
from esc_core.models.folder import card_path, read_card

MODELS_DIR = ASSETS_DIR / "models"
"""Folder of the shipped models."""


def own_models_dir() -> Path:
    """Return the folder of the models that were trained here; it may not exist yet."""
    return esc_home() / "models"


def model_cards(folder: Path | None = None) -> list[Path]:
    """Return the paths of all cards: of the shipped models, then of those trained here, each by name.

    Of two models with one name, only the first is there: `find_model` and the menu of models mean the same one.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Only the models in this folder.

    Returns
    -------
    list of pathlib.Path
        Every ``card.json``.
    """
    found: dict[str, Path] = {}
    for path in (path for folder in ([folder] if folder else _model_folders()) for path in _cards_in(folder)):
        found.setdefault(path.parent.name, path)
    return list(found.values())


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


def list_models(folder: Path | None = None) -> list[Card]:
    """Return the cards of all models, or of those in a folder, by name; `damaged_models` has the damaged ones.

    A model has its folder's name here, by which `find_model` finds it.
    """
    cards = []
    for path in model_cards(folder):
        try:
            cards.append(replace(read_card(path.parent), name=path.parent.name))
        except ModelError:
            continue
    return cards


def damaged_models(folder: Path | None = None) -> list[str]:
    """Return why models can't be used, a sentence for each."""
    problems = []
    for path in model_cards(folder):
        try:
            read_card(path.parent)
        except ModelError as error:
            problems.append(str(error))
    return problems


def plain_name(name: str) -> str:
    """Return the name of a model; raise ParameterError if it is not that of a plain folder."""
    plain = name != "" and Path(name).name == name and not name.startswith(".")
    require(plain, "name must be that of a plain folder", name)
    return name


def find_model(name: str, folder: Path | None = None) -> Path:
    """Return the folder of a model by its name.

    Raises
    ------
    ModelError
        If there is none of this name; the message lists the names there are.
    """
    folders = {path.parent.name: path.parent for path in model_cards(folder)}
    if name not in folders:
        raise ModelError(f"no model is called {name!r}; there are: {', '.join(sorted(folders)) or 'none'}")
    return folders[name]
