"""Chains of transforms: read from JSON, drawn with a seed, applied to a clip or to a pair."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from esc_core.augment.applied import Applied, Decide, Draws, Second, Walk
from esc_core.augment.base import PairTransform, SpectrogramTransform, Transform, from_dict
from esc_core.augment.ranges import Values
from esc_core.config import FeatureConfig, require

MAX_STEPS = 20
"""Most steps in a chain; a link could carry thousands, and each takes time."""


@dataclass(frozen=True)
class Compose:
    """Transforms applied in sequence, each with its probability.

    Steps on waveforms come first, then steps on spectrograms; a mixture that can do both acts on whichever it receives.

    Attributes
    ----------
    transforms : tuple of Transform
        In order of application.
    """

    transforms: tuple[Transform, ...]

    def __post_init__(self) -> None:
        """Check that no waveform step follows a spectrogram step."""
        names = [transform.name for transform in self.transforms]
        for transform in self.transforms[self.n_waveform_steps :]:
            after = names[self.n_waveform_steps]
            rule = f"{transform.name} acts on waveforms and must come before {after}, which acts on spectrograms"
            require(_acts_on(transform, "spectrogram"), rule, names)

    @property
    def n_waveform_steps(self) -> int:
        """Number of steps before the first that acts on spectrograms only."""
        only_mel = [not _acts_on(t, "waveform") for t in self.transforms]
        return only_mel.index(True) if any(only_mel) else len(only_mel)

    @classmethod
    def from_json(cls, steps: Sequence[dict[str, Any]]) -> Compose:
        """Read a chain such as ``[{"name": "mel_gain", "gain_db": [-6, 6], "p": 0.5}]``.

        Raises
        ------
        ParameterError
            On an unknown name or parameter, a value outside its range, a waveform step after a spectrogram step, more
            than `MAX_STEPS`, or more than one pair transform that shares the label.
        """
        require(isinstance(steps, list | tuple), "a chain must be a list of steps", steps)
        require(len(steps) <= MAX_STEPS, f"a chain must have at most {MAX_STEPS} steps", len(steps))
        transforms = tuple(from_dict(step) for step in steps)
        n_pairs = sum(map(_mixes, transforms))
        require(n_pairs <= 1, "a chain must have at most one pair transform", n_pairs)
        return cls(transforms)

    def unmixed(self) -> Compose:
        """Return the chain without its mixture; backgrounds stay."""
        return Compose(tuple(t for t in self.transforms if not _mixes(t)))

    def to_json(self) -> list[dict[str, Any]]:
        """Return the chain in the form that `from_json` reads."""
        return [t.to_dict() for t in self.transforms]

    def __call__(
        self,
        y: np.ndarray,
        sr: int,
        rng: np.random.Generator,
        *,
        second: Second | None = None,
        features: FeatureConfig | None = None,
    ) -> Applied:
        """Draw and apply the chain to a waveform.

        The steps before a pair transform that shares the label act on both sounds, each with its own draw; the steps
        after it act on the mixture.

        Parameters
        ----------
        y : numpy.ndarray, shape (n,), float
            Waveform; it is not changed.
        sr : int
            Its rate in Hz.
        rng : numpy.random.Generator
            Source of randomness.
        second : callable, optional
            Returns another waveform at the same rate, for a mixture or a background; called only where one acts.
        features : FeatureConfig, optional
            Settings of the spectrograms; the defaults if left out.

        Returns
        -------
        Applied
            The waveform, the spectrogram if the chain has steps on it, the drawn values, and the headroom.

        Raises
        ------
        AudioError
            If `y` is empty, holds values that are not finite or becomes too loud, or if the chain needs another sound
            and `second` is left out.
        """
        return self._walk(sr, _drawing(rng), second, features).result(y)

    def replay(
        self,
        y: np.ndarray,
        sr: int,
        draws: Draws,
        *,
        second: Second | None = None,
        features: FeatureConfig | None = None,
    ) -> Applied:
        """Apply the chain with values drawn earlier; the same sound gives the same samples.

        Parameters
        ----------
        y, sr, second, features
            As in `__call__`.
        draws : dict
            `Applied.draws`, also after a round trip through JSON.

        Returns
        -------
        Applied
            As from the call that drew them.
        """
        n = len(self.transforms)
        fits = all(len(draws[key]) == n for key in ("first", "second"))
        require(fits, f"draws must hold {n} entries each for the first and the second sound", draws)

        def recall(transform: Transform, shape: tuple[int, ...], i: int, of_second: bool) -> Values | None:
            return draws["second" if of_second else "first"][i]

        return self._walk(sr, recall, second, features).result(y)

    def _walk(
        self,
        sr: int,
        decide: Decide,
        second: Second | None,
        features: FeatureConfig | None,
        *,
        background: Second | None = None,
    ) -> Walk:
        n, features = self.n_waveform_steps, features or FeatureConfig()
        return Walk(self.transforms, n, sr, decide, second, features, background=background)

    def mix(
        self, first: np.ndarray, draw_second: Callable[[], np.ndarray], rng: np.random.Generator
    ) -> tuple[np.ndarray, float]:
        """Apply a chain of spectrogram and pair transforms to one training clip.

        The steps before the pair transform act on both sounds, each with its own draw; the steps after it act on the
        mixture.

        Parameters
        ----------
        first : numpy.ndarray, shape (n_mels, t), float32
            Levelled mel power.
        draw_second : callable
            Returns the second sound; called only where a pair transform acts.
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        mel : numpy.ndarray, shape (n_mels, t'), float32
            The result.
        lam : float
            The first sound's weight in the label.
        """
        at = next((i for i, t in enumerate(self.transforms) if isinstance(t, PairTransform)), None)
        if at is None:
            return apply_all(self.transforms, first, rng), 1.0
        before, pair, after = self.transforms[:at], self.transforms[at], self.transforms[at + 1 :]
        require(_acts_on(pair, "spectrogram"), "the transform must act on spectrograms", pair.name)
        mel, lam = apply_all(before, first, rng), 1.0
        if isinstance(pair, PairTransform) and rng.random() < pair.p:
            values = pair.draw(rng, mel.shape)
            mel, lam = pair.apply(mel, apply_all(before, draw_second(), rng), values), pair.lam(values)
        return apply_all(after, mel, rng), lam

    def mix_waves(
        self,
        first: np.ndarray,
        draw_second: Second,
        sr: int,
        rng: np.random.Generator,
        *,
        draw_background: Second | None = None,
    ) -> tuple[np.ndarray, float]:
        """Apply a chain of waveform and pair transforms to one training clip.

        As in `__call__`, but without headroom: models accept any level, and headroom would undo gains.

        Parameters
        ----------
        first : numpy.ndarray, shape (n,), float32
            Levelled waveform.
        draw_second : callable
            Returns another levelled waveform; called only where a pair transform acts.
        sr : int
            Sampling rate of both in Hz.
        rng : numpy.random.Generator
            Source of randomness.
        draw_background : callable, optional
            Returns another levelled waveform each time, for backgrounds, of both sounds; `draw_second` if left out.
            The sound that shares the label must be one and the same, a background need not.

        Returns
        -------
        y : numpy.ndarray, shape (n',), float32
            The result.
        lam : float
            The first sound's weight in the label.
        """
        walk = self._walk(sr, _drawing(rng), draw_second, None, background=draw_background)
        return walk.waveform(first), walk.lam


def _drawing(rng: np.random.Generator) -> Decide:
    def draw(transform: Transform, shape: tuple[int, ...], i: int, of_second: bool) -> Values | None:
        return transform.draw(rng, shape) if rng.random() < transform.p else None

    return draw


def _mixes(transform: Transform) -> bool:
    return isinstance(transform, PairTransform) and transform.shares_label


def _acts_on(transform: Transform, kind: str) -> bool:
    return kind in transform.acts_on if isinstance(transform, PairTransform) else transform.domain == kind


def apply_all(transforms: Sequence[Transform], mel: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw and apply spectrogram transforms in sequence.

    Parameters
    ----------
    transforms : sequence of Transform
        Transforms of the spectrogram domain.
    mel : numpy.ndarray, shape (n_mels, t), float32
        Levelled mel power; it is not changed.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    numpy.ndarray, shape (n_mels, t'), float32
        The result.

    Raises
    ------
    ParameterError
        If a transform is not of the spectrogram domain.
    """
    for transform in transforms:
        require(isinstance(transform, SpectrogramTransform), "the transform must act on spectrograms", transform.name)
        if isinstance(transform, SpectrogramTransform) and rng.random() < transform.p:
            mel = transform.apply(mel, transform.draw(rng, mel.shape))
    return mel
