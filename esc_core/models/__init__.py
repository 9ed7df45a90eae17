"""Networks, their registry, and the model folder with its card.

mel_cnn     a small VGG-like network on log-mel spectrograms, or on their MFCCs
wave_cnn    a plain one-dimensional network on the raw waveform
aclnet      AclNet on the raw waveform, as published
layers      a network layer by layer: shapes, parameters, multiply-adds, first filters
registry    every network by name: input, title and summary, usual chain
recipe      what is said about a run → all its settings
network     a stored network → a Keras model, or why it can't be opened; what is compiled once for every length
compact     a stored network in half the space
folded      a network that only answers: batch norms become part of the convolutions
licence     how weights may be used and shared, by the sounds that they were trained on
card        the card of a model: what is needed to use and judge its networks
folder      the folder of a model: its networks, its card read and checked
installed   all models that are here, by name
"""

from esc_core.models.recipe import recipe
from esc_core.models.registry import ARCHITECTURES, Architecture, architecture, clip_multiply_adds, with_usual_chain

__all__ = ["ARCHITECTURES", "Architecture", "architecture", "clip_multiply_adds", "recipe", "with_usual_chain"]
