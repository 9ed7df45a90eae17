"""One registry of seeded transforms for the page, the command line, and training.

A new transform is one class with `register` in a module of its topic; a new module also needs a line below.

ranges       parameters: bounds, ranges to draw from, label and slider
base         the base class of transforms; the registry
level        gain, polarity, soft and hard clipping
timing       time shift, random crop, silence trim
pitch_time   pitch shift, time stretch, speed
noise        white, pink and brown noise; another recording as background
convolution  a waveform with a long impulse response
filters      low-, high- and band-pass, equaliser
room         reverb
spectrogram  transforms of mel power: crop, roll, mel shift, equaliser, gain
masks        SpecAugment's masks
pair         mixtures of two sounds
applied      one pass of a chain over a sound, and its result
chain        chains, read from JSON
audible      audible approximation of spectrograms
compare      before and after, on one scale
presets      chains to begin with
script       the lines of Python that reproduce a result
files        chains and sounds on disk
"""

from esc_core.augment import (  # noqa: F401 - each registers its transforms
    filters,
    level,
    masks,
    noise,
    pair,
    pitch_time,
    room,
    spectrogram,
    timing,
)
from esc_core.augment.applied import Applied
from esc_core.augment.base import REGISTRY, Transform, from_dict
from esc_core.augment.chain import Compose
from esc_core.augment.files import augment_file, chain_from_file

__all__ = ["REGISTRY", "Applied", "Compose", "Transform", "augment_file", "chain_from_file", "from_dict"]
