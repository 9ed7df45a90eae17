"""Waveform → probabilities, a timeline of events, remarks on the recording, "not sure" and "nothing"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from esc_core.config import CLIP_SECONDS, AudioLimits
from esc_core.errors import AudioError, ModelError
from esc_core.features import active_frames, full_scale_power, level_mel, log_mel
from esc_core.inference.background import is_nothing
from esc_core.inference.certainty import is_sure
from esc_core.inference.front_end import Sound
from esc_core.inference.listeners import Listener, listener_of
from esc_core.inference.prediction import Prediction
from esc_core.inference.remarks import remarks_on
from esc_core.inference.timeline import Timeline, timeline
from esc_core.inference.unknown import rule_of
from esc_core.measures.metrics import softmax
from esc_core.models.card import Card
from esc_core.models.folder import read_card

SOUNDS_AT_ONCE = 32
"""Sounds whose spectrograms are held at a time, where many are classified."""


class Predictor:
    """A model folder's networks, loaded once; safe to use from several threads.

    Parameters
    ----------
    folder : str or pathlib.Path
        Folder with ``card.json`` and the weights.

    Raises
    ------
    ModelError
        If the folder is incomplete or a network can't be loaded, or gives values that are no numbers.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.card: Card = read_card(self.folder)
        self._listener: Listener = listener_of(self.folder, self.card)

    @property
    def folds(self) -> tuple[int, ...]:
        """Folds with a network that was not trained on them."""
        return self.card.folds

    def load(self) -> None:
        """Load every network and run it, so that the first answer takes no longer than the next."""
        self._listener.load()

    def predict(
        self,
        y: np.ndarray,
        sr: int,
        *,
        fold: int | None = None,
        limits: AudioLimits | None = None,
        ask_unknown: bool = True,
    ) -> Prediction:
        """Classify a waveform: as a whole up to 5 s, and window by window if it is longer.

        Parameters
        ----------
        y : numpy.ndarray, shape (n,), float32
            Waveform in [-1, 1].
        sr : int
            Its rate in Hz.
        fold : int, optional
            Use only the network that was not trained on this fold; by default the mean of all networks.
        limits : AudioLimits, optional
            Shortest and longest waveform.
        ask_unknown : bool
            Whether the rule of unknown sounds is asked, which takes YAMNet's time where it is there.

        Returns
        -------
        Prediction
            Probabilities and what belongs to them.

        Raises
        ------
        AudioError
            If the waveform is too short, too long, or not finite.
        ModelError
            If no network held the fold out.
        """
        check_waveform(y, sr, limits or AudioLimits())
        folds = self._folds_for(fold)
        features, calibration = self.card.features, self.card.calibration_of(fold)
        sound = Sound.of(y, sr, features)
        mel = sound.mel
        levelled, active = level_mel(mel), active_frames(mel)
        power = float(mel[:, active].sum())
        windows = None
        if y.size <= (CLIP_SECONDS + 0.05) * sr:
            probs, nothing = self._probs([sound], folds)[0], self._is_nothing(mel)
        else:
            windows = self._timeline(sound, folds, threshold=calibration.event_threshold)
            probs, nothing = windows.overall, bool(windows.quiet.all())
        rule = rule_of(self.card, fold) if ask_unknown and not nothing else None
        heard = rule.hear(sound) if rule else None
        unknown = rule is not None and rule.is_unknown(probs, heard)
        if unknown and rule is not None and windows is not None:
            unknown = not rule.knows_an_event(windows, sound)
            windows = replace(windows, events=()) if unknown else windows
        frame_seconds = features.hop_length / features.sr
        return Prediction(
            labels=self.card.labels,
            probs=probs.astype(np.float32),
            not_sure=unknown or (not nothing and not is_sure(probs, calibration.not_sure_below)),
            nothing=nothing,
            threshold=calibration.not_sure_below,
            # that nothing is here says it all: its level and its band are no faults
            remarks=() if nothing else tuple(remarks_on(y, sr, model_fmax=features.fmax)),
            fold=fold,
            log_mel=log_mel(mel * np.float32(levelled.sum() / power if power > 0 else 1)),
            active_part=(active.start * frame_seconds, active.stop * frame_seconds),
            features=features,
            timeline=windows,
            unknown=unknown,
            outside=heard.outside if heard else (),
        )

    def is_nothing(self, y: np.ndarray, sr: int) -> bool:
        """Tell whether a waveform of up to 5 s is only a quiet background, as `predict` does.

        Parameters
        ----------
        y : numpy.ndarray, shape (n,), float32
            Waveform in [-1, 1].
        sr : int
            Its rate in Hz.

        Returns
        -------
        bool
            True where no guess should be given.
        """
        return self._is_nothing(Sound.of(y, sr, self.card.features).mel)

    def _is_nothing(self, mel: np.ndarray) -> bool:
        return is_nothing(mel.sum(axis=0) / full_scale_power(self.card.features))

    def _timeline(self, sound: Sound, folds: tuple[int, ...], *, threshold: float) -> Timeline:
        features, n_frames = self.card.features, self.card.crop_frames

        def classify(windows: Sequence[Sound]) -> np.ndarray:
            parts = range(0, len(windows), SOUNDS_AT_ONCE)
            return np.concatenate([self._probs(windows[i : i + SOUNDS_AT_ONCE], folds) for i in parts])

        return timeline(
            sound.mel,
            classify,
            make_window=lambda start: sound.part(start, n_frames),
            n_frames=n_frames,
            frame_seconds=features.hop_length / features.sr,
            threshold=threshold,
            full_scale=full_scale_power(features),
        )

    def clip_probs(self, waves: Sequence[np.ndarray], *, fold: int | None = None) -> np.ndarray:
        """Classify many clips.

        Parameters
        ----------
        waves : sequence of numpy.ndarray, shape (n,), float32
            Waveforms of up to 5 s at ``card.features.sr``, in [-1, 1].
        fold : int, optional
            Use only the network that was not trained on this fold; by default the mean of all networks.

        Returns
        -------
        numpy.ndarray, shape (n_clips, n_classes), float32
            Calibrated probabilities, as `predict` gives them.

        Raises
        ------
        ModelError
            If no network held the fold out, or one can't be used.
        """
        logits = self.clip_logits(waves, fold=fold)
        return self._calibrated(logits, self._folds_for(fold))

    def clip_answers(self, waves: Sequence[np.ndarray], *, fold: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Classify many clips, and tell which are answered.

        Parameters
        ----------
        waves, fold
            As for `clip_probs`.

        Returns
        -------
        probs : numpy.ndarray, shape (n_clips, n_classes), float32
            Calibrated probabilities.
        sure : numpy.ndarray, shape (n_clips,), bool
            Which clips are neither "not sure" nor none of the categories, as `predict` has it; whether they are nothing
            is for `is_nothing` to say.
        """
        folds, features = self._folds_for(fold), self.card.features
        below, rule = self.card.calibration_of(fold).not_sure_below, rule_of(self.card, fold)
        probs, known = [], []
        for i in range(0, len(waves), SOUNDS_AT_ONCE):
            sounds = [Sound.of(y, features.sr, features) for y in waves[i : i + SOUNDS_AT_ONCE]]
            probs.append(self._probs(sounds, folds))
            known += [not (rule and rule.is_unknown(p, rule.hear(s))) for p, s in zip(probs[-1], sounds, strict=True)]
        return np.concatenate(probs), is_sure(np.concatenate(probs), below) & np.array(known, bool)

    def clip_logits(self, waves: Sequence[np.ndarray], *, fold: int | None = None) -> np.ndarray:
        """Return the logits of many clips, shape (n_models, n_clips, ``card.n_outputs``); see `clip_probs`."""
        folds, features = self._folds_for(fold), self.card.features
        parts = [
            self._listener.logits([Sound.of(y, features.sr, features) for y in waves[i : i + SOUNDS_AT_ONCE]], folds)
            for i in range(0, len(waves), SOUNDS_AT_ONCE)
        ]
        return np.concatenate(parts, axis=1)

    def mel_probs(self, mels: Sequence[np.ndarray], *, fold: int | None = None) -> np.ndarray:
        """Classify mel spectrograms that have no waveform, such as augmented ones.

        Parameters
        ----------
        mels : sequence of numpy.ndarray, shape (n_mels, t)
            Mel power by ``card.features``.
        fold : int, optional
            Use only the network that was not trained on this fold; by default the mean of all networks.

        Returns
        -------
        numpy.ndarray, shape (n, n_classes), float32
            Calibrated probabilities, as of waveforms of up to 5 s.

        Raises
        ------
        ModelError
            If the model does not classify spectrograms.
        """
        if self.card.input != "log_mel":
            raise ModelError(f"{self.card.name} classifies waveforms, not spectrograms")
        silence = np.zeros(0, np.float32)
        return self._probs([Sound(silence, mel, self.card.features) for mel in mels], self._folds_for(fold))

    def sound_probs(self, sounds: Sequence[Sound], *, fold: int | None = None) -> np.ndarray:
        """Classify sounds that are at the model's rate already, such as versions of one sound at its level.

        Parameters
        ----------
        sounds : sequence of Sound
            Sounds of up to 5 s, by ``card.features``.
        fold : int, optional
            Use only the network that was not trained on this fold; by default the mean of all networks.

        Returns
        -------
        numpy.ndarray, shape (n, n_classes), float32
            Calibrated probabilities.

        Raises
        ------
        ModelError
            If no network held the fold out, or one can't be used.
        """
        folds = self._folds_for(fold)
        parts = range(0, len(sounds), SOUNDS_AT_ONCE)
        return np.concatenate([self._probs(sounds[i : i + SOUNDS_AT_ONCE], folds) for i in parts])

    def _folds_for(self, fold: int | None) -> tuple[int, ...]:
        if fold is None:
            return self.folds
        if fold not in self.folds:
            raise ModelError(f"{self.card.name} has no network that held out fold {fold}")
        return (fold,)

    def _probs(self, sounds: Sequence[Sound], folds: tuple[int, ...]) -> np.ndarray:
        """Return calibrated probabilities, shape (n_sounds, n_classes)."""
        return self._calibrated(self._listener.logits(sounds, folds), folds)

    def _calibrated(self, logits: np.ndarray, folds: tuple[int, ...]) -> np.ndarray:
        own = self.card.calibration_of(folds[0] if len(folds) == 1 else None)
        probs = softmax(logits / np.float32(own.temperature)).mean(axis=0)
        return np.asarray(probs[:, : len(self.card.labels)])  # what then lacks to 1 is "none of these"


def check_waveform(y: np.ndarray, sr: int, limits: AudioLimits) -> None:
    """Raise AudioError unless the waveform can be classified."""
    if y.ndim != 1:
        raise AudioError(f"The waveform must have one channel, shape (n,), got shape {y.shape}.")
    if not np.isfinite(y).all():
        raise AudioError("The sound holds samples that are not numbers.")
    seconds = y.size / sr
    limits.check_shortest(seconds)
    limits.check_longest(seconds)
