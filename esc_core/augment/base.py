"""What every transform is: ranges that are validated, values that are drawn, and an application that follows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, get_args

import numpy as np

from esc_core.augment.ranges import Parameter, Values, is_number
from esc_core.config import require
from esc_core.errors import ParameterError

Domain = Literal["spectrogram", "waveform", "pair"]
ArrayKind = Literal["waveform", "spectrogram"]


@dataclass(frozen=True)
class Transform:
    """One change to a sound: validated when made, drawn from a generator, applied without chance.

    Attributes
    ----------
    p : float
        Probability with which a chain applies it, in [0, 1].
    """

    name: ClassVar[str]
    domain: ClassVar[Domain]
    keeps_length: ClassVar[bool] = True
    """Whether the result has as many samples, or bands and frames, as the input."""
    keeps_place: ClassVar[bool] = True
    """Whether everything stays at its time and frequency, so that before and after can be subtracted."""
    imitates: ClassVar[str] = ""
    """What it imitates in the world: one sentence for people."""
    destroys_label: ClassVar[str] = ""
    """When the category is no longer true: one sentence for people."""
    parameters: ClassVar[dict[str, Parameter]] = {}
    """What may be set, by the name of the field, in the order in which it is drawn."""

    p: float = 1.0

    def __post_init__(self) -> None:
        """Turn JSON's lists into tuples and check every range."""
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
            Source of chance.
        shape : tuple of int
            Shape of the array that it will be applied to.

        Returns
        -------
        dict
            Plain numbers and names, as JSON has them. Those of waveforms hold for any sampling rate.
        """
        return {name: parameter.draw(rng, getattr(self, name)) for name, parameter in self.parameters.items()}

    def describe(self, values: Values) -> str:
        """Say in a few words what drawn values do, such as ``pitch +2.3 semitones``.

        Parameters
        ----------
        values : dict
            What `draw` returned.

        Returns
        -------
        str
            Words for people.
        """
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Return the transform as a step of a JSON chain."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        if self.p == 1.0:
            del values["p"]
        return {"name": self.name} | {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}


class WaveformTransform(Transform):
    """A change to a waveform."""

    domain: ClassVar[Domain] = "waveform"

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
            The changed waveform. It may leave [-1, 1]; a chain takes care of that.
        """
        raise NotImplementedError


class SpectrogramTransform(Transform):
    """A change to a mel power spectrogram."""

    domain: ClassVar[Domain] = "spectrogram"

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
        raise NotImplementedError


class PairTransform(Transform):
    """A mixture of two sounds."""

    domain: ClassVar[Domain] = "pair"
    acts_on: ClassVar[tuple[ArrayKind, ...]]
    """What it can mix; with both, it takes what the steps before it left."""
    shares_label: ClassVar[bool] = True
    """Whether the label is shared between the two; if not, the second is only a background."""

    def apply(self, first: np.ndarray, second: np.ndarray, values: Values, *, sr: int | None = None) -> np.ndarray:
        """Mix two sounds by drawn values.

        Parameters
        ----------
        first, second : numpy.ndarray, float32
            Two spectrograms (n_mels, t) of one shape, or two waveforms (n,), of which the second is brought to
            the length of the first; neither is changed.
        values : dict
            What `draw` returned.
        sr : int, optional
            Rate of waveforms in Hz; spectrograms need none.

        Returns
        -------
        numpy.ndarray, shape of `first`, float32
            The mixture.
        """
        raise NotImplementedError

    def lam(self, values: Values) -> float:
        """Return the label's weight of the first sound, in [0, 1]; the second has the rest."""
        raise NotImplementedError


REGISTRY: dict[str, type[Transform]] = {}
"""Every transform by the name it has in JSON."""


def register(name: str) -> Callable[[type[Transform]], type[Transform]]:
    """Make a transform known under a name.

    Parameters
    ----------
    name : str
        Its name in JSON.

    Returns
    -------
    callable
        A class decorator.
    """

    def add(cls: type[Transform]) -> type[Transform]:
        cls.name = name
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
