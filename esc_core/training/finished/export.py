"""Exports of a finished run: its model in two formats, its card, its predictions; and the model for Classify."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from esc_core.disk.files import read_json, reason, write_json
from esc_core.disk.tables import csv_text
from esc_core.errors import ModelError, TrainingError
from esc_core.libraries import load_tensorflow
from esc_core.models.card import Card
from esc_core.models.folder import card_path, model_path, read_card
from esc_core.models.installed import MODELS_DIR, own_models_dir
from esc_core.models.network import load_network
from esc_core.training.record import held_out_probs
from esc_core.training.runs.run import Run

if TYPE_CHECKING:
    import keras


def keras_file(run: Run) -> Path:
    """Return the run's ``.keras`` file: the network with its weights, without the optimiser.

    Raises
    ------
    TrainingError
        If the run is not done.
    """
    return model_path(run.model_dir, _card(run).folds[0])


def card_file(run: Run) -> Path:
    """Return the run's ``card.json``: labels, features, settings, scores.

    Raises
    ------
    TrainingError
        If the run is not done.
    """
    _card(run)
    return run.card_file


def _card(run: Run) -> Card:
    if (state := run.status().state) != "done":
        raise TrainingError(f"{run.name} is {state}; only a finished run has a model")
    return read_card(run.model_dir)


def predictions_csv(run: Run) -> str:
    """Return the run's predictions of its validation clips as a table.

    Parameters
    ----------
    run : Run
        Done.

    Returns
    -------
    str
        CSV with the columns ``filename``, ``fold``, ``category``, ``predicted``, and a calibrated probability for each
        category, as the model gives it in Classify.

    Raises
    ------
    TrainingError
        If the run is not done or its predictions can't be read.
    """
    card = _card(run)
    held_out = held_out_probs(run)
    rows = (
        [name, card.folds[0], card.labels[label], card.labels[int(row.argmax())], *(f"{p:.6f}" for p in row)]
        for name, label, row in zip(held_out.filenames, held_out.labels, held_out.probs, strict=True)
    )
    return csv_text(["filename", "fold", "category", "predicted", *card.labels], rows)


def tflite_bytes(folder: Path, *, fold: int | None = None) -> bytes:
    """Convert a model to TensorFlow Lite, for phones and small computers.

    Parameters
    ----------
    folder : pathlib.Path
        Model folder, such as a run's.
    fold : int, optional
        Which of its networks; the first if left out.

    Returns
    -------
    bytes
        A ``.tflite`` file in float32. Input: a sound as by the card, shape (1, n_mels, t, 1), or (1, n, 1) for a
        network on waveforms; t and n are those of the sound, to which the interpreter's input is resized first. Output:
        logits (1, n_classes). ``labels.txt`` (one category per line) and ``card.json`` are attached as its metadata:
        ``unzip model.tflite`` extracts them.

    Raises
    ------
    ModelError
        If the model can't be loaded or converted.
    """
    load_tensorflow()
    import keras
    import tensorflow as tf

    card = read_card(folder)
    path = model_path(folder, card.folds[0] if fold is None else fold)
    model = _in_float32(path)
    inputs = keras.Input(model.input_shape[1:], batch_size=1, name=card.input)  # one sound at a time, of any length
    single = keras.Model(inputs, model(inputs))
    try:
        with redirect_stdout(io.StringIO()):  # the converter prints to it
            converted = tf.lite.TFLiteConverter.from_keras_model(single).convert()
    except Exception as error:  # the converter's errors have no common base
        raise ModelError(f"{card.name} can't be converted to TensorFlow Lite: {error}") from error
    file = io.BytesIO(bytes(converted))
    with zipfile.ZipFile(file, "a") as attached:
        attached.writestr("labels.txt", "\n".join(card.labels) + "\n")
        attached.writestr(card_path(folder).name, json.dumps(card.to_dict(), indent=1, ensure_ascii=False) + "\n")
    return file.getvalue()


def _in_float32(path: Path) -> keras.Model:
    # small computers have no bfloat16
    import keras

    loaded = load_network(path)
    model = keras.models.model_from_json(loaded.to_json().replace("mixed_bfloat16", "float32"))
    model.set_weights(loaded.get_weights())
    return model


def use_in_classify(run: Run) -> str:
    """Copy a finished run's model to those that Classify and the command line offer.

    The copy stays when the run is deleted; another call for the same run replaces it.

    Parameters
    ----------
    run : Run
        Done.

    Returns
    -------
    str
        The model's name, made from the run's: "amber fox" becomes "amber-fox".

    Raises
    ------
    TrainingError
        If the run is not done, or the model can't be stored.
    """
    card = _card(run)
    plain = re.sub(r"[^\w.-]+", "-", run.name).strip("-.") or "run"
    name = next(name for name in (plain, *(f"{plain}-{n}" for n in range(2, 1000))) if _is_free(name, run))
    out = own_models_dir() / name
    temporary = out.with_name(f".{name}-copying")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        shutil.copy(keras_file(run), temporary)
        write_json(card_path(temporary), replace(card, name=name, details={**card.details, "run": run.id}).to_dict())
        shutil.rmtree(out, ignore_errors=True)
        temporary.rename(out)
    except OSError as error:
        raise TrainingError(f"the model can't be stored in {out}: {reason(error)}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return name


def _is_free(name: str, run: Run) -> bool:
    if (MODELS_DIR / name).exists():
        return False
    out = own_models_dir() / name
    return not out.exists() or read_json(card_path(out)).get("run") == run.id
