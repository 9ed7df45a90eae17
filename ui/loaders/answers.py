"""Answers of models: about files, and about clips of the data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from esc_core import audio
from esc_core.dataset import Clip, Dataset
from esc_core.dataset.known import known_clip_id
from esc_core.inference import Prediction
from esc_core.inference.classify import Answer, classify_bytes, held_out_fold
from esc_core.inference.recognise import known_clip
from ui import memory
from ui.loaders.changed import changed_at
from ui.loaders.models import model_changed, predictor


def answer(data: bytes, *, name: str, model: str) -> Answer:
    """Classify an untrusted file.

    Raises
    ------
    AudioError
        If the file can't be used; one sentence.
    ModelError
        If there is no such model.
    """
    found = classify_bytes(predictor(model), data, name=name)
    if found.prediction.timeline is not None:  # a long recording, which took hundreds of megabytes for a moment
        memory.trim()
    return found


def kept_answer(file_id: str, data: bytes, *, name: str, model: str) -> Answer:
    """Classify an untrusted file, and keep the answer and its sound until another file is asked for.

    Parameters
    ----------
    file_id : str
        Stands for the file: with the same id, model and name the kept answer is returned.
    data : bytes
        The file's content.
    name : str
        Its name.
    model : str
        Name of the model.

    Raises
    ------
    AudioError
        If the file can't be used; one sentence.
    ModelError
        If there is no such model.
    """
    predictor(model)  # here, not in the cached function, whose spinner would hide "loading the model"
    return _kept_answer(file_id, name, model, model_changed(model), data)


# the one sound that a session looks at; its features and samples may take 60 MB
@st.cache_resource(scope="session", max_entries=1, show_spinner=False)
def _kept_answer(file_id: str, name: str, model: str, changed: int, _data: bytes) -> Answer:
    return answer(_data, name=name, model=model)


@st.cache_data(max_entries=64, show_spinner=False)
def _clip_answer(
    path: str, changed: int, model: str, model_changed: int, fold: int | None
) -> tuple[np.ndarray, int, Prediction]:
    y, sr = audio.load(path)
    return y, sr, predictor(model).predict(y, sr, fold=fold)


@st.cache_data(max_entries=5000, show_spinner=False)
def _known_by_sound(path: str, changed: int) -> str | None:
    return known_clip(Path(path))


def known_as(dataset: Dataset, clip: Clip) -> str | None:
    """Return the id of the clip of ESC-50 that a clip of the data set is: by its name, in other data also its sound."""
    if dataset.synthetic:
        return None
    path = dataset.path(clip)
    return known_clip_id(clip.filename) if dataset.official else _known_by_sound(str(path), changed_at(path))


def clip_answer(dataset: Dataset, clip: Clip, *, model: str) -> tuple[np.ndarray, int, Prediction, str | None]:
    """Classify a clip of the data set; one of ESC-50 by the network that was not trained on its fold.

    One of a person's own sounds is classified by the network that has heard nothing of its recording.

    Returns
    -------
    y : numpy.ndarray, shape (n,), float32
        The clip.
    sr : int
        Its rate in Hz.
    prediction : Prediction
        The answer.
    known_as : str or None
        Its id if it is a clip of ESC-50.

    Raises
    ------
    AudioError
        If the clip can't be used.
    ModelError
        If there is no such model.
    """
    path, known = dataset.path(clip), known_as(dataset, clip)
    card = predictor(model).card
    fold = held_out_fold(card, known, name=clip.filename, siblings=dataset.sibling_ids(clip))
    return *_clip_answer(str(path), changed_at(path), model, model_changed(model), fold), known
