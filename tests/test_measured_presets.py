"""What `measured_presets.py` writes is what the pages ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from esc_core.dataset import load_dataset
from esc_core.generate.training import expected as generators
from esc_core.generate.training import presets as generator_presets
from esc_core.training import presets
from esc_core.training.timing import expected
from tests.measured_presets import remember_presets
from tests.small_starter import write_small_starter


def test_no_preset_is_left_to_measure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has a time in that home, and none in another one."""
    home, data = tmp_path / "home", write_small_starter(tmp_path / "starter")
    dataset = load_dataset(data)
    trained = [preset.config(dataset) for preset in presets.PRESETS.values()]
    generated = [preset.config(dataset) for preset in generator_presets.PRESETS.values()]

    def known() -> set[bool]:
        return {
            *(expected.known_seconds(config, dataset) is not None for config in trained),
            *(generators.known_seconds(config, dataset) is not None for config in generated),
        }

    remember_presets(home, data)
    assert known() == {False}
    monkeypatch.setenv("ESC_HOME", str(home))
    assert known() == {True}
