"""What each augmentation costs, and whether training would have to wait for it.

Run with ``python -m benchmarks.augment``. Five seconds at 44.1 kHz for the waveform transforms, the recipe's chain on a
batch of 32 for training. Every figure stands beside a reference that is timed in turn with it, in the same run, so that
a busy machine slows both. Processor time counts where one thread works, since waiting for other programs is not a cost.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import librosa
import numpy as np
from scipy import fft

from esc_core.augment import REGISTRY, Compose, from_dict
from esc_core.augment.base import PairTransform, WaveformTransform
from esc_core.config import MEL_CHAIN, FeatureConfig, TrainConfig
from esc_core.features import level_mel, mel_power

SR, SECONDS = 44_100, 5
REPEATS = 15
LIMIT_MS = 5.0
"""Cost limit of a waveform transform, except the two of librosa."""

LIBROSA_SHARE = 1.05
"""Cost limit of pitch shift and time stretch, in plain calls of librosa."""

BATCH = 32
STEP_CORES = 2
"""Cores that share a training step on the smallest machine that the recipe is for."""

STEP_SHARE = 0.1
"""Cost limit of a batch's spectrogram chain, in training steps."""

HARDEST: dict[str, list[dict[str, Any]]] = {
    "noise": [{"color": color} for color in ("white", "pink", "brown")],
    "reverb": [{"rt60": rt60} for rt60 in (0.3, 0.8, 2.0)],
    "equalizer": [{"n_points": 10}],
    "speed": [{"rate": rate} for rate in (0.8, 1.25)],
    "time_shift": [{"fill": fill} for fill in ("wrap", "silence")],
}
"""Settings to time where the defaults are not enough."""


def main() -> int:
    keep_memory()
    failed = librosa_calls() + waveform_transforms() + training_chain()
    if failed:
        print("over the limit:", ", ".join(failed))
    return bool(failed)


def keep_memory() -> None:
    """Free one large block: from then on the allocator keeps pages, as in any process that has run for a minute."""
    np.ones(31 << 20, np.uint8)


def in_turn(
    *actions: Callable[[], object], clock: Callable[[], float] = time.thread_time, repeats: int = REPEATS
) -> list[list[float]]:
    """Time actions one after the other, round after round; milliseconds by action and round."""
    rounds = []
    for i in range(repeats + 1):
        times = []
        for action in actions:
            start = clock()
            action()
            times.append(1000 * (clock() - start))
        rounds += [times] if i else []  # the first one compiles and loads
    return [list(column) for column in zip(*rounds, strict=True)]


def sound(*, seed: int = 0) -> np.ndarray:
    """Return noise that swells, with a second of silence before and after."""
    n = (SECONDS - 2) * SR
    y = 0.3 * np.hanning(n) * np.random.default_rng(seed).standard_normal(n)
    return np.pad(y, SR).astype(np.float32)


def librosa_calls() -> list[str]:
    y, failed = sound(), []
    bare: dict[str, tuple[dict[str, float], Callable[[], object]]] = {
        "pitch_shift": ({"n_steps": 2.5}, partial(librosa.effects.pitch_shift, y, sr=SR, n_steps=2.5)),
        "time_stretch": ({"rate": 0.9}, partial(librosa.effects.time_stretch, y, rate=0.9)),
    }
    for name, (values, call) in bare.items():
        transform = from_dict({"name": name, **values})
        assert isinstance(transform, WaveformTransform)
        ours, theirs = in_turn(partial(transform.apply, y, SR, values), call)
        share = min(ours) / min(theirs)
        print(f"{name:28} {min(ours):7.1f} ms   bare librosa {min(theirs):7.1f} ms   ratio {share:5.3f}")
        failed += [name] if share > LIBROSA_SHARE else []
    return failed


def waveform_transforms() -> list[str]:
    """Time every other transform of waveforms, with draw; the reference is one FFT of the sound."""
    y, failed = sound(), []
    for name, cls in REGISTRY.items():
        acts = issubclass(cls, WaveformTransform) or (issubclass(cls, PairTransform) and "waveform" in cls.acts_on)
        if not acts or name in ("pitch_shift", "time_stretch"):
            continue
        for values in HARDEST.get(name, [{}]):
            ours, reference = in_turn(partial(once, from_dict({"name": name, **values}), y), lambda: fft.rfft(y))
            label = " ".join([name, *map(str, values.values())])
            ratio = min(ours) / min(reference)
            print(f"{label:28} {min(ours):7.2f} ms   limit {LIMIT_MS:4.1f} ms   {ratio:5.1f} × one FFT")
            failed += [label] if min(ours) > LIMIT_MS else []
    return failed


def once(transform: Any, y: np.ndarray) -> np.ndarray:
    values = transform.draw(np.random.default_rng(0), y.shape)
    if isinstance(transform, PairTransform):
        return transform.apply(y, y[::-1], values, sr=SR)
    return transform.apply(y, SR, values)


def training_chain() -> list[str]:
    """Time the recipe's chain for a batch beside a step of the network on that batch."""
    chain, rng, features = Compose.from_json(MEL_CHAIN), np.random.default_rng(0), FeatureConfig()
    seconds = np.random.default_rng(1).uniform(1, 5, 64)
    levelled = [
        level_mel(mel_power(sound(seed=i)[SR : SR + int(s * features.sr)], features)) for i, s in enumerate(seconds)
    ]

    def batch() -> np.ndarray:
        pairs = rng.integers(len(levelled), size=(BATCH, 2))
        return np.stack([chain.mix(levelled[i], partial(levelled.__getitem__, j), rng)[0] for i, j in pairs])

    x = batch()
    step = training_step(x)
    chains, steps = in_turn(batch, step, clock=time.perf_counter)
    [chain_cpu], [step_cpu] = in_turn(batch), in_turn(step, clock=time.process_time)
    # a step can't be shorter than its processor time on all cores, and on a busy machine it is far longer
    shortest = min(step_cpu) / min(STEP_CORES, os.cpu_count() or 1)
    ratio = min(chain_cpu) / shortest
    print(
        f"recipe, batch of {BATCH:11} {min(chain_cpu):7.2f} ms   training step {shortest:7.1f} ms   ratio {ratio:5.3f}"
    )
    print(
        f"  by the clock, as busy as it is: best {min(chains):.1f} and {min(steps):.0f} ms, median "
        f"{statistics.median(chains):.1f} and {statistics.median(steps):.0f} ms"
    )
    return ["recipe"] if ratio > STEP_SHARE else []


def training_step(x: np.ndarray) -> Callable[[], object]:
    """Return a step of the mel CNN of width 16, compiled as in training."""
    import keras
    import tensorflow as tf

    from esc_core.models.mel_cnn import build_mel_cnn
    from esc_core.training.fit.steps import make_optimizer, train_step

    keras.utils.set_random_seed(0)
    tf.config.experimental.enable_op_determinism()
    model = build_mel_cnn(n_mels=x.shape[1], n_classes=50, width=16)
    step = train_step(model, make_optimizer(TrainConfig(), 50))
    inputs, labels = tf.constant(x[..., None]), tf.constant(np.eye(50, dtype=np.float32)[np.arange(BATCH)])
    return lambda: float(step(inputs, labels))


if __name__ == "__main__":
    sys.exit(main())
