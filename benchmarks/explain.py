"""Why a model gives its answer: covering every part of 5 s of sound, against the plain answer in the same run.

    python -m benchmarks.explain [--model NAME]

The sound is 5 s of noise bursts, answered by all networks of the model, and by one as a clip of ESC-50 is.
"""

from __future__ import annotations

import argparse

import numpy as np

from benchmarks.inference import bursts, milliseconds
from esc_core.decoding.decode import decode
from esc_core.inference import Predictor
from esc_core.inference.explain import explain
from esc_core.models.installed import find_model

ROUNDS = 7


def main() -> None:
    """Measure and print medians, explanation and answer taking turns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="mel_cnn", help="name of a model (default: %(default)s)")
    predictor = Predictor(find_model(parser.parse_args().model))
    predictor.load()
    decoded = decode(bursts(16_000))
    for fold in (None, predictor.folds[0]):
        parts = {
            "answer": lambda fold=fold: predictor.predict(decoded.y, decoded.sr, fold=fold),
            "explanation": lambda fold=fold: explain(predictor, decoded.y, decoded.sr, fold=fold),
        }
        n_parts = explain(predictor, decoded.y, decoded.sr, fold=fold).n_covered
        predictor.predict(decoded.y, decoded.sr, fold=fold)
        times = {name: [milliseconds(run) for _ in range(ROUNDS)] for name, run in parts.items()}
        medians = {name: float(np.median(values)) for name, values in times.items()}
        print(f"{len(predictor.folds) if fold is None else 1} networks, {n_parts} parts covered")
        for name, value in medians.items():
            print(f"  {name:12} {value:7.0f} ms")
        print(f"  the explanation takes {medians['explanation'] / medians['answer']:.1f}x the answer")


if __name__ == "__main__":
    main()
