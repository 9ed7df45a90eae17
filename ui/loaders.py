"""Data and models, loaded once for all sessions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import streamlit as st

from esc_core import audio, features
from esc_core.config import FeatureConfig
from esc_core.config.features import MAX_SR, MIN_SR
from esc_core.dataset import Clip, Dataset, dataset_dir, faults, load_dataset, own
from esc_core.dataset.known import known_clip_id
from esc_core.dataset.layout import TABLE, find_root
from esc_core.errors import AudioError, DatasetError
from esc_core.features import overview
from esc_core.features.overview import SoundStats
from esc_core.files import reason
from esc_core.inference import Prediction, Predictor
from esc_core.inference.classify import Answer, classify_bytes, held_out_fold
from esc_core.models.card import Card
from esc_core.models.installed import damaged_models, find_model, list_models, model_cards
from esc_core.plots import spectrograms
from esc_core.words import readable
from ui import memory, state
from ui.player import Track
from ui.player.make_track import make_track

MODELS_LOADED = 6
"""Models that stay loaded: beside the libraries, five networks of 1.2 million weights take 26 MB."""

BAD_CLIPS_SECONDS = 300
"""Time for which headers are trusted while no file comes or goes: reading those of 2000 clips takes half a second."""


def dataset() -> Dataset | None:
    """Return the data set in use: this session's own, or the one that was chosen for everybody; None without one.

    Raises
    ------
    DatasetError
        If the folder that was named is no data set, or the session's own is gone or empty.
    """
    if key := state.DATA.kept():
        return own.open_set(key).dataset()
    root = dataset_dir()
    if root is None:
        return None
    loaded = dataset_at(root)
    try:
        if loaded.synthetic and not (loaded.root / "meta" / "COMPLETE").exists():
            loaded = _made_so_far(loaded)
    except OSError as error:
        raise DatasetError(f"{root} can't be read: {reason(error)}") from error
    return loaded if loaded.clips else None


def dataset_at(root: Path) -> Dataset:
    """Return the data set that a path means, such as the one that a run was trained on; see `find_root`.

    Raises
    ------
    DatasetError
        If the folder is no data set, or is no longer there.
    """
    return _dataset(str(root), _changed(find_root(root) / TABLE))


@st.cache_resource(max_entries=4, show_spinner=False)
def _dataset(root: str, changed: int) -> Dataset:
    return load_dataset(root)


def _made_so_far(dataset: Dataset) -> Dataset:
    # the starter set's table is there before its sounds
    try:
        there = {entry.name for entry in os.scandir(dataset.root / "audio")}
    except OSError:  # it is made again
        there = set()
    return replace(dataset, clips=tuple(clip for clip in dataset.clips if clip.filename in there))


def bad_clips(dataset: Dataset) -> dict[str, str]:
    """Return the file names of clips that can't be read, each with the reason.

    They are known by their headers, as of the last minutes, and by the pictures that could not be made.
    """
    audio_dir = dataset.root / "audio"
    changed = (_changed(dataset.root / TABLE), _changed(audio_dir))
    by_header = _bad_clips(str(dataset.root), len(dataset.clips), changed, dataset)
    damaged = [Path(path) for path, changed in list(_damaged_files()) if changed == _changed(Path(path))]
    return {path.name: faults.SAMPLES for path in damaged if path.parent == audio_dir} | by_header


@st.cache_resource(show_spinner=False)
def _damaged_files() -> set[tuple[str, int]]:
    # files behind whose good header the samples are bad, with their times of change; for all sessions
    return set()


@st.cache_data(max_entries=4, ttl=BAD_CLIPS_SECONDS, show_spinner=False)
def _bad_clips(root: str, n_clips: int, changed: tuple[int, int], _dataset: Dataset) -> dict[str, str]:
    return faults.bad_clips(_dataset)


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except (OSError, ValueError):  # whoever reads it will say why it can't be read
        return 0


def predictor(name: str) -> Predictor:
    """Return a loaded model; the first call loads TensorFlow and says so.

    Raises
    ------
    ModelError
        If there is no such model or it is damaged.
    """
    folder = find_model(name)
    return _predictor(str(folder), _changed(folder / "card.json"))


@st.cache_resource(max_entries=MODELS_LOADED, show_spinner="Loading the model – only the first time takes this long.")
def _predictor(folder: str, changed: int) -> Predictor:
    loaded = Predictor(folder)
    loaded.load()
    return loaded


@st.cache_data(max_entries=1, show_spinner=False)
def _cards(changed: tuple[tuple[str, int], ...]) -> list[Card]:
    return list_models()


def cards() -> list[Card]:
    """Return the cards of all models that are here."""
    return _cards(_changed_cards())


@st.cache_data(max_entries=1, show_spinner=False)
def _damaged_models(changed: tuple[tuple[str, int], ...]) -> list[str]:
    return damaged_models()


def damaged_model_sentences() -> list[str]:
    """Return why some models can't be used, a sentence for each."""
    return _damaged_models(_changed_cards())


