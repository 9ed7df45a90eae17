"""Clips and copies as levelled sounds: the examples of a batch, and the inputs for evaluation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import overload

import numpy as np

from esc_core.augment import Compose
from esc_core.augment.timing import RandomCrop
from esc_core.features import level_mel, log_mel
from esc_core.features.waveforms import FULL_SCALE, active_part, from_pcm
from esc_core.inference.front_end import mel_input, wave_input


@dataclass(frozen=True)
class Sounds:
    """The stored arrays of a data set, from which a network's input is made.

    Attributes
    ----------
    clips : numpy.ndarray, shape (n_clips, n_mels, t) float32 or (n_clips, n) int16
        Mel power, or waveforms as `esc_core.features.waveforms.extract_waveforms` stores them.
    copies : numpy.ndarray or None
        Augmented copies of the training clips, shape (n_copies, n_train, …); see `make_copies`.
    """

    clips: np.ndarray
    copies: np.ndarray | None = None


class Source(ABC):
    """Levelled training clips and their copies, from which batches are made.

    Attributes
    ----------
    n_clips : int
        Training clips.
    n_versions : int
        Versions of each: the clip itself and its copies.
    """

    n_clips: int
    n_versions: int

    def draw(self, i: int, rng: np.random.Generator) -> np.ndarray:
        """Return a training clip or one of its copies, each as likely, levelled."""
        return self.sound(i, self._version(rng))

    def _version(self, rng: np.random.Generator) -> int:
        return int(rng.integers(self.n_versions)) if self.n_versions > 1 else 0  # nothing is drawn without copies

    @abstractmethod
    def sound(self, i: int, version: int) -> np.ndarray:
        """Return version 0, the clip itself, or one of its copies, levelled."""

    @abstractmethod
    def example(self, i: int, j: int, chain: Compose, rng: np.random.Generator) -> tuple[np.ndarray, float]:
        """Return training clip i after a chain, mixed with clip j where it mixes, and the label's weight of i."""

    @abstractmethod
    def batch(self, examples: list[np.ndarray]) -> np.ndarray:
        """Return examples as the network takes them, with a channel at the end."""

    @abstractmethod
    def mean_and_std(self) -> tuple[float, float]:
        """Return mean and standard deviation of the training clips as the network takes them."""

    @abstractmethod
    def inputs(self, chosen: np.ndarray) -> Sequence[np.ndarray]:
        """Return any clips as `esc_core.inference` gives them to the network: whole, without the batch."""


class MelSource(Source):
    """Mel power for networks on log-mel spectrograms.

    Parameters
    ----------
    sounds : Sounds
        Mel power.
    train : numpy.ndarray, shape (n_train,), int
        Positions of the training clips.
    n_frames : int
        Shortest input of the network.
    """

    def __init__(self, sounds: Sounds, train: np.ndarray, *, n_frames: int) -> None:
        self.clips, self.n_frames = sounds.clips, n_frames
        copies = () if sounds.copies is None else sounds.copies
        self.versions = [[level_mel(self.clips[i]) for i in train]]
        self.versions += [[level_mel(mel) for mel in copy] for copy in copies]
        self.n_clips, self.n_versions = len(train), len(self.versions)

    def sound(self, i: int, version: int) -> np.ndarray:
        """Return levelled mel power, shape (n_mels, t_active)."""
        return self.versions[version][i]

    def example(self, i: int, j: int, chain: Compose, rng: np.random.Generator) -> tuple[np.ndarray, float]:
        """Return mel power, shape (n_mels, t), and the label's weight."""
        return chain.mix(self.draw(i, rng), partial(self.draw, j, rng), rng)

    def batch(self, examples: list[np.ndarray]) -> np.ndarray:
        """Return `log_mel`, shape (batch, n_mels, t, 1), float32."""
        return log_mel(np.stack(examples))[..., None]

    def mean_and_std(self) -> tuple[float, float]:
        """Return those of the clips' `log_mel`, without the copies."""
        return mean_and_std(log_mel(mel) for mel in self.versions[0])

    def inputs(self, chosen: np.ndarray) -> list[np.ndarray]:
        """Return `mel_input` of clips, each of shape (n_mels, t, 1)."""
        return [mel_input(self.clips[i], least=self.n_frames) for i in chosen]


