"""Audio to probabilities, a timeline of events, remarks on the recording, and "not sure"."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from esc_core import audio
from esc_core.config import CLIP_SECONDS, AudioLimits, FeatureConfig
from esc_core.errors import AudioError, ModelError
from esc_core.features import active_frames, full_scale_power, level_mel, log_mel, mel_power
from esc_core.features.waveforms import level_wave
from esc_core.inference import events
from esc_core.inference.crops import N_CROPS, crop_frames, five_crops, five_wave_crops, softmax
from esc_core.inference.remarks import remarks_on
from esc_core.models.card import Calibration, Card, model_path, read_card
from esc_core.words import duration


@dataclass(frozen=True)
class Prediction:
    """What a model makes of one recording.

    Attributes
    ----------
    labels : tuple of str
        Categories, in the order of `probs`.
    probs : numpy.ndarray, shape (n_classes,), float32
        Calibrated probabilities of the whole recording.
    not_sure : bool
        Whether the highest probability lies below `threshold`.
    threshold : float
        Chosen on out-of-fold predictions.
    remarks : tuple of str
        Sentences on the recording, such as that it is clipped.
    fold : int or None
        The fold whose model alone was asked, because only it never heard the clip; None for the mean of all.
    log_mel : numpy.ndarray, shape (n_mels, t), float32
        The whole recording as the model sees it, levelled, before it is cut into windows; for models on waveforms a
        picture for eyes only.
    heard : tuple of float
        Start and end of the active part, in seconds; silence around it is left out.
    features : FeatureConfig
        Frames and bands of `log_mel`.
    timeline : esc_core.inference.events.Timeline or None
        Guesses window by window; None up to 5 s.
    """

    labels: tuple[str, ...]
    probs: np.ndarray
    not_sure: bool
    threshold: float
    remarks: tuple[str, ...]
    fold: int | None
    log_mel: np.ndarray
    heard: tuple[float, float]
    features: FeatureConfig
    timeline: events.Timeline | None = None

    @property
    def seconds(self) -> float:
        """Length of the recording in whole frames, in seconds."""
        return self.log_mel.shape[1] * self.features.hop_length / self.features.sr

    def top(self, k: int = 5) -> list[tuple[str, float]]:
        """Return the k most probable categories with their probabilities, best first."""
        best = np.argsort(-self.probs, kind="stable")[:k]
        return [(self.labels[i], float(self.probs[i])) for i in best]


class Predictor:
    """The models of one folder, loaded once; safe to use from several threads.

    Parameters
    ----------
    folder : str or pathlib.Path
        Folder with ``card.json`` and the weights.

    Raises
    ------
    ModelError
        If the folder is incomplete or its network can't be loaded.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.card: Card = read_card(self.folder)
        self._lock = threading.Lock()
        self._models: dict[int, Any] = {}
        self._functions: dict[tuple[int, ...], Callable[[np.ndarray], np.ndarray]] = {}

    @property
    def folds(self) -> tuple[int, ...]:
        """Folds that have a model of their own which never heard them."""
        return self.card.folds

    def load(self) -> None:
        """Load every network and run it once, so that the first answer is as quick as the next."""
        card = self.card
        shape = (card.crop_samples,) if card.input == "waveform" else (card.features.n_mels, card.crop_frames)
        self._logits(np.zeros((N_CROPS, *shape), np.float32), self.folds)

    def predict(
        self, y: np.ndarray, sr: int, *, fold: int | None = None, limits: AudioLimits | None = None
    ) -> Prediction:
        """Classify a waveform: one guess up to 5 s, windows and events beyond.

        Parameters
        ----------
        y : numpy.ndarray, shape (n,), float32
            Waveform in [-1, 1].
        sr : int
            Its rate in Hz.
        fold : int, optional
            Ask only the model that never heard this fold, 1–5.
        limits : AudioLimits, optional
            Caps on the length.

        Returns
        -------
        Prediction
            Probabilities and all that goes with them.

        Raises
        ------
        AudioError
            If the waveform is too short, too long, silent, or not finite.
        ModelError
            If there is no model for the fold.
        """
        check_waveform(y, sr, limits or AudioLimits())
        folds = self._folds_for(fold)
        features = self.card.features
        heard = audio.resample(y, orig_sr=sr, target_sr=features.sr)
        mel = mel_power(heard, features)
        levelled, active = level_mel(mel), active_frames(mel)
        if not levelled.any():
            raise AudioError("The sound is silent in the band that the model hears.")
        frame_seconds = features.hop_length / features.sr
        calibration = self.card.calibration_of(fold)
        timeline = None
        if y.size <= (CLIP_SECONDS + 0.05) * sr:
            logits = self._logits(self._crops(heard if self.card.input == "waveform" else mel), folds)
            probs = self._probs(logits, folds).mean(axis=0)
        else:
            classify = partial(self._window_probs, folds=folds)
            timeline = events.timeline(
                mel,
                classify,
                n_frames=self.card.crop_frames,
                frame_seconds=frame_seconds,
                threshold=calibration.event_threshold,
                full_scale=full_scale_power(features),
                make_window=partial(self._wave_window, heard) if self.card.input == "waveform" else None,
            )
            probs = timeline.overall
        return Prediction(
            labels=self.card.labels,
            probs=probs.astype(np.float32),
            not_sure=bool(probs.max() < calibration.not_sure_below),
            threshold=calibration.not_sure_below,
            remarks=tuple(remarks_on(y, sr, model_fmax=features.fmax)),
            fold=fold,
            log_mel=log_mel(mel * np.float32(levelled.sum() / mel[:, active].sum())),
            heard=(active.start * frame_seconds, active.stop * frame_seconds),
            features=features,
            timeline=timeline,
        )

    def crop_logits(self, sounds: Sequence[np.ndarray], *, fold: int | None = None) -> np.ndarray:
        """Run the crops of many clips through the networks.

        Parameters
        ----------
        sounds : sequence of numpy.ndarray
            What the networks take, before levelling: mel power (n_mels, t) by ``card.features`` for the input
            "log_mel", waveforms (n,) at its rate for "waveform".
        fold : int, optional
            Ask only the model that never heard this fold.

        Returns
        -------
        numpy.ndarray, shape (n_models, n_clips, N_CROPS, n_classes), float32
            Logits.
        """
        folds = self._folds_for(fold)
        parts = [
            self._logits(np.concatenate([self._crops(sound) for sound in sounds[i : i + 8]]), folds).reshape(
                len(folds), -1, N_CROPS, len(self.card.labels)
            )
            for i in range(0, len(sounds), 8)
        ]
        return np.concatenate(parts, axis=1)

    def mel_probs(self, mel: np.ndarray, *, fold: int | None = None) -> np.ndarray:
        """Classify a mel spectrogram that has no waveform, such as an augmented one.

        Parameters
        ----------
        mel : numpy.ndarray, shape (n_mels, t)
            Mel power by ``card.features``.
        fold : int, optional
            Ask only the model that never heard this fold.

        Returns
        -------
        numpy.ndarray, shape (n_classes,), float32
            Calibrated probabilities, as of a waveform of up to 5 s.
        """
        logits = self.crop_logits([mel], fold=fold)[:, 0]
        return self._probs(logits, self._folds_for(fold)).mean(axis=0).astype(np.float32)

    def _crops(self, sound: np.ndarray) -> np.ndarray:
        if self.card.input == "waveform":
            return five_wave_crops(level_wave(sound, self.card.features.sr), self.card.crop_samples)
        return five_crops(level_mel(sound), self.card.crop_frames)

    def _wave_window(self, y: np.ndarray, start: int) -> np.ndarray:
        """Return the window of a long recording that begins at a frame, levelled on its own, shape (crop_samples,)."""
        n = self.card.crop_samples
        first = start * self.card.features.hop_length
        part = level_wave(y[first : first + n], self.card.features.sr)
        before = (n - part.size) // 2
        return np.pad(part, (before, n - part.size - before))

    def _folds_for(self, fold: int | None) -> tuple[int, ...]:
        if fold is None:
            return self.folds
        if fold not in self.folds:
            raise ModelError(f"{self.card.name} has no model that never heard fold {fold}")
        return (fold,)

    def _probs(self, logits: np.ndarray, folds: tuple[int, ...]) -> np.ndarray:
        own = self.card.calibration_of(folds[0] if len(folds) == 1 else None)
        return softmax(logits / own.temperature).mean(axis=0)

    def _window_probs(self, windows: np.ndarray, *, folds: tuple[int, ...]) -> np.ndarray:
        parts = [self._probs(self._logits(windows[i : i + 32], folds), folds) for i in range(0, len(windows), 32)]
        return np.concatenate(parts)

    def _logits(self, crops: np.ndarray, folds: tuple[int, ...]) -> np.ndarray:
        """Return logits, shape (n_models, n_crops, n_classes), of crops (n_crops, n_mels, t) or (n_crops, n)."""
        with self._lock:
            if folds not in self._functions:
                self._functions[folds] = self._compile(folds)
            return self._functions[folds](crops)

    def _compile(self, folds: tuple[int, ...]) -> Callable[[np.ndarray], np.ndarray]:
        import tensorflow as tf

        models = [self._model(fold) for fold in folds]

        @tf.function(reduce_retracing=True)
        def run(x: Any) -> Any:
            return tf.stack([model(x, training=False) for model in models])

        return lambda crops: run(tf.constant(crops[..., None])).numpy()

    def _model(self, fold: int) -> Any:
        if fold not in self._models:
            import keras

            path = model_path(self.folder, fold)
            try:
                # only folders that this program wrote are loaded: a .keras file of a stranger could run code
                self._models[fold] = keras.saving.load_model(path, compile=False)
            except (OSError, ValueError) as error:
                raise ModelError(f"{path.name} of {self.card.name} can't be loaded: {error}") from error
        return self._models[fold]


def check_waveform(y: np.ndarray, sr: int, limits: AudioLimits) -> None:
    """Raise AudioError unless the waveform can be classified."""
    if y.ndim != 1:
        raise AudioError(f"The waveform must have one channel, shape (n,), got shape {y.shape}.")
    if not np.isfinite(y).all():
        raise AudioError("The sound holds samples that are not numbers.")
    seconds = y.size / sr
    if seconds < limits.min_seconds:
        raise AudioError(f"The sound is {duration(seconds)} long; at least {duration(limits.min_seconds)} is needed.")
    if seconds > limits.max_seconds:
        most = duration(limits.max_seconds)
        raise AudioError(f"The sound is {duration(seconds)} long; at most {most} can be used.")
    if not np.ptp(y) > 0:
        raise AudioError("The sound is silent from beginning to end.")


__all__ = [
    "N_CROPS",
    "Calibration",
    "Prediction",
    "Predictor",
    "crop_frames",
    "five_crops",
    "five_wave_crops",
    "softmax",
]
