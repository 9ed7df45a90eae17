"""The card of a model: all that is needed to use and judge its networks."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from esc_core.config import FeatureConfig, TrainConfig

INPUTS = ("log_mel", "waveform", "embedding", "together")
"""What networks take: spectrograms, waveforms, YAMNet's embeddings; or the answers of other models."""

ESC50_ONLY = "ESC-50 only"
"""What a network has heard in training, unless its card says more."""

WHOLE = "whole"
"""What a card says of a model that classifies a clip in one pass over its active part."""

SYNTHETIC_ONLY = "synthetic sounds only"
"""The same for a network that was trained on the starter sounds."""


@dataclass(frozen=True)
class Calibration:
    """How logits become probabilities, and when to say "not sure".

    Attributes
    ----------
    temperature : float
        Divisor of the logits before the softmax.
    not_sure_below : float
        Threshold of the highest probability; below it the answer is "not sure".
    event_below : float or None
        The same for a single window of a long recording, which is wrong more often than the mean over a clip's windows;
        None in older cards, which have one threshold for both.
    """

    temperature: float = 1.0
    not_sure_below: float = 0.0
    event_below: float | None = None

    @property
    def event_threshold(self) -> float:
        """Lowest probability at which a window makes an event."""
        return self.not_sure_below if self.event_below is None else self.event_below


