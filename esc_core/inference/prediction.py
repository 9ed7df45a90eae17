"""A model's answer to one recording."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from esc_core.config import FeatureConfig
from esc_core.inference.certainty import NOT_SURE, none_of
from esc_core.inference.timeline import Timeline


@dataclass(frozen=True)
class Prediction:
    """A model's answer to one recording.

    Attributes
    ----------
    labels : tuple of str
        Categories, in the order of `probs`.
    probs : numpy.ndarray, shape (n_classes,), float32
        Calibrated probabilities of the whole recording.
    not_sure : bool
        Whether the highest probability lies below `threshold`, see `esc_core.inference.certainty`, or the recording is
        unknown.
    nothing : bool
        Whether the recording is only a quiet background; see `esc_core.inference.background`. The probabilities are
        then a raw guess about noise, and no answer; `not_sure` is false.
    threshold : float
        Lowest probability of an answer, chosen on clips that the networks were not trained on.
    remarks : tuple of str
        Faults of the recording, a sentence each, such as that it is clipped.
    fold : int or None
        The fold whose network alone answered, because it was not trained on it; None for the mean of all networks.
    log_mel : numpy.ndarray, shape (n_mels, t), float32
        The whole recording as the model's input, levelled, before it is cut into windows. A model on waveforms does not
        use it: it is a picture for people.
    active_part : tuple of float
        Start and end in seconds of what is classified: the recording without the silence around it.
    features : FeatureConfig
        Frames and bands of `log_mel`.
    timeline : esc_core.inference.timeline.Timeline or None
        The answer window by window; None for a recording of up to 5 s.
    unknown : bool
        Whether the recording is none of the categories; see `esc_core.inference.unknown`. `not_sure` is true then.
    outside : tuple of str
        What YAMNet hears that is none of ESC-50's categories, such as "flute"; empty where its trunk is missing.
    """

    labels: tuple[str, ...]
    probs: np.ndarray
    not_sure: bool
    nothing: bool
    threshold: float
    remarks: tuple[str, ...]
    fold: int | None
    log_mel: np.ndarray
    active_part: tuple[float, float]
    features: FeatureConfig
    timeline: Timeline | None = None
    unknown: bool = False
    outside: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Length of the recording in seconds, in whole frames."""
        return self.log_mel.shape[1] * self.features.hop_length / self.features.sr

    @property
    def doubt(self) -> str:
        """What stands before a guess that is no answer: "not sure", "none of its 5 categories"; empty for an answer."""
        return none_of(self.labels) if self.unknown else NOT_SURE if self.not_sure else ""

    def top(self, k: int = 5) -> list[tuple[str, float]]:
        """Return the k most probable categories with their probabilities, best first."""
        best = np.argsort(-self.probs, kind="stable")[:k]
        return [(self.labels[i], float(self.probs[i])) for i in best]
