"""A sound and a model → an answer, and whether it can be trusted.

crops        the windows that a network is asked about
events       a long recording → windows, quiet stretches, events
remarks      what stands in the way of a good guess: clipped, very quiet, band-limited
calibration  temperature, and the thresholds of "not sure", from held-out logits
predictor    waveform → probabilities, events, remarks, "not sure"
recognise    waveform → the clip of ESC-50 that it is, by fingerprint
classify     untrusted bytes → an answer, out of fold where the clip is known
tipping      how far a change can go before the model's answer changes
evaluate     a model's scores on a data set, out of fold
"""

from esc_core.inference.crops import N_CROPS, crop_frames, five_crops, five_wave_crops, softmax
from esc_core.inference.predictor import Prediction, Predictor

__all__ = ["N_CROPS", "Prediction", "Predictor", "crop_frames", "five_crops", "five_wave_crops", "softmax"]
