"""How well, how soon and at what cost sounds are named while they are heard, out of fold.

    ESC50_DIR=… python -m benchmarks.live [--model NAME …] [--folds 1 2 …] [--quick] [--minutes N]

The mixes are those of ``benchmarks.mixes``, which arrive in pieces of half a second; ``--quick`` takes the first of
each fold's four. Only the network that was not trained on a fold answers, by the model's own threshold. An event is on
the screen with the piece in which it is announced; what browser and server need comes on top, which
``benchmarks.live_page`` measures. A sound begins and ends with its active part; only its right name counts.

With ``--minutes``, one listener hears noise and a tone for so long, and its memory is measured at the first fifth and
at the end. The reference for the cost is a plain copy of each piece.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.mixes import SECONDS, SR, Score, Sound, mixes, sum_of
from esc_core.dataset import Dataset, load_dataset
from esc_core.inference import Predictor
from esc_core.inference.events import LEAST_WINDOWS
from esc_core.inference.live import Fired, Listener, LiveEvent, Update
from esc_core.inference.live.listener import HOP_SECONDS
from esc_core.inference.live.tracker import ANNOUNCE_WINDOWS
from esc_core.models.installed import find_model

PIECE = SR // 2


@dataclass
class Heard:
    """What came of some mixes.

    Attributes
    ----------
    score : Score
        Clips found, false events, seconds.
    delays : list of (float, float)
        Seconds from a sound's beginning, and from its end, to its name on the screen; for each sound that was named.
    withdrawn : int
        Names that were shown and taken back.
    cpu_seconds : float
        Processor time.
    """

    score: Score = field(default_factory=Score)
    delays: list[tuple[float, float]] = field(default_factory=list)
    withdrawn: int = 0
    cpu_seconds: float = 0.0

    def __str__(self) -> str:
        begin, end = np.array(self.delays or [(np.nan, np.nan)]).T
        return (
            f"{self.score}\n        name after the sound begins: {_spread(begin)}; after it ends: {_spread(end)}"
            f"\n        {len(self.delays)} of {self.score.clips} sounds named, {self.withdrawn} names withdrawn, "
            f"{self.cpu_seconds / self.score.seconds:.1%} of a core"
        )


def _spread(seconds: np.ndarray) -> str:
    return f"{np.median(seconds):+.2f} s (median), {np.percentile(seconds, 95):+.2f} s (95 of 100)"


def measure(predictor: Predictor, dataset: Dataset, fold: int, *, quick: bool) -> Heard:
    """Return what a fold's network heard in the fold's mixes, or in the first of them."""
    heard = Heard()
    for y, sounds in mixes(dataset, fold)[: 1 if quick else None]:
        before = time.process_time()
        events, shown = listen(Listener(predictor, fold=fold), y)
        heard.cpu_seconds += time.process_time() - before
        heard.score.add([(event.category, event.start, event.end) for event in events], sounds, SECONDS)
        heard.withdrawn += len(set(shown) - {event.number for event in events})
        heard.delays += _delays(sounds, list(shown.values()))
    return heard


def listen(listener: Listener, y: np.ndarray) -> tuple[list[LiveEvent], dict[int, tuple[str, float]]]:
    """Return the events, and by their numbers what was shown of each first: its name, and when, in seconds."""
    events: list[LiveEvent] = []
    shown: dict[int, tuple[str, float]] = {}

    def note(found: Sequence[Update | LiveEvent | Fired], now: float) -> None:
        for one in found:
            if isinstance(one, LiveEvent):
                events.append(one)
            for event in one.open if isinstance(one, Update) else [one] if isinstance(one, LiveEvent) else []:
                shown.setdefault(event.number, (event.category, now))

    for start in range(0, y.size, PIECE):
        note(listener.feed(y[start : start + PIECE], SR), (start + PIECE) / SR)
    note(listener.finish(), y.size / SR)
    return events, shown


def _delays(sounds: list[Sound], shown: list[tuple[str, float]]) -> list[tuple[float, float]]:
    found = []
    for sound in sounds:
        times = [t for category, t in shown if category == sound.category and t >= sound.start]
        found += [(min(times) - sound.start, min(times) - sound.end)] if times else []
    return found


def total(parts: Sequence[Heard]) -> Heard:
    """Return all parts as one."""
    return Heard(
        sum_of([part.score for part in parts]), [delay for part in parts for delay in part.delays],
        sum(part.withdrawn for part in parts), sum(part.cpu_seconds for part in parts),
    )  # fmt: skip


def soak(predictor: Predictor, minutes: float) -> str:
    """Let one listener hear noise and a tone for some minutes; return by how much the process grew."""
    listener, rng = Listener(predictor), np.random.default_rng(0)
    n_pieces, sizes = round(120 * minutes), []
    for i in range(n_pieces):
        tone = 0.1 * np.sin(np.arange(PIECE) * 0.3) * (i % 20 < 4)
        listener.feed((1e-3 * rng.standard_normal(PIECE) + tone).astype(np.float32), SR)
        if i in (n_pieces // 5, n_pieces - 1):
            sizes.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return f"memory {sizes[0]:.0f} MB after a fifth, {sizes[1]:.0f} MB after {minutes:g} min"


def settings(predictor: Predictor, folds: Sequence[int]) -> str:
    """Return what decides the figures."""
    thresholds = ", ".join(f"{predictor.card.calibration_of(fold).event_threshold:.3f}" for fold in folds)
    return (
        f"{predictor.card.name}: sure from {thresholds} (folds {', '.join(map(str, folds))}), a window every "
        f"{HOP_SECONDS:g} s, a name from {ANNOUNCE_WINDOWS:g} and an event from {LEAST_WINDOWS:g} windows of certainty"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=__doc__)
    parser.add_argument("--model", nargs="+", default=["mel_cnn"], help="names of models (default: mel_cnn)")
    parser.add_argument("--folds", type=int, nargs="+", choices=range(1, 6), help="folds (default: the model's)")
    parser.add_argument("--quick", action="store_true", help="only the first mix of each fold")
    parser.add_argument("--minutes", type=float, help="listen for so long, and measure the memory")
    options = parser.parse_args()
    for name in options.model:
        predictor = Predictor(find_model(name))
        predictor.load()
        if options.minutes:
            print(soak(predictor, options.minutes))
            continue
        compare(predictor, options.folds or predictor.folds, quick=options.quick)
    print(f"a copy of each piece: {_copy_share():.3%} of a core")


def compare(predictor: Predictor, folds: Sequence[int], *, quick: bool) -> None:
    """Print each fold's figures, those of all folds, and those without the development fold."""
    dataset, results = load_dataset(os.environ["ESC50_DIR"]), {}
    print(settings(predictor, folds), flush=True)
    for fold in folds:
        results[fold] = measure(predictor, dataset, fold, quick=quick)
        print(f"fold {fold}: {results[fold]}", flush=True)
    tested = [heard for fold, heard in results.items() if fold != 1]
    for words, chosen in (("all folds", list(results.values())), ("without the development fold", tested)):
        if len(chosen) > 1:
            print(f"{words}: {total(chosen)}", flush=True)


def _copy_share() -> float:
    y, before = np.zeros(PIECE, np.float32), time.process_time()
    for _ in range(1000):
        y = y.copy()
    return (time.process_time() - before) / 500


if __name__ == "__main__":
    main()
