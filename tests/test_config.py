"""Settings: every range with its message, JSON there and back, unknown names, and where things live."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from esc_core.config import MEL_CHAIN, FeatureConfig, TrainConfig, esc_home
from esc_core.errors import EscError, ParameterError

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sr": 3_999, "fmax": 1_000.0}, "sr must be in [4000, 192000] Hz, got 3999"),
        ({"sr": 192_001}, "sr must be in [4000, 192000] Hz, got 192001"),
        ({"n_fft": 30}, "n_fft must be in [32, 16384] samples, got 30"),
        ({"n_fft": 16_386}, "n_fft must be in [32, 16384] samples, got 16386"),
        ({"n_fft": 1_023}, "n_fft must be even, got 1023"),
        ({"hop_length": 0}, "hop_length must be in [1, n_fft], got 0"),
        ({"hop_length": 1_025}, "hop_length must be in [1, n_fft], got 1025"),
        ({"n_mels": 0}, "n_mels must be in [1, 512], got 0"),
        ({"n_mels": 513}, "n_mels must be in [1, 512], got 513"),
        ({"fmin": -1.0}, "fmin must be in [0, fmax), got -1.0"),
        ({"fmin": 8_000.0}, "fmin must be in [0, fmax), got 8000.0"),
        ({"fmax": 8_001.0}, "fmax must be at most sr / 2, got 8001.0"),
        ({"fmax": float("nan")}, "fmin must be in [0, fmax), got 20.0"),
    ],
)
def test_feature_ranges(values: dict, message: str) -> None:
    """Just outside its range a setting is refused, and the message gives the rule and the value."""
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        FeatureConfig(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"sr": 4_000, "fmax": 2_000.0},
        {"sr": 192_000},
        {"n_fft": 32, "hop_length": 32},
        {"n_fft": 16_384, "hop_length": 1},
        {"n_mels": 1},
        {"n_mels": 512},
        {"fmin": 0.0},
        {"fmin": 0, "fmax": 8_000},
    ],
)
def test_features_on_the_edge(values: dict) -> None:
    """Both ends of a range belong to it, and a whole number will do for a frequency."""
    assert {name: getattr(FeatureConfig(**values), name) for name in values} == values


@pytest.mark.parametrize(
    ("values", "n_frames"),
    [({}, 201), ({"sr": 44_100, "n_fft": 2_048, "hop_length": 1_024}, 216), ({"hop_length": 1_000}, 81)],
)
def test_clip_frames(values: dict, n_frames: int) -> None:
    """Five seconds have one centred frame more than hops: 80,000 / 400 + 1, 220,500 // 1,024 + 1."""
    assert FeatureConfig(**values).clip_frames == n_frames


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"width": 0}, "width must be in [1, 128], got 0"),
        ({"width": 129}, "width must be in [1, 128], got 129"),
        ({"val_fold": 0}, "val_fold must be in 1–10, got 0"),
        ({"val_fold": 11}, "val_fold must be in 1–10, got 11"),
        ({"test_fold": 11}, "test_fold must be None or in 1–10, got 11"),
        ({"val_fold": 2, "test_fold": 2}, "test_fold must differ from val_fold, got 2"),
        ({"n_epochs": 0}, "n_epochs must be in [1, 5000], got 0"),
        ({"batch_size": 1}, "batch_size must be in [2, 512], got 1"),
        ({"learning_rate": 0.0}, "learning_rate must be in (0, 1], got 0.0"),
        ({"learning_rate": float("nan")}, "learning_rate must be in (0, 1], got nan"),
        ({"weight_decay": -0.1}, "weight_decay must be in [0, 1], got -0.1"),
        ({"n_epochs": 4, "no_mix_epochs": 4}, "no_mix_epochs must be in [0, n_epochs), got 4"),
        ({"n_epochs": 4, "no_mix_epochs": 1, "warmup_epochs": 4}, "warmup_epochs must be in [0, 3], got 4"),
        ({"no_mix_learning_rate": 1.5}, "no_mix_learning_rate must be in (0, 1], got 1.5"),
        ({"dropout": 1.0}, "dropout must be in [0, 1), got 1.0"),
        ({"seed": -1}, "seed must be in [0, 2**31), got -1"),
        ({"seed": 2**31}, "seed must be in [0, 2**31), got 2147483648"),
        ({"dtype": "float16"}, "dtype must be one of auto, float32, mixed_bfloat16, got 'float16'"),
    ],
)
def test_training_ranges(values: dict, message: str) -> None:
    """Just outside its range a setting is refused, and the message gives the rule and the value."""
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        TrainConfig(**values)


@pytest.mark.parametrize(
    "config",
    [
        TrainConfig(),
        TrainConfig(
            width=8,
            val_fold=3,
            test_fold=5,
            n_epochs=2,
            warmup_epochs=0,
            no_mix_epochs=1,
            learning_rate=1e-3,
            seed=2**31 - 1,
            dtype="mixed_bfloat16",
            augment=({"name": "crop_stretch", "n_frames": 32, "rate": 1.0},),
            features=FeatureConfig(sr=8_000, fmax=4_000.0),
        ),
    ],
    ids=["default", "other"],
)
def test_there_and_back(config: TrainConfig) -> None:
    """What JSON kept makes an equal config, down to the chain and the features."""
    again = TrainConfig.from_dict(json.loads(json.dumps(config.to_dict())))
    assert again == config
    assert FeatureConfig.from_dict(json.loads(json.dumps(config.features.to_dict()))) == config.features


