"""No code in a model's or a run's files is run: what would run leaves a mark, and there is none."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from esc_core.disk.files import read_arrays
from esc_core.errors import ModelError
from esc_core.inference import Predictor
from esc_core.models.network import load_network
from tests.small_model import write_small_model

MARK = "ran"
"""Name of the file that code leaves in the folder of the model."""


def with_lambda(folder: Path) -> bytes:
    """Return a network with a layer whose Python code the file holds."""
    mark = str(folder / MARK)
    # only what is a lambda comes into the file as code
    code = lambda x: (open(mark, "w").close(), x)[1]  # noqa: E731, PTH123 - nothing of this module is there when it runs
    network = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(code, output_shape=(4,))])
    path = folder / "lambda.keras"
    network.save(path)
    data = path.read_bytes()
    for made in (path, folder / MARK):
        made.unlink(missing_ok=True)
    return data


def with_names(folder: Path, change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return a network whose description names other code; a module beside it leaves the mark when it is imported."""
    (folder / "beside_the_model.py").write_text(
        f"open({str(folder / MARK)!r}, 'w').close()\nclass Layer:\n    pass\ndef change(x):\n    return x\n"
    )
    path = folder / "plain.keras"
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="relu")]).save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    path.unlink()
    description = json.loads(parts["config.json"])
    change(description)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, part in (parts | {"config.json": json.dumps(description)}).items():
            archive.writestr(name, part)
    return buffer.getvalue()


def function(module: str, name: str) -> dict[str, str]:
    return {"module": module, "class_name": "function", "config": name, "registered_name": "function"}


def dense(description: dict[str, Any]) -> dict[str, Any]:
    return description["config"]["layers"][1]


HOSTILE: dict[str, Callable[[Path], bytes]] = {
    "a layer of code": with_lambda,
    "a module beside it, as a function": lambda folder: with_names(
        folder, lambda d: dense(d)["config"].update(activation=function("beside_the_model", "change"))
    ),
    "a module beside it, as a layer": lambda folder: with_names(
        folder, lambda d: dense(d).update(module="beside_the_model", class_name="Layer", registered_name=None)
    ),
    "a module beside it, as the whole": lambda folder: with_names(
        folder, lambda d: d.update(module="beside_the_model", class_name="Layer", registered_name=None)
    ),
    "the system's shell": lambda folder: with_names(
        folder, lambda d: dense(d)["config"].update(activation=function("os", "system"))
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_network_with_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """By a sentence."""
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "fold1.keras"
    path.write_bytes(HOSTILE[what](tmp_path))
    with pytest.raises(ModelError, match=r"fold1\.keras holds no network that this program can use"):
        load_network(path)
    assert not (tmp_path / MARK).exists()
    assert "beside_the_model" not in sys.modules


def without_a_description(folder: Path) -> bytes:
    """Return a network that lacks a part."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("metadata.json", "{}")
    return data.getvalue()


FOREIGN: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "weights of another layer": (
        lambda folder: with_names(folder, lambda d: dense(d)["config"].update(units=3)),
        "fold1.keras holds no network that this program can use: another version of Keras wrote it, "
        "it was made elsewhere, or it was changed",
    ),
    "a layer that Keras does not have": (
        lambda folder: with_names(folder, lambda d: dense(d).update(class_name="Thicket", registered_name="Thicket")),
        "fold1.keras holds no network that this program can use: another version of Keras wrote it, "
        "it was made elsewhere, or it was changed",
    ),
    "a zip of something else": (
        without_a_description, "fold1.keras is no network that this program wrote: it has no config.json",
    ),
    "no zip": (lambda _: b"no weights", "fold1.keras is damaged: it is not the whole file that was written"),
}  # fmt: skip


@pytest.mark.parametrize("what", FOREIGN)
def test_a_foreign_network_is_refused_in_one_sentence(tmp_path: Path, what: str) -> None:
    """Of our own: Keras's text, which names its internals, stays with the cause."""
    write, sentence = FOREIGN[what]
    path = tmp_path / "fold1.keras"
    path.write_bytes(write(tmp_path))
    with pytest.raises(ModelError) as refused:
        load_network(path)
    assert str(refused.value) == sentence


def test_a_network_that_is_not_there(tmp_path: Path) -> None:
    """The system's reason ends the sentence."""
    with pytest.raises(ModelError, match=r"^fold1\.keras can't be read: No such file or directory$"):
        load_network(tmp_path / "fold1.keras")


def test_a_model_folder_with_code_is_no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does anything else in the folder run."""
    code = with_lambda(tmp_path)
    monkeypatch.setattr("tests.small_model._network", lambda *_: code)
    write_small_model(tmp_path / "model")
    for name in ("__init__.py", "fold1.py", "conftest.py", "sitecustomize.py"):
        (tmp_path / "model" / name).write_text(f"open({str(tmp_path / MARK)!r}, 'w')")
    with pytest.raises(ModelError, match=r"fold\d\.keras holds no network that this program can use"):
        Predictor(tmp_path / "model").load()
    assert not (tmp_path / MARK).exists()


def test_the_layer_of_code_would_leave_a_mark(tmp_path: Path) -> None:
    """Otherwise the tests above would say nothing."""
    path = tmp_path / "network.keras"
    path.write_bytes(with_lambda(tmp_path))
    keras.saving.load_model(path, safe_mode=False)(np.zeros((1, 4), np.float32))
    assert (tmp_path / MARK).exists()


class _Marks:
    """An object whose unpickling makes a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[..., object], tuple[Path]]:
        return Path.touch, (self._path,)


def test_arrays_hold_no_objects(tmp_path: Path) -> None:
    """A checkpoint, logits or a map with a pickled object is a damaged file."""
    mark = tmp_path / MARK
    objects = np.empty(1, dtype=object)
    objects[0] = _Marks(mark)
    np.savez(tmp_path / "checkpoint.npz", weights=objects)
    assert read_arrays(tmp_path / "checkpoint.npz", "weights") is None
    assert not mark.exists()
    np.load(tmp_path / "checkpoint.npz", allow_pickle=True)["weights"]
    assert mark.exists(), "the file is one that would run"
