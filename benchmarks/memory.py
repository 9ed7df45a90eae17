"""How much time it saves that a training keeps its memory from step to step.

    python -m benchmarks.memory [--model aclnet] [--width 8] [--steps 12]

Two processes alternately train the same network on the same noise, one after
`esc_core.training.fit.memory.keep_memory`, as in every run, one without. It prints the processor time per step, in the
program and in the system, with one thread each, and the peak memory of each.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from esc_core.config import TrainConfig
from esc_core.models import ARCHITECTURES, with_usual_chain
from esc_core.training.fit.memory import keep_memory

N_REPEATS = 2


def train(config: TrainConfig, n_steps: int) -> dict[str, float]:
    """Train a few steps; return seconds per step in the program and in the system, and peak megabytes."""
    import resource

    import keras
    import numpy as np
    import tensorflow as tf

    from esc_core.inference import crop_frames
    from esc_core.models import architecture
    from esc_core.models.layers import input_shape
    from esc_core.training.fit.steps import make_optimizer, train_step

    keras.utils.set_random_seed(0)
    tf.config.experimental.enable_op_determinism()
    model = architecture(config.model).build(config, n_classes=50)
    seconds = crop_frames(config.augment, features=config.features) * config.features.hop_length / config.features.sr
    shape = input_shape(model, config.features, seconds=seconds)
    x = tf.random.normal((config.batch_size, *shape))
    truth = tf.one_hot(np.arange(config.batch_size), 50)
    step = train_step(model, make_optimizer(config, 1))
    for _ in range(3):
        step(x, truth)
    before = resource.getrusage(resource.RUSAGE_SELF)
    for _ in range(n_steps):
        float(step(x, truth))
    after = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "program": (after.ru_utime - before.ru_utime) / n_steps,
        "system": (after.ru_stime - before.ru_stime) / n_steps,
        "megabytes": after.ru_maxrss / 1024,
    }


def settings(arguments: argparse.Namespace) -> TrainConfig:
    """Return the settings of a network with its usual chain."""
    return TrainConfig.from_dict(with_usual_chain({"model": arguments.model, "width": arguments.width}))


def total(result: dict[str, float]) -> float:
    """Return the seconds per step in the program and in the system together."""
    return result["program"] + result["system"]


def measure(options: list[str]) -> dict[str, float]:
    """Run `train` in a process of its own."""
    threads = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    command = [sys.executable, "-m", "benchmarks.memory", *options]
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(command, env={**clean, **threads}, cwd=root, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Measure both alternately and print the quickest of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="aclnet", choices=ARCHITECTURES)
    parser.add_argument("--width", type=int, default=8)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--once", choices=("given back", "kept"), help="train here, and print JSON")
    arguments = parser.parse_args()
    if arguments.once:
        if arguments.once == "kept":
            keep_memory()
        print(json.dumps(train(settings(arguments), arguments.steps)))
        return
    options = ["--model", arguments.model, "--width", str(arguments.width), "--steps", str(arguments.steps)]
    found: dict[str, list[dict[str, float]]] = {"given back": [], "kept": []}
    began = time.perf_counter()
    for _ in range(N_REPEATS):
        for name, results in found.items():
            results.append(measure(["--once", name, *options]))
    least = {name: min(results, key=total) for name, results in found.items()}
    for name, result in least.items():
        print(
            f"{arguments.model}, width {arguments.width}, memory {name}: "
            f"{1000 * result['program']:.0f} ms per step in the program, {1000 * result['system']:.0f} in the system; "
            f"peak {result['megabytes']:.0f} MB"
        )
    plain, kept = map(total, least.values())
    print(f"{kept / plain:.2f} of the time; measured in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