def test_some_settings_only() -> None:
    """What a file leaves out keeps its default."""
    config = TrainConfig.from_dict({"width": 4, "features": {"n_mels": 32}})
    assert config == TrainConfig(width=4, features=FeatureConfig(n_mels=32))


def test_settings_of_an_older_version() -> None:
    """A config.json that names the epochs without mixing as version 0.1.0 did means the same now."""
    old = {"n_epochs": 40, "settle_epochs": 7, "settle_learning_rate": 3e-4, "seed": 5}
    config = TrainConfig.from_dict(json.loads(json.dumps(old)))
    assert config == TrainConfig(n_epochs=40, no_mix_epochs=7, no_mix_learning_rate=3e-4, seed=5)
    assert not {"settle_epochs", "settle_learning_rate"} & set(config.to_dict())
    with pytest.raises(ParameterError, match=r"^no_mix_epochs must be in \[0, n_epochs\), got 40$"):
        TrainConfig.from_dict(old | {"settle_epochs": 40})


def test_a_dict_is_a_copy() -> None:
    """Changing what `to_dict` returned, at any depth, changes no config and no default."""
    before = copy.deepcopy(MEL_CHAIN)
    values = TrainConfig().to_dict()
    values["augment"][0]["rate"].clear()
    values["features"]["sr"] = 4_000
    assert before == MEL_CHAIN
    assert TrainConfig().to_dict() != values


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"epochs": 3}, "TrainConfig has no setting of this name, got 'epochs'"),
        ({"z": 1, "a": 1}, "TrainConfig has no setting of this name, got 'a, z'"),
        ({"features": {"hop": 512}}, "FeatureConfig has no setting of this name, got 'hop'"),
        ({"features": {"sr": "16000"}}, "sr must be a whole number, got '16000'"),
        ({"features": [16_000]}, "FeatureConfig must be an object of settings, got [16000]"),
        ({"width": "16"}, "width must be a whole number, got '16'"),
        ({"width": 2.5}, "width must be a whole number, got 2.5"),
        ({"width": True}, "width must be a whole number, got True"),
        ({"n_epochs": None}, "n_epochs must be a whole number, got None"),
        ({"test_fold": "1"}, "test_fold must be a whole number, got '1'"),
        ({"learning_rate": "fast"}, "learning_rate must be a number, got 'fast'"),
        ({"dropout": True}, "dropout must be a number, got True"),
        ({"model": 3}, "model must be a text, got 3"),
        ({"augment": None}, "augment must be a list of steps, got None"),
        ({"augment": "mel_gain"}, "augment must be a list of steps, got 'mel_gain'"),
        ([1, 2], "TrainConfig must be an object of settings, got [1, 2]"),
    ],
)
def test_a_file_that_says_something_else(values: object, message: str) -> None:
    """JSON can hold anything; a wrong name or kind of value is a sentence, not a traceback."""
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        TrainConfig.from_dict(values)


def test_errors_have_one_base() -> None:
    """A caller can catch the library's own errors as one, and a wrong parameter as a ValueError."""
    with pytest.raises(EscError, match="width"):
        TrainConfig(width=0)
    with pytest.raises(ValueError, match="width"):
        TrainConfig(width=0)


def test_home_is_where_the_variable_points(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """ESC_HOME comes first, a tilde is the user's home, and nothing is made by asking."""
    monkeypatch.setenv("ESC_HOME", str(tmp_path / "here"))
    assert esc_home() == tmp_path / "here"
    assert not (tmp_path / "here").exists()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("ESC_HOME", "~/lab")
    assert esc_home() == tmp_path / "lab"


@pytest.mark.skipif(sys.platform != "linux", reason="each system has a cache folder of its own")
@pytest.mark.parametrize(("cache", "expected"), [(None, ".cache/esc-sound-lab"), ("cache", "cache/esc-sound-lab")])
def test_home_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: str | None, expected: str) -> None:
    """Without ESC_HOME it is in the user's cache folder."""
    monkeypatch.delenv("ESC_HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    if cache:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / cache))
    assert esc_home() == tmp_path / expected


def test_importing_does_nothing(tmp_path: Path) -> None:
    """The library without training loads neither TensorFlow nor librosa nor Streamlit, and makes no folder."""
    program = (
        "import sys\n"
        "import esc_core.augment, esc_core.inference.classify, esc_core.cli, esc_core.dataset\n"
        "import esc_core.inference.evaluate\n"
        "import esc_core.measures.metrics, esc_core.training.finished.pack\n"
        "import esc_core.training.runs.run, esc_core.training.data.splits\n"
        "print(sorted({'tensorflow', 'keras', 'librosa', 'streamlit'} & set(sys.modules)))\n"
    )
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "ESC_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "[]\n"
    assert not home.exists()