def _changed_cards() -> tuple[tuple[str, int], ...]:
    return tuple((str(path), _changed(path)) for path in model_cards())


def model_changed(name: str) -> int:
    """Return when a model's card was changed, in ns; for the keys of caches.

    Raises
    ------
    ModelError
        If there is no such model.
    """
    return _changed(find_model(name) / "card.json")


def answer(data: bytes, *, name: str, model: str) -> Answer:
    """Classify an untrusted file.

    Raises
    ------
    AudioError
        If the file can't be used; one sentence.
    ModelError
        If there is no such model.
    """
    found = classify_bytes(predictor(model), data, name=name)
    if found.prediction.timeline is not None:  # a long recording, which took hundreds of megabytes for a moment
        memory.trim()
    return found


def kept_answer(file_id: str, data: bytes, *, name: str, model: str) -> Answer:
    """Classify an untrusted file, and keep the answer and its sound until another file is asked for.

    Parameters
    ----------
    file_id : str
        Stands for the file: with the same id, model and name the kept answer is returned.
    data : bytes
        The file's content.
    name : str
        Its name.
    model : str
        Name of the model.

    Raises
    ------
    AudioError
        If the file can't be used; one sentence.
    ModelError
        If there is no such model.
    """
    predictor(model)  # here, not in the cached function, whose spinner would hide "loading the model"
    return _kept_answer(file_id, name, model, model_changed(model), data)


# the one sound that a session looks at; its features and samples may take 60 MB
@st.cache_resource(scope="session", max_entries=1, show_spinner=False)
def _kept_answer(file_id: str, name: str, model: str, changed: int, _data: bytes) -> Answer:
    return answer(_data, name=name, model=model)


THUMBNAIL_COLUMNS = 128
THUMBNAIL_TOP_DB = 70.0


def thumbnails(dataset: Dataset, clips: Sequence[Clip]) -> list[bytes | None]:
    """Return small mel pictures of some clips as PNG, over all frequencies; None for a clip that can't be read."""
    paths = [dataset.path(clip) for clip in clips]
    return [_thumbnail(str(path), _changed(path)) for path in paths]


@st.cache_data(max_entries=4000, show_spinner=False)
def _thumbnail(path: str, changed: int) -> bytes | None:
    try:
        return thumbnail(*audio.load(path))
    except AudioError:  # one bad clip must not cost the other cards
        if Path(path).exists():
            _damaged_files().add((path, changed))
        return None