@dataclass(frozen=True)
class Card:
    """``card.json``: everything about a model but its weights.

    Attributes
    ----------
    name : str
        Folder name.
    input : str
        One of `INPUTS`.
    labels : tuple of str
        Categories in the order of the logits.
    features : FeatureConfig
        Model input.
    train_config : TrainConfig
        How it was trained; `val_fold` is each model's own fold.
    crop_frames : int
        Frames per window of a long recording; for waveforms, as many hops.
    folds : tuple of int
        Each has a network that held it out, ``fold{k}.keras``.
    calibration : dict
        `Calibration` by fold, and "deployment" for the mean of all.
    details : dict
        Scores, data, minutes, machine, versions, licence, as stored.
    """

    name: str
    input: str
    labels: tuple[str, ...]
    features: FeatureConfig
    train_config: TrainConfig
    crop_frames: int
    folds: tuple[int, ...]
    calibration: dict[str, Calibration]
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def members(self) -> dict[str, float]:
        """Models that answer together, by name, each with its weight; empty for a model with networks of its own."""
        members: dict[str, float] = self.details.get("members", {})
        return members

    @property
    def needs_trunk(self) -> bool:
        """Whether it can only be used with YAMNet's trunk, which is no part of this project."""
        return bool(self.details.get("trunk"))

    @property
    def knows_none(self) -> bool:
        """Whether its networks have one more logit, the last: that a sound is none of the labels."""
        return bool(self.details.get("none"))

    @property
    def has_own_folds(self) -> bool:
        """Whether it was trained on other data than ESC-50, whose clips it knows by their ids alone."""
        return self.knows_none or "own_folds" in self.details

    @property
    def n_outputs(self) -> int:
        """Logits of its networks: one for each label, and perhaps that of "none"."""
        return len(self.labels) + self.knows_none

    def fold_of(self, clip_id: str, *, siblings: Collection[str] = ()) -> int | None:
        """Return the fold whose network was not trained on a clip, nor on any other of its recording.

        Parameters
        ----------
        clip_id : str
            File stem. A model of other data than ESC-50 lists its clips; the others have ESC-50's folds, with which ids
            begin.
        siblings : collection of str
            Ids of the other clips of the same recording, as far as they are known. A data set may have grown since the
            model was trained: a clip that is new, or recordings that turned out to be one.

        Returns
        -------
        int or None
            None where all networks answer together: none was trained on the clip, or all were, which
            `seen_in_training` knows.
        """
        if self.has_own_folds:
            free = self._unheard_in((clip_id, *siblings)) or frozenset()
            own = self.details.get("own_folds", {}).get(clip_id)
            return own if own in free else min(free, default=None)
        return int(clip_id[0]) if clip_id[:1].isdecimal() and int(clip_id[0]) in self.folds else None

    def clips_of(self, recording: str) -> tuple[str, ...]:
        """Return the ids of the clips of a recording that a model of other data than ESC-50 knows."""
        recordings: dict[str, str] = self.details.get("recordings", {})
        return tuple(clip_id for clip_id, name in recordings.items() if name == recording)

    def _unheard_in(self, clip_ids: Iterable[str]) -> frozenset[int] | None:
        """Return the folds whose networks heard nothing of some clips' recordings; None if all clips are new to it."""
        known = [self._unheard[clip_id] for clip_id in clip_ids if clip_id in self._unheard]
        return frozenset.intersection(*known) if known else None

    @cached_property
    def _unheard(self) -> dict[str, frozenset[int]]:
        """The folds whose networks heard nothing of a clip's recording, as recordings were in training, by clip id."""
        own: dict[str, int] = self.details.get("own_folds", {})
        always: list[str] = self.details.get("trained_on", [])
        recordings: dict[str, str] = self.details.get("recordings", {})
        # a card without recordings knows each clip as one of its own
        of = {clip_id: ("of", recordings[clip_id]) if clip_id in recordings else clip_id for clip_id in (*own, *always)}
        held_out: dict[object, set[int]] = {recording: set() for recording in of.values()}
        for clip_id, fold in own.items():  # a recording that crosses folds was left out of training in each of them
            held_out[of[clip_id]].add(fold)
        return {clip_id: frozenset(held_out[recording]) for clip_id, recording in of.items()}

    @property
    def heard(self) -> str:
        """What its networks have heard in training: "ESC-50 only", or what came before."""
        return str(self.details.get("heard", SYNTHETIC_ONLY if self.details.get("synthetic") else ESC50_ONLY))

    @property
    def whole_clips(self) -> bool:
        """Whether its networks were scored on whole clips; those of version 0.2.0 and before, on five crops of each."""
        return self.input == "embedding" or self.details.get("clips") == WHOLE

    @property
    def crop_samples(self) -> int:
        """Samples per window, at the features' rate."""
        return self.crop_frames * self.features.hop_length

    def calibration_of(self, fold: int | None) -> Calibration:
        """Return the calibration of a fold's network, chosen without that fold; for None, that of the mean of all."""
        return self.calibration["deployment" if fold is None else str(fold)]

    def seen_in_training(self, clip_id: str, *, siblings: Collection[str] = (), synthetic: bool = False) -> bool:
        """Return whether each network that could answer was trained on a clip, or on another of its recording.

        Parameters
        ----------
        clip_id : str
            File stem, such as ``1-100032-A-0``.
        siblings : collection of str
            As in `fold_of`.
        synthetic : bool
            Whether the clip is of the starter set, whose ids stand for other sounds than ESC-50's.

        Returns
        -------
        bool
            False for the shipped models of five folds, in which each clip has a network that held it out.
        """
        if self.has_own_folds:
            return self._unheard_in((clip_id, *siblings)) == frozenset()
        trained_on = self.details.get("trained_on", ())
        return synthetic == self.details.get("synthetic", False) and any(
            name in trained_on for name in (clip_id, *siblings)
        )

    def scores(self) -> dict[str, Any] | None:
        """Return the scores over its folds, on ESC-50 or on the data it was trained on; None if there are none."""
        scores: dict[str, dict[str, Any]] = self.details.get("scores", {})
        return scores.get("esc50", scores.get("own"))

    def mean_accuracy(self) -> float | None:
        """Return the mean accuracy over its folds on the data it was trained on, 0–1; None if it was not measured."""
        scores = self.scores()
        return sum(scores["fold_accuracy"]) / len(scores["fold_accuracy"]) if scores else None

    def to_dict(self) -> dict[str, Any]:
        """Return the card as plain JSON values."""
        return {
            "name": self.name,
            "input": self.input,
            "labels": list(self.labels),
            "feature_config": self.features.to_dict(),
            "train_config": self.train_config.to_dict(),
            "crop_frames": self.crop_frames,
            "folds": list(self.folds),
            "temperature": {key: c.temperature for key, c in self.calibration.items()},
            "not_sure_below": {key: c.not_sure_below for key, c in self.calibration.items()},
            "event_below": {key: c.event_below for key, c in self.calibration.items() if c.event_below is not None},
            **self.details,
        }
