"""Which model answers unless another is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from esc_core.errors import ModelError
from esc_core.models.card import Card
from esc_core.yamnet import missing_trunk


def default_model(cards: Sequence[Card]) -> Card | None:
    """Return the card of the best model that can be used on this computer.

    Parameters
    ----------
    cards : sequence of Card
        All models, as `esc_core.models.installed.list_models` returns them.

    Returns
    -------
    Card or None
        Of the models with a score over ESC-50's five folds the best, without those that need YAMNet's trunk where it is
        not there; the first usable one if none has a score; None if there is none.
    """
    missing = missing_trunk()
    usable = [card for card in cards if not (missing and card.needs_trunk)]
    scored = [card for card in usable if "esc50" in card.details.get("scores", {})]
    return max(scored, key=lambda card: card.mean_accuracy() or 0.0) if scored else next(iter(usable), None)


def require_model(cards: Sequence[Card]) -> Card:
    """Return the same, or raise ModelError if there is no model that can be used."""
    if (card := default_model(cards)) is None:
        raise ModelError("there is no model that can be used here")
    return card
