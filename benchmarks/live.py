"""How well, how soon and at what cost sounds are named while they are heard, out of fold.

    ESC50_DIR=… python -m benchmarks.live [--model NAME] [--folds 1 2 …] [--minutes N]

The mixes are those of ``benchmarks.mixes``, which arrive in pieces of half a second. An event is on the screen with the
piece in which it is announced; the time that browser and server need comes on top. With ``--minutes``, one listener
hears noise and a tone for so long, and its memory is measured at the first fifth and at the end. The reference for the
cost is a plain copy of each piece.
"""

from __future__ import annotations

import argparse
import os
import resource
import time

import numpy as np

from benchmarks.mixes import SECONDS, SR, Score, Sound, mixes
from esc_core.dataset import Dataset, load_dataset
from esc_core.inference import Predictor
from esc_core.inference.live import Listener, LiveEvent, Update
from esc_core.models.installed import find_model

PIECE = SR // 2


def measure(predictor: Predictor, dataset: Dataset, fold: int) -> tuple[Score, list[float], int]:
    """Return a fold's score, the seconds from a sound's end to its name, and how many names were withdrawn."""
    score, delays, withdrawn = Score(), [], 0
    for y, sounds in mixes(dataset, fold):
        listener = Listener(predictor, fold=fold)
        events: list[LiveEvent] = []
        shown: dict[int, tuple[str, float]] = {}
        for start in range(0, y.size, PIECE):
            for found in listener.feed(y[start : start + PIECE], SR):
                if isinstance(found, LiveEvent):
                    events.append(found)
                elif isinstance(found, Update):
                    for event in found.open:
                        shown.setdefault(event.number, (event.category, (start + PIECE) / SR))
        events += [found for found in listener.finish() if isinstance(found, LiveEvent)]
        score.add([(event.category, event.start, event.end) for event in events], sounds, SECONDS)
        withdrawn += len(shown) - len(events)
        delays += _delays(sounds, list(shown.values()))
    return score, delays, withdrawn


def _delays(sounds: list[Sound], shown: list[tuple[str, float]]) -> list[float]:
    found = []
    for sound in sounds:
        times = [t for category, t in shown if category == sound.category and t >= sound.start]
        found += [min(times) - sound.end] if times else []
    return found


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


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=__doc__)
    parser.add_argument("--model", default="mel_cnn", help="name of a model (default: %(default)s)")
    parser.add_argument("--folds", type=int, nargs="+", choices=range(1, 6), default=[1], help="folds (default: 1)")
    parser.add_argument("--minutes", type=float, help="listen for so long, and measure the memory")
    options = parser.parse_args()
    predictor = Predictor(find_model(options.model))
    predictor.load()
    if options.minutes:
        print(soak(predictor, options.minutes))
        return
    dataset = load_dataset(os.environ["ESC50_DIR"])
    for fold in options.folds:
        before = time.process_time()
        score, delays, withdrawn = measure(predictor, dataset, fold)
        share = (time.process_time() - before) / score.seconds
        soon = f"{np.median(delays):+.2f} s (median), {np.percentile(delays, 90):+.2f} s (9 of 10)"
        print(
            f"fold {fold}: {score}\n        name after the sound's end: {soon}; {withdrawn} names withdrawn", flush=True
        )
        print(f"        {share:.1%} of a core; a copy of each piece: {_copy_share():.3%}", flush=True)


def _copy_share() -> float:
    y, before = np.zeros(PIECE, np.float32), time.process_time()
    for _ in range(1000):
        y = y.copy()
    return (time.process_time() - before) / 500


if __name__ == "__main__":
    main()
