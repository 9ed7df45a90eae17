"""From a stranger's bytes to an answer: decode, recognise, ask the right model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from esc_core.config import AudioLimits
from esc_core.dataset.known import known_clip_id
from esc_core.decoding.decode import decode
from esc_core.errors import AudioError
from esc_core.files import reason
from esc_core.inference.predictor import Prediction, Predictor
from esc_core.inference.recognise import recognise
from esc_core.words import megabytes


@dataclass(frozen=True)
class Answer:
    """A prediction with the sound it was made from.

    Attributes
    ----------
    y : numpy.ndarray, shape (n,), float32
        Waveform, mixed down.
    sr : int
        Its rate in Hz.
    prediction : Prediction
        What the model makes of it.
    known_as : str or None
        Id of the ESC-50 clip that the upload was recognised as.
    """

    y: np.ndarray
    sr: int
    prediction: Prediction
    known_as: str | None


def read_capped(path: Path, *, limits: AudioLimits | None = None) -> bytes:
    """Read a file, but not one over the cap.

    Parameters
    ----------
    path : pathlib.Path
        Any file.
    limits : AudioLimits, optional
        The caps.

    Returns
    -------
    bytes
        Its content.

    Raises
    ------
    AudioError
        If it is missing, no file, or too large.
    """
    max_bytes = (limits or AudioLimits()).max_bytes
    try:
        if not path.is_file():
            raise AudioError("There is no file of this name.")
        if path.stat().st_size > max_bytes:
            size = megabytes(path.stat().st_size)
            raise AudioError(f"The file has {size}; at most {megabytes(max_bytes)} are allowed.")
        return path.read_bytes()
    except OSError as error:
        raise AudioError(f"The file can't be read: {reason(error)}.") from error


def unheard_fold(predictor: Predictor, known_as: str | None) -> int | None:
    """Return the fold whose model is to be asked about a clip of ESC-50: the one that never heard it.

    Parameters
    ----------
    predictor : Predictor
        The model.
    known_as : str or None
        Id of the clip; None for any other sound.

    Returns
    -------
    int or None
        The clip's fold; None where the mean of all has to answer. A model of one split may have heard the clip in
        training then: `Card.heard` tells.
    """
    return int(known_as[0]) if known_as and int(known_as[0]) in predictor.folds else None


def classify_bytes(
    predictor: Predictor, data: bytes, *, name: str, fold: int | None = None, limits: AudioLimits | None = None
) -> Answer:
    """Decode and classify a file that comes from outside.

    A clip of ESC-50 is predicted only by the model that never heard its fold, also when it comes as a file: under its
    own name, as the original byte for byte, or in another format under any name, known by its sound.

    Parameters
    ----------
    predictor : Predictor
        The model.
    data : bytes
        The file's content.
    name : str
        Its name.
    fold : int, optional
        Ask only the model that never heard this fold; the recognised clip's own fold if left out.
    limits : AudioLimits, optional
        The caps.

    Returns
    -------
    Answer
        Prediction and waveform.

    Raises
    ------
    AudioError
        If the file can't be used; one sentence.
    """
    decoded = decode(data, name=name, limits=limits or AudioLimits())
    known_as = known_clip_id(name, data) or recognise(decoded.y, decoded.sr)
    if fold is None:
        fold = unheard_fold(predictor, known_as)
    prediction = predictor.predict(decoded.y, decoded.sr, fold=fold, limits=limits)
    return Answer(decoded.y, decoded.sr, prediction, known_as)
