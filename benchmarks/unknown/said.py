"""The sounds that are asked about, and what models and YAMNet say about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.made_sounds.basis import SR
from benchmarks.made_sounds.families import MadeSound, made_sounds
from esc_core import yamnet
from esc_core.augment import Compose
from esc_core.dataset import load_dataset
from esc_core.disk.files import write_whole
from esc_core.features.waveforms import clip_waveform
from esc_core.inference import Predictor
from esc_core.inference.evaluate import NOISY_ROOM, NOISY_ROOM_SEED


class Cache:
    """Arrays that take minutes to make, kept in a folder if one is named."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def __call__(self, name: str, make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        """Return stored arrays, or make and store them."""
        if self.folder is None:
            return make()
        path = self.folder / f"{name}.npz"
        if not path.is_file():
            self.folder.mkdir(parents=True, exist_ok=True)
            arrays = make()
            write_whole(path, lambda file: np.savez_compressed(file, **arrays))
        with np.load(path) as stored:
            return {key: stored[key] for key in stored.files}


class Sounds:
    """The clips, clean and in a noisy room, and the made sounds.

    Parameters
    ----------
    folder : str
        Data set's folder.
    """

    def __init__(self, folder: str) -> None:
        self.dataset = load_dataset(folder)
        self.clips = self.dataset.clips
        self.folds = np.array([clip.fold for clip in self.clips])
        self.targets = np.array([clip.target for clip in self.clips])
        self.made: list[MadeSound] = list(made_sounds())
        self.to_fit: list[MadeSound] = list(made_sounds(to_fit=True))

    def waves(self, positions: Sequence[int], *, in_room: bool) -> Iterator[np.ndarray]:
        """Yield the waveforms of some clips, one at a time: all of them would take a gigabyte."""
        room = Compose.from_json([dict(step) for step in NOISY_ROOM])
        for i in positions:
            y = clip_waveform(self.dataset.path(self.clips[i]), SR)
            yield room(y, SR, np.random.default_rng([NOISY_ROOM_SEED, int(i)])).y if in_room else y


def heard(waves: Iterator[np.ndarray]) -> dict[str, np.ndarray]:
    """Return YAMNet's scores and its pooled embeddings of sounds, each (n, …)."""
    trunk = yamnet.load_trunk()
    scores, embeddings = [], []
    for y in waves:
        patches, classes = trunk.embed(y)
        scores.append(classes.max(axis=0))
        embeddings.append(np.concatenate([patches.mean(axis=0), patches.max(axis=0)]))
    return {"scores": np.array(scores, np.float16), "embeddings": np.array(embeddings, np.float16)}


def all_heard(sounds: Sounds, cache: Cache) -> dict[str, dict[str, np.ndarray]]:
    """Return what YAMNet hears in "clean", "room", "made" and "to_fit" sounds."""
    everything = range(len(sounds.clips))
    return {
        "made": cache("heard-made", lambda: heard(sound.y for sound in sounds.made)),
        "clean": cache("heard-clean", lambda: heard(sounds.waves(everything, in_room=False))),
        "room": cache("heard-room", lambda: heard(sounds.waves(everything, in_room=True))),
    }


def said(predictor: Predictor, sounds: Sounds) -> dict[str, np.ndarray]:
    """Return a model's probabilities: of clips (n, n_classes) out of fold, of made sounds (n_folds, m, n_classes)."""
    folds = predictor.folds
    out = {}
    for name in ("clean", "room"):
        out[name] = np.zeros((len(sounds.clips), len(predictor.card.labels)), np.float32)
        for fold in folds:
            own = np.flatnonzero(sounds.folds == fold)
            out[name][own] = predictor.clip_probs(list(sounds.waves(own, in_room=name == "room")), fold=fold)
    for name, made in (("made", sounds.made), ("to_fit", sounds.to_fit)):
        out[name] = np.stack([predictor.clip_probs([sound.y for sound in made], fold=fold) for fold in folds])
    return out
