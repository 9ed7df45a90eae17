"""Precision: the faster one is chosen by a measurement that leaves nothing behind."""

from __future__ import annotations

from itertools import count

import keras
import pytest

from esc_core.config import TrainConfig, esc_home
from esc_core.models import architecture
from esc_core.training.fit import dtype as module
from esc_core.training.fit.dtype import N_STEPS, N_TRIES, fastest_dtype, step_seconds


@pytest.mark.parametrize(
    ("seconds", "chosen"),
    [
        ({"float32": 1.0, "mixed_bfloat16": 0.5}, "mixed_bfloat16"),
        ({"float32": 1.0, "mixed_bfloat16": 0.95}, "float32"),
        ({"float32": 1.0, "mixed_bfloat16": 2.0}, "float32"),
    ],
)
def test_the_faster_is_chosen(monkeypatch: pytest.MonkeyPatch, seconds: dict[str, float], chosen: str) -> None:
    """Mixed precision has to save a tenth of the time."""
    monkeypatch.setattr(module, "step_seconds", lambda config: seconds)
    assert fastest_dtype(TrainConfig()) == chosen


def test_it_is_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a network and a batch of its size; what can't be read is measured again."""
    measured: list[TrainConfig] = []

    def measure(config: TrainConfig) -> dict[str, float]:
        measured.append(config)
        return {"float32": 2.0, "mixed_bfloat16": 1.0}

    monkeypatch.setattr(module, "step_seconds", measure)
    wide = TrainConfig(width=32)
    for config in (TrainConfig(), TrainConfig(seed=3, val_fold=2), wide, TrainConfig(), wide):
        assert fastest_dtype(config) == "mixed_bfloat16"
    assert measured == [TrainConfig(), wide]
    for path in (esc_home() / "dtypes").iterdir():
        path.write_text('{"dtype": "float7"}')
    assert fastest_dtype(wide) == "mixed_bfloat16"
    assert measured[2:] == [wide]


@pytest.mark.parametrize("model", ["mel_cnn", "wave_cnn"])
def test_both_are_measured(model: str) -> None:
    """In turns, by the quickest of their steps; the policy of the process is as before."""
    config = TrainConfig(model=model, width=1, batch_size=2, augment=architecture(model).chain)
    before = keras.config.dtype_policy()
    readings = count()
    measured = step_seconds(config, n_classes=3, clock=lambda: float(next(readings)))
    assert measured == {"float32": 1.0, "mixed_bfloat16": 1.0}
    assert next(readings) == 4 * N_STEPS
    assert keras.config.dtype_policy() == before


def test_the_hopeless_one_is_left_out() -> None:
    """After two tries only the quicker one is measured further."""
    # a clock whose n-th reading is n², so that each step takes longer than the one before
    readings = count()
    config = TrainConfig(width=1, batch_size=2)
    measured = step_seconds(config, n_classes=3, clock=lambda: float(next(readings) ** 2))
    assert measured == {"float32": 1.0, "mixed_bfloat16": 5.0}
    assert next(readings) == 4 * N_TRIES + 2 * (N_STEPS - N_TRIES)
