"""A stranger's data set in ESC-50's layout: three folds, categories of its own, no esc10, no take."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from streamlit.testing.v1 import AppTest

from esc_core import cli
from esc_core.dataset import load_dataset, own, remember_folder
from esc_core.dataset.provenance import data_name, set_name
from tests.browser.serve import ROOT
from tests.small_runs import write_tones

CHOSEN: dict[str, dict[str, object]] = {
    "explore": {"fold": [5], "group": ["animals"]},
    "train": {"own:val_fold": 5, "own:test_fold": 4},
}
"""Choices by page and key that the stranger's data does not offer."""

CATEGORIES = ("doorbell", "kettle", "squeaky toy")


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Folder of 18 tones and hisses: two recordings of each category in each of three folds."""
    root = tmp_path / "kitchen sounds"
    rng = np.random.default_rng(0)
    for part in ("audio", "meta"):
        (root / part).mkdir(parents=True)
    lines = ["filename,fold,target,category,src_file"]
    for k, category in enumerate(CATEGORIES):
        for i in range(6):
            seconds = 0.5 + 0.7 * i
            t = np.arange(int(8_000 * seconds)) / 8_000
            y = 0.3 * np.sin(2 * np.pi * 300 * (k + 1) * t) + 0.01 * rng.standard_normal(len(t))
            name = f"{category.replace(' ', '-')}-{i}.wav"
            sf.write(root / "audio" / name, y, 8_000)
            lines.append(f"{name},{1 + i % 3},{k},{category},{category[0]}{i}")
    (root / "meta" / "esc50.csv").write_text("\n".join(lines) + "\n")
    return root


def opened(page: str, **parameters: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.run()
    app.switch_page(f"pages/{page}.py")
    app.query_params.update(parameters)
    app.run()
    assert not app.exception
    return app


def chip(app: AppTest) -> str:
    return next(button.label for button in app.button if button.key == "data_chip")


def pills(app: AppTest, label: str) -> list[str]:
    return next(list(group.options) for group in app.button_group if group.label == label)


def test_it_is_read_as_it_is(foreign: Path) -> None:
    dataset = load_dataset(foreign)
    assert dataset.fold_numbers == (1, 2, 3)
    assert {clip.group for clip in dataset.clips} == {"other"}
    assert {(clip.esc10, clip.take) for clip in dataset.clips} == {(False, "A")}
    assert (set_name(dataset), data_name(dataset)) == ("kitchen sounds", "kitchen sounds, 8 kHz, 16-bit")


@pytest.mark.parametrize(
    ("page", "parameters"),
    [
        ("explore", {}), ("explore", {"view": "table"}), ("explore", {"view": "overview"}),
        ("explore", {"view": "guess"}), ("explore", {"clip": "doorbell-2"}), ("augment", {"clip": "kettle-1"}),
        ("train", {"show": "Set it up"}), ("train", {}), ("classify", {"from": "clip", "clip": "kettle-1"}),
        ("results", {}),
    ],
)  # fmt: skip
def test_every_page_shows_it_under_its_name(foreign: Path, page: str, parameters: dict[str, str]) -> None:
    """Nowhere is it ESC-50, and none of its clips an animal."""
    remember_folder(foreign)
    app = opened(page, **parameters)
    assert chip(app) == "kitchen sounds · 18 clips"
    assert not any("animals" in text.value for text in app.markdown if "doorbell" in text.value)


def test_explore_filters_by_what_there_is(foreign: Path) -> None:
    remember_folder(foreign)
    app = opened("explore")
    assert pills(app, "Fold") == ["1", "2", "3"]
    assert pills(app, "Group") == ["other"]


def test_choices_of_other_data_are_forgotten(foreign: Path, tmp_path: Path) -> None:
    """The folder is changed while fold 5 is chosen, to filter, to validate and to seal."""
    remember_folder(write_tones(tmp_path / "tones", per_fold=2))
    for page, keys in CHOSEN.items():
        app = opened(page, **({"show": "Set it up"} if page == "train" else {}))
        for key, value in keys.items():
            next(group for group in app.button_group if group.key == key).set_value(value)
        app.run()
        remember_folder(foreign)
        app.run()
        assert not app.exception
        assert pills(app, "Fold" if page == "explore" else "Validation fold") == ["1", "2", "3"]
        remember_folder(tmp_path / "tones")


def test_train_offers_its_folds(foreign: Path) -> None:
    remember_folder(foreign)
    app = opened("train", show="Set it up")
    assert pills(app, "Validation fold") == pills(app, "Sealed test fold") == ["1", "2", "3"]


def test_a_set_of_ones_own_goes_by_its_name(foreign: Path) -> None:
    """Not by its key, which is the name of the folder; and without a fold Train says why it can't begin."""
    found = own.create("Our *school*")
    for category in ("bell", "keys"):
        found.add_category(category)
        found.add_sample(np.sin(np.arange(8_000) / 9), 8_000, category=category, title="t", source="file")
    remember_folder(found.folder)
    assert chip(opened("explore")) == r"Our \*school\* · 2 clips"
    app = opened("train", show="Set it up")
    assert [warning.value for warning in app.warning] == [
        "All clips are in fold 0, which is never held out, so no test is possible. A run needs a fold to validate on."
    ]


def test_the_command_line_takes_it(foreign: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["data", "info", "--dir", str(foreign)]) == 0
    out = capsys.readouterr().out
    assert "name        kitchen sounds\n" in out
    assert "folds       1: 6, 2: 6, 3: 6\n" in out
    assert out.endswith("folds       1: 6, 2: 6, 3: 6\n")  # and nothing odd about them
    assert cli.main(["data", "validate", "--dir", str(foreign)]) == 0
    assert cli.main(["train", "--data", str(foreign), "--val-fold", "4", "--epochs", "1"]) == 1
    assert "there is no clip in fold 4" in capsys.readouterr().err
