"""Untrusted bytes → an answer: decode, recognise, and classify with the right networks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from esc_core import audio
from esc_core.config import AudioLimits
from esc_core.dataset.known import known_clip_id
from esc_core.dataset.layout import clip_stem
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
    """

    y: np.ndarray
    sr: int
    prediction: Prediction
    known_as: str | None


def held_out_fold(card: Card, known_as: str | None, *, name: str = "") -> int | None:
    """Return the fold whose network must classify a clip, because it was not trained on it.

    Parameters
    ----------
    card : Card
        The model's card.
    known_as : str or None
        Id of the clip of ESC-50; None for any other sound.
    name : str
        Name of the file, by which a model of other data than ESC-50 knows its clips.

    Returns
    -------
    int or None
        The clip's fold; None where all networks answer together. A model of one split may have been trained on the clip
        then; its card says so.
    """
    fold = card.fold_of(known_as) if known_as else None
    return card.fold_of(clip_stem(name)) if fold is None and card.has_own_folds else fold


def was_trained_on(card: Card, known_as: str | None, *, name: str = "", synthetic: bool = False) -> bool:
    """Return whether all of a model that could answer was trained on a clip; see `held_out_fold` for the parameters.

    Parameters
    ----------
    card, known_as, name
        As in `held_out_fold`.
    synthetic : bool
        Whether it is a clip of the starter set.
    """
    named = clip_stem(name) if name and card.has_own_folds else None
    return any(clip and card.seen_in_training(clip, synthetic=synthetic) for clip in (known_as, named))


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
    known_as = known_clip_id(name, data) or recognise(decoded.y, decoded.sr)
    if fold is None:
        fold = held_out_fold(predictor.card, known_as, name=name)
    # before resampling, which rounds what was cut off
    clipped = clipping_remarks(decoded.y) if decoded.sr > audio.MAX_KEPT_SR else []
    y, sr = audio.at_rates(decoded.y, decoded.sr, most=audio.MAX_KEPT_SR)
    remarks = decoded.remarks
    del decoded  # hundreds of megabytes, which would else be held while the networks answer
    prediction = predictor.predict(y, sr, fold=fold, limits=limits)
    if not prediction.nothing:
        remarks = (*remarks, *clipped, *(remark for remark in prediction.remarks if remark not in clipped))
    return Answer(y, sr, replace(prediction, remarks=remarks), known_as)
