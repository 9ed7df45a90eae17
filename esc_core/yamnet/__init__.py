"""YAMNet's trunk: what a network says about a sound that has heard AudioSet, two million clips from YouTube.

The trunk (Plakal and Ellis, Google; quantised by the Coral team; Apache License 2.0) is no part of this project. It is
fetched onto the user's machine, or a folder that has it is named.

spectra  waveform → the log-mel patches that it reads
fetch    where its two files are, and their download
trunk    waveform → embeddings and the scores of AudioSet's 521 classes
heads    small networks on its embeddings, trained in seconds
"""

from esc_core.yamnet.fetch import fetch_trunk, missing_trunk, trunk_folder
from esc_core.yamnet.spectra import SR
from esc_core.yamnet.trunk import EMBEDDING_SIZE, Trunk, load_trunk

__all__ = ["EMBEDDING_SIZE", "SR", "Trunk", "fetch_trunk", "load_trunk", "missing_trunk", "trunk_folder"]
