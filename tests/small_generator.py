"""A generator without training: random weights of the right shapes; no TensorFlow."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from esc_core.config import FeatureConfig, GeneratorConfig
from esc_core.disk.files import append_row, write_json
from esc_core.generate.generator import BASE, BLOCKS, N_EMBEDDING, N_LAST, UP, Generator, GeneratorCard
from esc_core.generate.training.samples import write_samples
from esc_core.training.process.create import create_run
from esc_core.training.runs.run import Run
from esc_core.training.runs.status import Status

WIDTH, N_LATENT, N_FRAMES = 4, 8, 32


def random_generator(
    labels: tuple[str, ...], *, features: FeatureConfig, val_fold: int = 5, seed: int = 0
) -> Generator:
    """Return a generator whose sounds differ by point and category."""
    rng = np.random.default_rng(seed)
    n_inputs, rows, columns = N_LATENT + N_EMBEDDING, features.n_mels // UP, N_FRAMES // UP
    weights: dict[str, np.ndarray] = {"embedding.kernel": rng.standard_normal((len(labels), N_EMBEDDING))}

    def dense(name: str, n: int) -> None:
        weights[f"{name}.kernel"] = rng.standard_normal((n_inputs, n)) / np.sqrt(n_inputs)
        weights[f"{name}.bias"] = np.zeros(n)

    dense("base", rows * columns * WIDTH * BASE)
    n_in = WIDTH * BASE
    for i, n in enumerate(BLOCKS):
        weights[f"conv{i}.kernel"] = rng.standard_normal((3, 3, n_in, WIDTH * n)) / np.sqrt(9 * n_in)
        dense(f"style{i}", 2 * WIDTH * n)
        n_in = WIDTH * n
    weights["half.kernel"] = rng.standard_normal((3, 3, n_in, N_LAST)) / np.sqrt(9 * n_in)
    weights["half.bias"] = np.zeros(N_LAST)
    weights["last.kernel"], weights["last.bias"] = rng.standard_normal((3, 3, N_LAST, 1)) / 6, np.zeros(1)
    card = GeneratorCard(
        labels=labels, val_fold=val_fold, n_clips=24, epochs=40, seed=0, n_latent=N_LATENT, n_frames=N_FRAMES, low=-6.0,
        high=0.0, features=features, data="tones",
    )  # fmt: skip
    return Generator(card, weights)


def write_generator_run(config: GeneratorConfig, data: Path, *, state: str = "done", **status: Any) -> Run:
    """Write a run as its worker leaves it, with losses and samples of two epochs, and once it is done its generator."""
    run = create_run(config, data)
    labels = config.categories or ("dog", "rooster", "rain")
    generator = random_generator(tuple(labels), features=config.features, val_fold=config.val_fold)
    for epoch in range(1, config.n_epochs + 1):
        losses = {"generator_loss": 0.1 * epoch, "critic_loss": 2 - 0.1 * epoch}
        append_row(run.metrics_file, {"epoch": epoch, **losses, "seconds": float(epoch)})
    for epoch in {max(1, config.n_epochs // 2), config.n_epochs}:
        write_samples(run, epoch, generator)
    if state == "done":
        generator.save(run.generator_file)
    values = {"state": state, "epoch": config.n_epochs, "n_epochs": config.n_epochs, "seconds": 83.0, **status}
    write_json(run.status_file, asdict(Status(**values)))
    return run
