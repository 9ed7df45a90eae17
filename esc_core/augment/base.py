"""The base class of all transforms (validate ranges, draw values, apply them) and their registry."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, get_args

import numpy as np

from esc_core.augment.ranges import Parameter, Values, is_number
from esc_core.config import require
from esc_core.errors import ParameterError

Domain = Literal["spectrogram", "waveform", "pair"]
ArrayKind = Literal["waveform", "spectrogram"]

PITCH_AND_TIME, LEVEL, NOISE = "Pitch and time", "Level", "Noise"
ROOMS_AND_FILTERS, CUTS_AND_SHIFTS = "Rooms and filters", "Cuts and shifts"
DAMAGE, TWO_SOUNDS = "Damage", "Two sounds"
GROUPS = (PITCH_AND_TIME, LEVEL, NOISE, ROOMS_AND_FILTERS, CUTS_AND_SHIFTS, DAMAGE, TWO_SOUNDS)
"""What a transform changes, in the order in which a user is offered them."""


@dataclass(frozen=True)
class Transform(ABC):
    """One change to a sound: validated when constructed, drawn from a generator, applied deterministically.

    Attributes
    ----------
    p : float
        Probability with which a chain applies it, in [0, 1].
    """

    name: ClassVar[str]
    """Its name in JSON."""
    title: ClassVar[str]
    """Its name for the user."""
    group: ClassVar[str]
    """What it changes, one of `GROUPS`."""
    domain: ClassVar[Domain]
    keeps_length: ClassVar[bool] = True
    """Whether the result has as many samples, or bands and frames, as the input."""
    keeps_alignment: ClassVar[bool] = True
    """Whether everything stays at its time and frequency, so that the spectrogram before can be subtracted from the
    one after."""
    imitates: ClassVar[str] = ""
    """What it imitates in the real world: one sentence for the user."""
    destroys_label: ClassVar[str] = ""
    """When the category is no longer true: one sentence for the user."""
    parameters: ClassVar[dict[str, Parameter]] = {}
    """The parameters by the name of their field, in the order in which they are drawn."""

    p: float = 1.0

    def __post_init__(self) -> None:
        """Convert JSON's lists to tuples and check every range."""
        for f in fields(self):
            if isinstance(getattr(self, f.name), list):
                object.__setattr__(self, f.name, tuple(getattr(self, f.name)))
        require(is_number(self.p) and 0 <= self.p <= 1, f"{self.name}: p must be in [0, 1]", self.p)
        self.validate()

    def validate(self) -> None:
        """Check the transform's own parameters."""
        for name, parameter in self.parameters.items():
            parameter.check(f"{self.name}: {name}", getattr(self, name))

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
        """Draw the values of one application.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness.
        shape : tuple of int
            Shape of the array that they will be applied to.

        Returns
        -------
        dict
            Plain numbers and names, as in JSON. Values for waveforms hold at any sampling rate.
        """
        return {name: parameter.draw(rng, getattr(self, name)) for name, parameter in self.parameters.items()}

    @abstractmethod
    def describe(self, values: Values) -> str:
        """Describe drawn values in a few words, such as ``pitch +2.3 semitones``.

        Parameters
        ----------
        values : dict
            What `draw` returned.

        Returns
        -------
        str
            A phrase for the user.
        """

    def to_dict(self) -> dict[str, Any]:
        """Return the transform as a step of a chain in JSON."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        if self.p == 1.0:
            del values["p"]
        return {"name": self.name} | {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}


class WaveformTransform(Transform):
    """A change to a waveform."""

    domain: ClassVar[Domain] = "waveform"

    @abstractmethod
    def apply(self, y: np.ndarray, sr: int, values: Values) -> np.ndarray:
        """Apply drawn values.

        Parameters
        ----------
        y : numpy.ndarray, shape (n,), float32
            Waveform; it is not changed.
        sr : int
            Its rate in Hz.
        values : dict
            What `draw` returned.

        Returns
        -------
        numpy.ndarray, shape (n,) where `keeps_length`, float32
            The changed waveform. It may exceed [-1, 1]; the chain turns it down at its end.
        """


class SpectrogramTransform(Transform):
    """A change to a mel power spectrogram."""

    domain: ClassVar[Domain] = "spectrogram"

    @abstractmethod
    def apply(self, mel: np.ndarray, values: Values) -> np.ndarray:
        """Apply drawn values.

        Parameters
        ----------
        mel : numpy.ndarray, shape (n_mels, t), float32
            Mel power; it is not changed.
        values : dict
            What `draw` returned.

        Returns
        -------
        numpy.ndarray, shape (n_mels, t), float32
            The changed spectrogram; a crop changes t.
        """


class PairTransform(Transform):
    """A mixture of two sounds."""

    domain: ClassVar[Domain] = "pair"
    acts_on: ClassVar[tuple[ArrayKind, ...]]
    """What it can mix; with both, whatever the steps before it produced."""
    shares_label: ClassVar[bool] = True
    """Whether the two sounds share the label; if not, the second is only a background."""

    @abstractmethod
    def apply(self, first: np.ndarray, second: np.ndarray, values: Values, *, sr: int | None = None) -> np.ndarray:
        """Mix two sounds by drawn values.

        Parameters
        ----------
        first, second : numpy.ndarray, float32
            Two spectrograms (n_mels, t) of the same shape, or two waveforms (n,), the second of which is cut or
            padded to the length of the first; neither is changed.
        values : dict
            What `draw` returned.
        sr : int, optional
            Rate of waveforms in Hz; spectrograms need none.

        Returns
        -------
        numpy.ndarray, shape of `first`, float32
            The mixture.
        """

    @abstractmethod
    def lam(self, values: Values) -> float:
        """Return the first sound's weight in the label, in [0, 1]; the second has the rest."""


