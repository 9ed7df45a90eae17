"""A sound and a model → an answer, and how far it can be trusted.

background   the rule of "nothing": only a quiet background
crops        the windows that a network classifies
events       a long recording → windows, quiet stretches, events
remarks      faults of a recording: clipped, very quiet, band-limited
certainty    the rule of "not sure"
calibration  temperature and thresholds, from held-out logits
prediction   the answer to one recording
predictor    waveform → probabilities, events, remarks, "not sure", "nothing"
recognise    waveform → the clip of ESC-50 that it is, by its fingerprint
classify     untrusted bytes → an answer, out of fold where the clip is known
tipping      how far a change can go before the model's answer changes
evaluate     a model's scores on a data set, out of fold
"""

from esc_core.inference.crops import N_CROPS, crop_frames, five_crops, five_wave_crops, softmax
from esc_core.inference.prediction import Prediction
from esc_core.inference.predictor import Predictor

__all__ = ["N_CROPS", "Prediction", "Predictor", "crop_frames", "five_crops", "five_wave_crops", "softmax"]
