"""How well a model finds the sounds in long recordings, out of fold.

    ESC50_DIR=… python -m benchmarks.mixes [--model NAME] [--folds 1 2 …]

Twenty seeded mixes of 77 s, four of each fold: ten clips of ten categories each, in room tone at −65 dBFS, with gaps of
2 to 6 s, two pairs overlapping by 1 to 2.5 s. Only the network that was not trained on the fold answers.

A clip is found if an event of its category overlaps its active part, which is the clip without the digital silence at
both ends. An event is false if it overlaps the active part of no clip of its category. Fold 1 is the development fold,
on which the values of `esc_core.inference.events` were chosen; folds 2 to 5 are the test. Beside it, in the same run,
the plain rule: each run of windows at or above the threshold is an event.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from esc_core import audio
from esc_core.dataset import Clip, Dataset, load_dataset
from esc_core.inference import Predictor
from esc_core.inference.events import Event
from esc_core.inference.timeline import Timeline
from esc_core.measures.loudness import active_span
from esc_core.models.installed import find_model

SR = 16_000
"""Rate of the mixes, in Hz."""

SECONDS = 77.0
N_MIXES = 4
"""Mixes of a fold."""

N_CLIPS, N_OVERLAPS = 10, 2
"""Clips of a mix, and how many of them begin before the one before has ended."""

ROOM_TONE_DB = -65.0
"""Level of the noise between and under the clips, in dB relative to full scale."""


@dataclass(frozen=True)
class Sound:
    """A clip within a mix: its category, and its active part in seconds from the mix's beginning."""

    category: str
    start: float
    end: float


@dataclass
class Score:
    """What was found in mixes: clips, found clips, events, false events, and seconds."""

    clips: int = 0
    found: int = 0
    events: int = 0
    false: int = 0
    seconds: float = 0.0
    missed: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Share of the clips that were found."""
        return self.found / self.clips

    @property
    def false_per_minute(self) -> float:
        """False events per minute."""
        return 60 * self.false / self.seconds

    def add(self, events: Sequence[tuple[str, float, float]], sounds: Sequence[Sound], seconds: float) -> None:
        """Count a mix's events: category, start and end of each."""
        found = [any(_overlap(event, sound) for event in events) for sound in sounds]
        self.clips += len(sounds)
        self.found += sum(found)
        self.missed += [sound.category for sound, hit in zip(sounds, found, strict=True) if not hit]
        self.events += len(events)
        self.false += sum(not any(_overlap(event, sound) for sound in sounds) for event in events)
        self.seconds += seconds

    def __str__(self) -> str:
        return (
            f"recall {self.recall:.3f} ({self.found} of {self.clips}), "
            f"{self.false_per_minute:.2f} false a minute ({self.false} of {self.events} events)"
        )


def _overlap(event: tuple[str, float, float], sound: Sound) -> bool:
    category, start, end = event
    return category == sound.category and start < sound.end and end > sound.start


def mixes(dataset: Dataset, fold: int) -> list[tuple[np.ndarray, list[Sound]]]:
    """Build a fold's mixes.

    Parameters
    ----------
    dataset : Dataset
        ESC-50.
    fold : int
        Official fold, 1–5.

    Returns
    -------
    list of (numpy.ndarray, list of Sound)
        Waveform of shape (SECONDS * SR,), float32, and the clips in it.
    """
    rng = np.random.default_rng([50, fold])
    clips = [clip for clip in dataset.clips if clip.fold == fold]
    return [_mix(dataset, _distinct(clips, rng), rng) for _ in range(N_MIXES)]


def _distinct(clips: Sequence[Clip], rng: np.random.Generator) -> list[Clip]:
    """Draw a mix's clips, each of another category."""
    by_category = {name: [c for c in clips if c.category == name] for name in sorted({c.category for c in clips})}
    names = rng.choice(list(by_category), N_CLIPS, replace=False)
    return [by_category[name][rng.integers(len(by_category[name]))] for name in names]


