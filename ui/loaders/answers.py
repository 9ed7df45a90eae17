"""Answers of models: about files, and about clips of the data set."""

from __future__ import annotations

import numpy as np
import streamlit as st

from esc_core import audio
from esc_core.dataset import Clip, Dataset
from esc_core.dataset.known import known_clip_id
from esc_core.inference import Prediction
from esc_core.inference.classify import Answer, classify_bytes, held_out_fold
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
    path: str, changed: int, model: str, model_changed: int
) -> tuple[np.ndarray, int, Prediction, str | None]:
    known_as = known_clip_id(path)
    y, sr = audio.load(path)
    loaded = predictor(model)
    return y, sr, loaded.predict(y, sr, fold=held_out_fold(loaded.card, known_as, name=path)), known_as


def clip_answer(dataset: Dataset, clip: Clip, *, model: str) -> tuple[np.ndarray, int, Prediction, str | None]:
    """Classify a clip of the data set; one of ESC-50 by the network that was not trained on its fold.

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
    path = dataset.path(clip)
    predictor(model)
    return _clip_answer(str(path), changed_at(path), model, model_changed(model))