class WaveSource(Source):
    """Waveforms for networks on waveforms.

    Parameters
    ----------
    sounds : Sounds
        Waveforms in 16 bits; they stay on disk, and the system caches them as far as memory allows.
    train : numpy.ndarray, shape (n_train,), int
        Positions of the training clips.
    n_samples : int
        Shortest input of the network.
    sr : int
        Sampling rate in Hz.
    """

    def __init__(self, sounds: Sounds, train: np.ndarray, *, n_samples: int, sr: int) -> None:
        self.sounds, self.train, self.n_samples, self.sr = sounds, train, n_samples, sr
        self.n_clips = len(train)
        self.n_versions = 1 + (0 if sounds.copies is None else len(sounds.copies))
        self._levels: dict[tuple[int, int], tuple[slice, np.float32]] = {}

    def sound(self, i: int, version: int) -> np.ndarray:
        """Return a levelled waveform, shape (n_active,)."""
        pcm, gain = self._stored(i, version)
        return pcm * gain

    def _stored(self, i: int, version: int) -> tuple[np.ndarray, np.float32]:
        """Return the active part in 16 bits, and the gain that levels it."""
        copies = self.sounds.copies
        pcm = self.sounds.clips[self.train[i]] if copies is None or version == 0 else copies[version - 1, i]
        if (i, version) not in self._levels:
            part, gain = active_part(from_pcm(pcm), self.sr)
            self._levels[i, version] = part, gain / np.float32(FULL_SCALE)
        part, gain = self._levels[i, version]
        return np.asarray(pcm[part]), gain

    def example(self, i: int, j: int, chain: Compose, rng: np.random.Generator) -> tuple[np.ndarray, float]:
        """Return a waveform, shape (n,), and the label's weight."""
        crop, rest = chain.transforms[0], chain.transforms[1:]
        if not isinstance(crop, RandomCrop) or crop.p < 1:
            return chain.mix_waves(
                self.draw(i, rng),
                partial(self.draw, j, rng),
                self.sr,
                rng,
                draw_background=lambda: self.draw(self._any_clip(rng), rng),
            )

        def cropped(i: int) -> np.ndarray:
            # cut first, then converted and levelled: a third of the samples, and the same result
            pcm, gain = self._stored(i, self._version(rng))
            return crop.apply(pcm, self.sr, crop.draw(rng, pcm.shape)) * gain

        return Compose(rest).mix_waves(
            cropped(i), partial(cropped, j), self.sr, rng, draw_background=lambda: cropped(self._any_clip(rng))
        )

    def _any_clip(self, rng: np.random.Generator) -> int:
        """Draw a background: not clip j, which would be mixed in twice, and be its own background."""
        return int(rng.integers(self.n_clips))

    def batch(self, examples: list[np.ndarray]) -> np.ndarray:
        """Return waveforms, shape (batch, n, 1), float32."""
        return np.stack(examples)[..., None]

    def mean_and_std(self) -> tuple[float, float]:
        """Return 0 and 1, to which the waveforms are levelled."""
        return 0.0, 1.0

    def inputs(self, chosen: np.ndarray) -> WaveInputs:
        """Return `wave_input` of clips, each of shape (n, 1)."""
        return WaveInputs(self.sounds.clips, chosen, n_samples=self.n_samples, sr=self.sr)


class WaveInputs(Sequence[np.ndarray]):
    """Waveforms as a network takes them, made on access: those of a whole fold would fill the memory.

    Parameters
    ----------
    clips : numpy.ndarray, shape (n_clips, n), int16
        Waveforms.
    chosen : numpy.ndarray, shape (m,), int
        Positions of the clips.
    n_samples : int
        Shortest input.
    sr : int
        Rate in Hz.
    """

    def __init__(self, clips: np.ndarray, chosen: np.ndarray, *, n_samples: int, sr: int) -> None:
        self.clips, self.chosen, self.n_samples, self.sr = clips, chosen, n_samples, sr

    def __len__(self) -> int:
        return len(self.chosen)

    @overload
    def __getitem__(self, i: int) -> np.ndarray: ...

    @overload
    def __getitem__(self, i: slice) -> Sequence[np.ndarray]: ...

    def __getitem__(self, i: int | slice) -> np.ndarray | Sequence[np.ndarray]:
        if isinstance(i, slice):
            return [self[j] for j in range(*i.indices(len(self)))]
        return wave_input(from_pcm(self.clips[self.chosen[i]]), self.sr, least=self.n_samples)


def mean_and_std(arrays: Iterable[np.ndarray]) -> tuple[float, float]:
    """Return mean and standard deviation over all values of arrays that may differ in length."""
    sums = np.zeros(3)
    for x in arrays:
        sums += [x.size, x.sum(dtype=np.float64), np.square(x, dtype=np.float64).sum()]
    mean = sums[1] / sums[0]
    return float(mean), float(np.sqrt(sums[2] / sums[0] - mean**2))