def _mix(dataset: Dataset, clips: Sequence[Clip], rng: np.random.Generator) -> tuple[np.ndarray, list[Sound]]:
    y = 10 ** (ROOM_TONE_DB / 20) * rng.standard_normal(round(SECONDS * SR))
    waves = [audio.load(dataset.path(clip), sr=SR)[0] for clip in clips]
    sounds = []
    for clip, wave, start in zip(clips, waves, _starts([wave.size / SR for wave in waves], rng), strict=True):
        first, active = round(start * SR), active_span(wave, SR)
        y[first : first + wave.size] += wave
        sounds.append(Sound(clip.category, (first + active.start) / SR, (first + active.stop) / SR))
    return np.clip(y, -1, 1).astype(np.float32), sounds


def _starts(lengths: Sequence[float], rng: np.random.Generator) -> np.ndarray:
    """Draw where the clips begin, in seconds; gaps are scaled so that the last gap ends with the mix."""
    overlapping = np.isin(np.arange(1, N_CLIPS), rng.choice(np.arange(1, N_CLIPS), N_OVERLAPS, replace=False))
    gaps = np.concatenate([rng.uniform(2, 6, 1), rng.uniform(2, 6, N_CLIPS - 1), rng.uniform(2, 6, 1)])
    gaps[1:-1][overlapping] = -rng.uniform(1, 2.5, N_OVERLAPS)
    positive = gaps > 0
    gaps[positive] *= (SECONDS - sum(lengths) - gaps[~positive].sum()) / gaps[positive].sum()
    return np.asarray(np.cumsum(gaps[:-1]) + np.concatenate([[0], np.cumsum(lengths[:-1])]))


def plain_events(timeline: Timeline, threshold: float) -> list[Event]:
    """Return the events by the plain rule: neighbouring windows with one best category at or above the threshold."""
    best = np.where(timeline.probs.max(axis=1) >= threshold, timeline.probs.argmax(axis=1), -1)
    runs = [list(run) for _, run in groupby(range(len(best)), key=lambda i: best[i])]
    edges, probs = timeline.edges, timeline.probs
    return [
        Event(float(edges[run[0]]), float(edges[run[-1] + 1]), int(best[run[0]]), float(probs[run, best[run[0]]].max()))
        for run in runs
        if best[run[0]] >= 0
    ]


def measure(predictor: Predictor, dataset: Dataset, fold: int) -> tuple[Score, Score]:
    """Return a fold's score, and that of the plain rule."""
    ours, plain = Score(), Score()
    labels, threshold = predictor.card.labels, predictor.card.calibration_of(fold).event_threshold
    for y, sounds in mixes(dataset, fold):
        timeline = predictor.predict(y, SR, fold=fold).timeline
        if timeline is None:
            raise ValueError("a mix must be longer than a clip")
        for score, events in ((ours, timeline.events), (plain, plain_events(timeline, threshold))):
            score.add([(labels[e.category], e.start, e.end) for e in events], sounds, SECONDS)
    return ours, plain


def sum_of(scores: Sequence[Score]) -> Score:
    """Return several mixes' scores as one."""
    total = Score()
    for name in ("clips", "found", "events", "false", "seconds", "missed"):
        setattr(total, name, sum((getattr(score, name) for score in scores), type(getattr(total, name))()))
    return total


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mixes", description=__doc__)
    parser.add_argument("--model", default="mel_cnn", help="name of a model (default: %(default)s)")
    parser.add_argument("--folds", type=int, nargs="+", choices=range(1, 6), help="folds (default: the model's)")
    options = parser.parse_args()
    dataset, predictor = load_dataset(os.environ["ESC50_DIR"]), Predictor(find_model(options.model))
    results = {}
    for fold in options.folds or predictor.folds:
        results[fold] = measure(predictor, dataset, fold)
        print(f"fold {fold}: {results[fold][0]}\n        plain rule: {results[fold][1]}", flush=True)
    tested = [result for fold, result in results.items() if fold != 1]
    for name, chosen in (("all folds", list(results.values())), ("without the development fold", tested)):
        if len(chosen) > 1:
            ours, plain = (sum_of(scores) for scores in zip(*chosen, strict=True))
            print(f"{name}: {ours}\n        plain rule: {plain}\n        missed: {', '.join(sorted(ours.missed))}")


if __name__ == "__main__":
    main()