def thumbnail(y: np.ndarray, sr: int) -> bytes:
    """Return a small mel picture of a sound as PNG, up to half its sampling rate."""
    y, sr = audio.at_rates(y, sr, most=MAX_SR, least=MIN_SR)
    hop = max(1, y.size // (THUMBNAIL_COLUMNS - 1))
    # frames without gaps, so that no sound is left out, at the file's own rate: resampling would take longest
    n_fft = min(16_384, 2 ** max(hop, sr // 48).bit_length())  # of a short sound long enough for the lowest bands
    config = FeatureConfig(sr=sr, n_fft=n_fft, hop_length=min(hop, n_fft), n_mels=48, fmin=20.0, fmax=sr / 2)
    level = features.log_mel_db(features.mel_power(y, config), top_db=THUMBNAIL_TOP_DB)
    return spectrograms.spectrogram_png(level, low=-THUMBNAIL_TOP_DB, high=0.0)


def clip_sound(dataset: Dataset, clip: Clip) -> tuple[np.ndarray, int]:
    """Return a clip's waveform and its rate in Hz.

    Raises
    ------
    AudioError
        If it can't be read.
    """
    path = dataset.path(clip)
    return _clip_sound(str(path), _changed(path))


@st.cache_data(max_entries=32, show_spinner=False)
def _clip_sound(path: str, changed: int) -> tuple[np.ndarray, int]:
    return audio.load(path)


def sampling_rate(dataset: Dataset, clip: Clip) -> int:
    """Return the rate of a clip's file in Hz.

    Raises
    ------
    AudioError
        If it can't be read.
    """
    try:
        return audio.header(dataset.path(clip)).sr
    except AudioError as error:
        raise AudioError(f"{clip.filename} can't be read: {error}") from error


def sound_stats(dataset: Dataset, clip: Clip) -> SoundStats:
    """Measure one clip: length, active part, silence, level.

    Raises
    ------
    AudioError
        If it can't be read.
    """
    path = dataset.path(clip)
    return _sound_stats(str(path), _changed(path))


@st.cache_data(max_entries=512, show_spinner=False)
def _sound_stats(path: str, changed: int) -> SoundStats:
    return overview.sound_stats(*audio.load(path))


def clip_track(
    dataset: Dataset, clip: Clip, config: FeatureConfig, *, top_db: float, color: str, label: str | None = None
) -> Track:
    """Return a clip as a track of the player; the settings change only its picture, not its sound.

    Raises
    ------
    AudioError
        If it can't be read.
    """
    path = dataset.path(clip)
    return _clip_track(str(path), _changed(path), config, top_db, color, label or readable(clip.category))


@st.cache_data(max_entries=32, show_spinner=False)
def _clip_track(path: str, changed: int, config: FeatureConfig, top_db: float, color: str, label: str) -> Track:
    y, sr = audio.load(path)
    mel = features.mel_power(audio.resample(y, orig_sr=sr, target_sr=config.sr), config)
    level_db = features.log_mel_db(mel, top_db=top_db)
    return make_track(y, sr, level_db, config, label=label, color=color, top_db=top_db)


@st.cache_data(max_entries=64, show_spinner=False)
def _clip_answer(
    path: str, changed: int, model: str, model_changed: int
) -> tuple[np.ndarray, int, Prediction, str | None]:
    known_as = known_clip_id(path)
    y, sr = audio.load(path)
    loaded = predictor(model)
    return y, sr, loaded.predict(y, sr, fold=held_out_fold(loaded, known_as, name=path)), known_as


def clip_answer(dataset: Dataset, clip: Clip, *, model: str) -> tuple[np.ndarray, int, Prediction, str | None]:
    """Classify a clip of the data set; one of ESC-50 by the network that was not trained on its fold.

    Returns
    -------
    y : numpy.ndarray, shape (n,), float32
        The clip.
    sr : int
        Its rate in Hz.
    prediction : Prediction
        The answer.
    known_as : str or None
        Its id if it is a clip of ESC-50.

    Raises
    ------
    AudioError
        If the clip can't be used.
    ModelError
        If there is no such model.
    """
    path = dataset.path(clip)
    predictor(model)
    return _clip_answer(str(path), _changed(path), model, model_changed(model))