REGISTRY: dict[str, type[Transform]] = {}
"""Every transform by the name it has in JSON."""


def register(name: str, *, title: str, group: str) -> Callable[[type[Transform]], type[Transform]]:
    """Add a transform to the registry: page, command line and training know it from there.

    Parameters
    ----------
    name : str
        Its name in JSON.
    title : str
        Its name for the user.
    group : str
        One of `GROUPS`, below which the user finds it.

    Returns
    -------
    callable
        A class decorator.
    """

    def add(cls: type[Transform]) -> type[Transform]:
        cls.name, cls.title, cls.group = name, title, group
        REGISTRY[name] = cls
        return cls

    return add


def names() -> list[str]:
    """Return the names of all transforms, spectrogram before waveform before pair, each in alphabetical order."""
    return sorted(REGISTRY, key=lambda name: (get_args(Domain).index(REGISTRY[name].domain), name))


def from_dict(step: dict[str, Any]) -> Transform:
    """Make a transform from a step of a JSON chain.

    Parameters
    ----------
    step : dict
        ``name`` and the parameters, such as ``{"name": "mel_gain", "gain_db": [-6, 6]}``.

    Returns
    -------
    Transform
        The validated transform.

    Raises
    ------
    ParameterError
        On an unknown name or parameter, or a value outside its range.
    """
    named = isinstance(step, dict) and isinstance(step.get("name"), str)
    require(named, "a step must be an object with a name", step)
    require(step["name"] in REGISTRY, f"name must be one of {', '.join(names())}", step["name"])
    cls = REGISTRY[step["name"]]
    values = {key: value for key, value in step.items() if key != "name"}
    known = {f.name for f in fields(cls)}
    unknown = sorted(set(values) - known)
    require(not unknown, f"{cls.name} takes {', '.join(sorted(known))}", ", ".join(unknown))
    try:
        return cls(**values)
    except TypeError as error:
        raise ParameterError(f"{cls.name}: {error}") from error
