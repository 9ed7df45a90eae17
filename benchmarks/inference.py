"""From bytes to the five best guesses, warm, with all five models, against one plain mel spectrogram in the same run.

    python -m benchmarks.inference [--model NAME …] [FILE …]

Without names it takes `mel_cnn`, and `together` where YAMNet's trunk is: `mel_cnn`, too, then asks it whether the sound
is none of the fifty. Without files it takes 5 s of noise bursts at 16 and at 44.1 kHz.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import librosa
import numpy as np

from esc_core import audio
from esc_core.decoding.decode import decode
from esc_core.features import mel_power
from esc_core.inference import Predictor
from esc_core.inference.classify import classify_bytes
from esc_core.models.installed import find_model
from esc_core.yamnet import missing_trunk

TURNS, CALLS = 5, 10
"""How often each part has its turn, and its calls in each. The first call of a turn is not timed: the threads of the
library that worked before, BLAS for the reference, spin for a while after it and take the cores from the next."""


def bursts(sr: int) -> bytes:
    """Make 5 s of noise that swells and fades twice a second, as WAV."""
    rng, t = np.random.default_rng(0), np.arange(5 * sr) / sr
    y = 0.2 * rng.standard_normal(t.size) * np.sin(2 * np.pi * t) ** 4
    return audio.to_wav_bytes(np.clip(y, -1, 1).astype(np.float32), sr)


def milliseconds(run: Callable[[], object]) -> float:
    """Time one call."""
    began = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - began)


def measure(predictor: Predictor, name: str, data: bytes) -> None:
    """Print medians for one file, the parts and the reference taking turns."""
    decoded, features = decode(data), predictor.card.features
    y = audio.resample(decoded.y, orig_sr=decoded.sr, target_sr=features.sr)
    mel = mel_power(y, features)
    parts: dict[str, Callable[[], object]] = {
        # a neutral name, so that a clip of ESC-50 is answered by all five models as well
        "bytes to top 5": lambda: classify_bytes(predictor, data, name="sound").prediction.top(5),
        "  decode": lambda: decode(data),
        "  resample": lambda: audio.resample(decoded.y, orig_sr=decoded.sr, target_sr=features.sr),
        "  mel power": lambda: mel_power(y, features),
        "plain melspectrogram": lambda: librosa.feature.melspectrogram(y=decoded.y, sr=decoded.sr),
    }
    if predictor.card.input == "log_mel":
        parts["  the clip through five networks"] = lambda: predictor.mel_probs([mel])
    times: dict[str, list[float]] = {part: [] for part in parts}
    for _ in range(TURNS):
        for part, run in parts.items():
            run()
            times[part] += [milliseconds(run) for _ in range(CALLS)]
    medians = {part: float(np.median(values)) for part, values in times.items()}
    print(f"{predictor.card.name}, {name}: {decoded.sr} Hz, {decoded.y.size / decoded.sr:.1f} s")
    for part, value in medians.items():
        print(f"  {part:36} {value:7.1f} ms")
    print(f"  median {medians['bytes to top 5'] / medians['plain melspectrogram']:.1f}x the plain melspectrogram")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--model", nargs="+", help="models to ask")
    args = parser.parse_args()
    files = args.files
    sounds = {path.name: path.read_bytes() for path in files} or {f"bursts {sr}": bursts(sr) for sr in (16_000, 44_100)}
    for model in args.model or ["mel_cnn"] + ["together"] * (missing_trunk() is None):
        predictor = Predictor(find_model(model))
        predictor.load()
        for name, data in sounds.items():
            measure(predictor, name, data)


if __name__ == "__main__":
    main()
