"""A model folder with small untrained networks, for tests of everything around a model."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import keras

from esc_core.config import TrainConfig
from esc_core.disk.files import write_json
from esc_core.inference import crop_frames
from esc_core.models import architecture
from esc_core.models.card import WHOLE, Calibration, Card
from esc_core.models.folder import model_path

LABELS = ("dog", "rooster", "rain")


@cache
def _network(model: str, width: int, n_classes: int, seed: int) -> bytes:
    """Return a network as a file; it is built once for all tests of a process."""
    config = TrainConfig(model=model, width=width, augment=architecture(model).chain, dropout=0.0)
    keras.utils.set_random_seed(seed)
    network = architecture(model).build(config, n_classes=n_classes, mean=-4.0, std=2.0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.keras"
        network.save(path)
        return path.read_bytes()


def write_small_model(
    folder: Path, *, labels: tuple[str, ...] = LABELS, width: int = 2, model: str = "mel_cnn"
) -> Card:
    """Write a model folder whose networks have seeded random weights, another for each fold."""
    folder.mkdir(parents=True)
    config = TrainConfig(model=model, width=width, augment=architecture(model).chain)
    for fold in range(1, 6):
        model_path(folder, fold).write_bytes(_network(model, width, len(labels), fold))
    keys = [*"12345", "deployment"]
    card = Card(
        name=folder.name,
        input=architecture(model).input,
        labels=labels,
        features=config.features,
        train_config=config,
        crop_frames=crop_frames(config.augment),
        folds=(1, 2, 3, 4, 5),
        calibration={key: Calibration(1.0, 0.9 if key == "deployment" else 0.0) for key in keys},
        details={
            "clips": WHOLE,
            "scores": {
                "esc50": {
                    "data": "untrained",
                    "fold_accuracy": [0.3] * 5,
                    "development_fold": 1,
                    "mean": 0.3,
                    "mean_without_development_fold": 0.3,
                    "top_5": 1.0,
                }
            },
            "category_recall": dict.fromkeys(labels, 0.3),
            "not_sure": {"coverage": 0.5, "error": 0.5},
            "note": "Untrained, for tests.",
            "licence": "None: random numbers.",
        },
    )
    write_json(folder / "card.json", card.to_dict())
    return card
