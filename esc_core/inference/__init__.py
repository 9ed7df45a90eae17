"""A sound and a model → an answer, and how far it can be trusted.

background   the rule of "nothing": only a quiet background
front_end    a sound → the input of a network
certainty    the rule of "not sure"
calibration  temperature and thresholds, from held-out logits
crops        what models of version 0.2.0 and before classify: five crops of a clip
networks     a model's networks: inputs → logits
listeners    the networks of one model, or several models together
events       windows' probabilities → events
timeline     a long recording → windows, quiet stretches, events
audioset     the fifty among AudioSet's 521 classes
remarks      faults of a recording: clipped, very quiet, band-limited
unknown      the rule of "none of the fifty"
prediction   the answer to one recording
events_out   events → a CSV table, a label track for Audacity, JSON
predictor    waveform → probabilities, events, remarks, "not sure", "nothing"
live         sound as it comes in → what is heard now, events
recognise    waveform → the clip of ESC-50 that it is, by its fingerprint
classify     untrusted bytes → an answer, out of fold where the clip is known
covering     parts of a sound covered with its own background, one at a time
explain      which parts of a sound an answer rests on
compare      one sound, answered by every model
tipping      how far a change can go before the model's answer changes
evaluate     a model's scores on a data set, out of fold
choice       which model answers unless another is asked for
rescore      scores and calibration of a model, made from its files
"""

from esc_core.inference.front_end import crop_frames
from esc_core.inference.prediction import Prediction
from esc_core.inference.predictor import Predictor

__all__ = ["Prediction", "Predictor", "crop_frames"]
