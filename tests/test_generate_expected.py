"""How long a generator's training will take: what was timed, added up; and the process that times it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from esc_core.config import GeneratorConfig, esc_home
from esc_core.dataset import load_dataset
from esc_core.errors import TrainingError
from esc_core.features import extract
from esc_core.generate.training import expected
from esc_core.generate.training.expected import expected_seconds, known_seconds
from esc_core.generate.training.presets import PRESETS
from esc_core.training.fit.dtype import MIXED, PLAIN, remember_dtype
from esc_core.training.process.measure import start_measuring
from tests.small_runs import TINY, write_tones

CONFIG = GeneratorConfig(
    n_epochs=10, batch_size=4, width=4, n_latent=4, features=TINY.features,
    augment=({"name": "crop_stretch", "n_frames": 32, "rate": 1.0},),
)  # fmt: skip


@pytest.fixture
def tones(tmp_path: Path) -> Path:
    """Write thirty clips in three categories and five folds."""
    return write_tones(tmp_path / "tones")


def test_what_was_timed_is_added_up(tones: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """24 clips to train on are 6 steps of 4; clips in the cache cost nothing; another size is timed by itself."""
    timed: list[GeneratorConfig] = []

    def time_parts(config: GeneratorConfig, *, n_classes: int, clock: object) -> dict[str, float]:
        timed.append(config)
        return {"overhead": 20.0, "epoch": 0.5, "step": 0.25}

    monkeypatch.setattr(expected, "time_parts", time_parts)
    dataset = load_dataset(tones)
    assert known_seconds(CONFIG, dataset) is None
    training = 20 + 10 * (0.5 + 6 * 0.25)
    ticks = iter(range(1000))
    with_reading = expected_seconds(CONFIG, dataset, clock=lambda: float(next(ticks)))
    assert with_reading > training
    extract(dataset, CONFIG.features)
    assert known_seconds(CONFIG, dataset) == pytest.approx(training)
    assert expected_seconds(replace(CONFIG, n_epochs=20), dataset) == pytest.approx(20 + 20 * (0.5 + 6 * 0.25))
    assert len(timed) == 1
    assert known_seconds(replace(CONFIG, width=8), dataset) is None
    assert known_seconds(replace(CONFIG, dtype=MIXED), dataset) is None
    (esc_home() / "generator_seconds.json").write_text('{"a": 1}')
    assert known_seconds(CONFIG, dataset) is None
    with pytest.raises(TrainingError, match="has no category 'whale'"):
        expected_seconds(replace(CONFIG, categories=("dog", "whale")), dataset)


def test_the_precision_is_that_of_the_run(tones: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With "auto" it is timed in the precision that the run will take, and known only once that is known."""
    timed: list[str] = []

    def time_parts(config: GeneratorConfig, *, n_classes: int, clock: object) -> dict[str, float]:
        timed.append(config.dtype)
        return {"overhead": 1.0, "epoch": 0.0, "step": 1.0}

    monkeypatch.setattr(expected, "time_parts", time_parts)
    dataset, auto = load_dataset(tones), replace(CONFIG, dtype="auto")
    expected_seconds(replace(CONFIG, dtype=MIXED), dataset)
    assert known_seconds(auto, dataset) is None
    remember_dtype(expected._like(auto), {PLAIN: 2.0, MIXED: 1.0})
    assert known_seconds(auto, dataset) is not None
    remember_dtype(expected._like(auto), {PLAIN: 1.0, MIXED: 2.0})
    assert known_seconds(auto, dataset) is None
    expected_seconds(auto, dataset)
    assert timed == [MIXED, PLAIN]


def test_it_is_timed_in_a_process_of_its_own(tones: Path) -> None:
    """The process stores what the page needs; this one has not loaded the networks."""
    dataset = load_dataset(tones)
    assert start_measuring(CONFIG, tones).wait(timeout=170) == 0
    seconds = known_seconds(CONFIG, dataset)
    assert seconds is not None
    assert 0 < seconds < 3600


def test_no_preset_claims_a_time() -> None:
    """What it says of time is measured where it is trained."""
    for preset in PRESETS.values():
        said = f"{preset.title} {preset.summary} {preset.name}".lower()
        assert not [word for word in ("minute", "hour", "second") if word in said]
