"""Untrusted bytes → an answer: decode, recognise, and classify with the right networks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from esc_core import audio
from esc_core.config import AudioLimits
from esc_core.dataset.known import known_clip_id
from esc_core.dataset.layout import clip_stem
from esc_core.dataset.own.names import group_of_file
from esc_core.decoding.decode import decode
from esc_core.inference.prediction import Prediction
from esc_core.inference.predictor import Predictor
from esc_core.inference.recognise import recognise
from esc_core.inference.remarks import clipping_remarks
from esc_core.models.card import Card


@dataclass(frozen=True)
class Answer:
    """A prediction, with the sound that it is of.

    Attributes
    ----------
    y : numpy.ndarray, shape (n,), float32
        Waveform, mixed down.
    sr : int
        Its rate in Hz, at most `esc_core.audio.MAX_KEPT_SR`: at higher rates a long file would take hundreds of
        megabytes.
    prediction : Prediction
        The model's answer.
    known_as : str or None
        Id of the clip of ESC-50 that the sound was recognised as.
    recording : str
        Group of the file, from `esc_core.dataset.own.names.group_of_file`.
    """

    y: np.ndarray
    sr: int
    prediction: Prediction
    known_as: str | None
    recording: str


def held_out_fold(
    card: Card, known_as: str | None, *, name: str = "", siblings: Collection[str] = (), recording: str = ""
) -> int | None:
    """Return the fold whose network must classify a clip, because it was not trained on it.

    Parameters
    ----------
    card : Card
        The model's card.
    known_as : str or None
        Id of the clip of ESC-50; None for any other sound.
    name : str
        Name of the file, by which a model of other data than ESC-50 knows its clips.
    siblings : collection of str
        Ids of the other clips of the same recording in the data set that it is of.
    recording : str
        Group of a file, from `esc_core.dataset.own.names.group_of_file`: a model knows by it the sounds that were taken
        from this file, whatever it is called now.

    Returns
    -------
    int or None
        The clip's fold; None where all networks answer together. A model of one split may have been trained on the clip
        then; its card says so.
    """
    if not card.has_own_folds:
        return card.fold_of(known_as) if known_as else None
    ids = _ids(known_as, name)
    return card.fold_of(ids[-1], siblings=(*ids, *siblings, *card.clips_of(recording))) if ids else None


def was_trained_on(
    card: Card,
    known_as: str | None,
    *,
    name: str = "",
    siblings: Collection[str] = (),
    recording: str = "",
    synthetic: bool = False,
) -> bool:
    """Return whether all of a model that could answer was trained on a clip, or on another of its recording.

    Parameters
    ----------
    card, known_as, name, siblings, recording
        As in `held_out_fold`.
    synthetic : bool
        Whether it is a clip of the starter set.
    """
    if not card.has_own_folds:
        return bool(known_as) and card.seen_in_training(str(known_as), siblings=siblings, synthetic=synthetic)
    ids = _ids(known_as, name)
    return bool(ids) and card.seen_in_training(ids[-1], siblings=(*ids, *siblings, *card.clips_of(recording)))


def _ids(known_as: str | None, name: str) -> list[str]:
    """Return the ids by which a model of other data than ESC-50 may know a sound."""
    return [clip_id for clip_id in (known_as, clip_stem(name) if name else None) if clip_id]


def classify_bytes(
    predictor: Predictor, data: bytes, *, name: str, fold: int | None = None, limits: AudioLimits | None = None
) -> Answer:
    """Decode and classify an untrusted file.

    A clip of ESC-50 is classified only by the network that was not trained on its fold, also as an upload: it is
    recognised by its file name, by the MD5 of the original, or by its sound in another format.

    Parameters
    ----------
    predictor : Predictor
        The model.
    data : bytes
        The file's content.
    name : str
        Its name.
    fold : int, optional
        Use only the network that was not trained on this fold; by default the fold of the recognised clip.
    limits : AudioLimits, optional
        The caps.

    Returns
    -------
    Answer
        The prediction and the waveform.

    Raises
    ------
    AudioError
        If the file can't be used; one sentence.
    """
    decoded = decode(data, name=name, limits=limits or AudioLimits())
    known_as, recording = known_clip_id(name, data) or recognise(decoded.y, decoded.sr), group_of_file(name, data)
    if fold is None:
        fold = held_out_fold(predictor.card, known_as, name=name, recording=recording)
    # before resampling, which rounds what was cut off
    clipped = clipping_remarks(decoded.y) if decoded.sr > audio.MAX_KEPT_SR else []
    y, sr = audio.at_rates(decoded.y, decoded.sr, most=audio.MAX_KEPT_SR)
    remarks = decoded.remarks
    del decoded  # hundreds of megabytes, which would else be held while the networks answer
    prediction = predictor.predict(y, sr, fold=fold, limits=limits)
    if not prediction.nothing:
        remarks = (*remarks, *clipped, *(remark for remark in prediction.remarks if remark not in clipped))
    return Answer(y, sr, replace(prediction, remarks=remarks), known_as, recording)
