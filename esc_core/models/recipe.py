"""What is said about a run → all its settings, by one rule for presets, command line, Train page and studies."""

from __future__ import annotations

from typing import Any

from esc_core.config import TrainConfig, former_names_replaced, usual_schedule
from esc_core.models.registry import architecture, with_usual_chain


def recipe(settings: dict[str, Any], *, n_epochs: int | None = None) -> TrainConfig:
    """Return the settings of a run; what is not given is as usual.

    A chain that is not given is the network's usual one, and a chain without a crop gets the usual crop. Warm-up and
    final epochs without mixing that are not given follow `esc_core.config.usual_schedule`.

    Parameters
    ----------
    settings : dict
        Values of TrainConfig, such as those of a file.
    n_epochs : int, optional
        Train for this many epochs instead; see `TrainConfig.with_epochs`.

    Returns
    -------
    TrainConfig
        All settings.

    Raises
    ------
    ModelError
        If there is no such architecture.
    ParameterError
        On an unknown name or a value outside its range.
    """
    given = former_names_replaced(settings)
    given = usual_schedule(given.get("n_epochs", TrainConfig.n_epochs)) | given
    config = TrainConfig.from_dict(_with_crop(with_usual_chain(given)))
    return config if n_epochs is None else config.with_epochs(n_epochs)


def _with_crop(settings: dict[str, Any]) -> dict[str, Any]:
    model, chain = settings.get("model", TrainConfig.model), settings.get("augment")
    if not isinstance(model, str) or not isinstance(chain, list | tuple):
        return settings  # TrainConfig has the sentence for it
    if not all(isinstance(step, dict) for step in chain):
        return settings  # the same
    return settings | {"augment": architecture(model).with_crop(list(chain))}
