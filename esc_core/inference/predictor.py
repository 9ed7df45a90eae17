"""Waveform → probabilities, a timeline of events, remarks on the recording, "not sure" and "nothing"."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from esc_core import audio
from esc_core.config import CLIP_SECONDS, AudioLimits
from esc_core.errors import AudioError, ModelError
from esc_core.features import active_frames, full_scale_power, level_mel, log_mel, mel_power
from esc_core.features.waveforms import level_wave
from esc_core.inference import events
from esc_core.inference.background import is_nothing
from esc_core.inference.certainty import is_sure
from esc_core.inference.crops import N_CROPS, five_crops, five_wave_crops, softmax
from esc_core.inference.prediction import Prediction
from esc_core.inference.remarks import remarks_on
from esc_core.libraries import load_tensorflow
from esc_core.loudness import without_offset
from esc_core.models.card import Card, model_path, read_card
from esc_core.models.network import load_network

WINDOWS_AT_ONCE = 8
"""Windows of a long recording that the networks get at a time: 32 are no faster, and take 60 MB more."""


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
        self._lock = threading.Lock()
        self._models: dict[int, Any] = {}
        self._functions: dict[tuple[int, ...], Callable[[np.ndarray], np.ndarray]] = {}

    @property
    def folds(self) -> tuple[int, ...]:
        """Folds with a network that was not trained on them."""
        return self.card.folds

    def load(self) -> None:
        """Load every network and run it once, so that the first answer takes no longer than the next."""
        card = self.card
        shape = (card.crop_samples,) if card.input == "waveform" else (card.features.n_mels, card.crop_frames)
        self._logits(np.zeros((N_CROPS, *shape), np.float32), self.folds)

    def predict(
        self, y: np.ndarray, sr: int, *, fold: int | None = None, limits: AudioLimits | None = None
    ) -> Prediction:
        """Classify a waveform: as a whole up to 5 s, and window by window if it is longer.

        Parameters
        ----------
        y : numpy.ndarray, shape (n,), float32
            Waveform in [-1, 1].
        sr : int
            Its rate in Hz.
        fold : int, optional
            Use only the network that was not trained on this fold, 1–5; by default the mean of all networks.
        limits : AudioLimits, optional
            Shortest and longest waveform.

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
        resampled, mel = self._heard(y, sr)
        levelled, active = level_mel(mel), active_frames(mel)
        power = float(mel[:, active].sum())
        timeline = None
        if y.size <= (CLIP_SECONDS + 0.05) * sr:
            crops = self._crops(resampled if self.card.input == "waveform" else mel)
            probs = self._probs(self._logits(crops, folds), folds).mean(axis=0)
            nothing = self._is_nothing(mel)
        else:
            timeline = self._timeline(mel, resampled, folds, threshold=calibration.event_threshold)
            probs, nothing = timeline.overall, bool(timeline.quiet.all())
        frame_seconds = features.hop_length / features.sr
        return Prediction(
            labels=self.card.labels,
            probs=probs.astype(np.float32),
            not_sure=not nothing and not is_sure(probs, calibration.not_sure_below),
            nothing=nothing,
            threshold=calibration.not_sure_below,
            # that nothing is here says it all: its level and its band are no faults
            remarks=() if nothing else tuple(remarks_on(y, sr, model_fmax=features.fmax)),
            fold=fold,
            log_mel=log_mel(mel * np.float32(levelled.sum() / power if power > 0 else 1)),
            active_part=(active.start * frame_seconds, active.stop * frame_seconds),
            features=features,
            timeline=timeline,
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
        return self._is_nothing(self._heard(y, sr)[1])

    def _heard(self, y: np.ndarray, sr: int) -> tuple[np.ndarray, np.ndarray]:
        """Return a waveform at the model's rate, without its offset, and its mel power."""
        # before resampling, which would turn the offset's ends into sound, as the padding of the frames does
        resampled = audio.resample(without_offset(y, sr), orig_sr=sr, target_sr=self.card.features.sr)
        return resampled, mel_power(resampled, self.card.features)

    def _is_nothing(self, mel: np.ndarray) -> bool:
        return is_nothing(mel.sum(axis=0) / full_scale_power(self.card.features))

    def _timeline(
        self, mel: np.ndarray, resampled: np.ndarray, folds: tuple[int, ...], *, threshold: float
    ) -> events.Timeline:
        features = self.card.features
        return events.timeline(
            mel,
            partial(self._window_probs, folds=folds),
            n_frames=self.card.crop_frames,
            frame_seconds=features.hop_length / features.sr,
            threshold=threshold,
            full_scale=full_scale_power(features),
            make_window=partial(self._wave_window, resampled) if self.card.input == "waveform" else None,
        )

    def crop_logits(self, sounds: Sequence[np.ndarray], *, fold: int | None = None) -> np.ndarray:
        """Return the logits of the crops of many clips.

        Parameters
        ----------
        sounds : sequence of numpy.ndarray
            Clips before levelling: mel power (n_mels, t) by ``card.features`` for the input "log_mel", waveforms (n,)
            at its rate for "waveform".
        fold : int, optional
            Use only the network that was not trained on this fold; by default all networks.

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
            Use only the network that was not trained on this fold; by default all networks.

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
            raise ModelError(f"{self.card.name} has no network that held out fold {fold}")
        return (fold,)

    def _probs(self, logits: np.ndarray, folds: tuple[int, ...]) -> np.ndarray:
        own = self.card.calibration_of(folds[0] if len(folds) == 1 else None)
        return softmax(logits / own.temperature).mean(axis=0)

    def _window_probs(self, windows: np.ndarray, *, folds: tuple[int, ...]) -> np.ndarray:
        n = WINDOWS_AT_ONCE
        parts = [self._probs(self._logits(windows[i : i + n], folds), folds) for i in range(0, len(windows), n)]
        return np.concatenate(parts)

    def _logits(self, crops: np.ndarray, folds: tuple[int, ...]) -> np.ndarray:
        """Return logits, shape (n_models, n_crops, n_classes), of crops (n_crops, n_mels, t) or (n_crops, n)."""
        with self._lock:
            if folds not in self._functions:
                self._functions[folds] = self._compile(folds)
            logits = self._functions[folds](crops)
        if not np.isfinite(logits).all():
            raise ModelError(f"{self.card.name} can't be used: it gives no numbers, because its training diverged")
        return logits

    def _compile(self, folds: tuple[int, ...]) -> Callable[[np.ndarray], np.ndarray]:
        load_tensorflow()
        import tensorflow as tf

        models = [self._model(fold) for fold in folds]

        @tf.function(reduce_retracing=True)
        def run(x: Any) -> Any:
            return tf.stack([model(x, training=False) for model in models])

        return lambda crops: run(tf.constant(crops[..., None])).numpy()

    def _model(self, fold: int) -> Any:
        if fold not in self._models:
            path = model_path(self.folder, fold)
            try:
                # only folders that this program wrote are loaded: an untrusted .keras file could run code
                network = load_network(path)
            except ModelError as error:
                raise ModelError(f"{self.card.name} can't be used: {error}") from error
            _check_shapes(network, self.card, path.name)
            self._models[fold] = network
        return self._models[fold]


def _check_shapes(network: Any, card: Card, name: str) -> None:
    """Raise ModelError unless a network takes and gives what its card says."""
    wanted = [None, *([card.crop_samples] if card.input == "waveform" else [card.features.n_mels, card.crop_frames]), 1]
    takes, gives = list(network.input_shape), list(network.output_shape)
    fits = len(takes) == len(wanted) and all(
        a is None or b is None or a == b for a, b in zip(takes, wanted, strict=True)
    )
    if not fits or gives != [None, len(card.labels)]:
        raise ModelError(f"{card.name} can't be used: {name} and the card don't belong together")


def check_waveform(y: np.ndarray, sr: int, limits: AudioLimits) -> None:
    """Raise AudioError unless the waveform can be classified."""
    if y.ndim != 1:
        raise AudioError(f"The waveform must have one channel, shape (n,), got shape {y.shape}.")
    if not np.isfinite(y).all():
        raise AudioError("The sound holds samples that are not numbers.")
    seconds = y.size / sr
    limits.check_shortest(seconds)
    limits.check_longest(seconds)
