"""Do generated sounds help a classifier? One is trained on real clips, on real and generated ones, on generated alone.

For each fold a generator is trained on the other folds, so that nothing that is generated has anything of the held-out
clips. All cells have as many optimiser steps. Each cell is stored as it is done, and a second start goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from esc_core.config import FeatureConfig, GeneratorConfig, TrainConfig, require
from esc_core.dataset import Dataset
from esc_core.dataset.provenance import data_name
from esc_core.disk.tables import table_rows, write_table
from esc_core.errors import TrainingError
from esc_core.features import extract
from esc_core.features.cache import unreadable_rows
from esc_core.generate.generator import Generator, load_generator
from esc_core.generate.training.fit import GeneratorEpoch, fit_generator
from esc_core.generate.training.presets import EXPERIMENT_EPOCHS
from esc_core.generate.training.train import card_of
from esc_core.generate.worth.arms import ARMS, N_STEPS, Arm, classifier_config, mixture
from esc_core.generate.worth.outcome import COLUMNS, FILE, Outcome, compare_arms
from esc_core.libraries import load_tensorflow
from esc_core.training.data.splits import Split, fold_split
from esc_core.training.fit.checkpoint import Checkpoint
from esc_core.training.fit.dtype import fastest_dtype
from esc_core.training.fit.fit import fit
from esc_core.training.fit.memory import keep_memory
from esc_core.words import percent

Progress = Callable[[str], None]
"""Receives lines for people."""


class Experiment:
    """The experiment on a data set, in a folder where it can go on.

    Parameters
    ----------
    dataset : Dataset
        The clips.
    folder : pathlib.Path
        Receives generators and the table.
    n_seeds : int
        Repeats of every arm and fold.
    n_epochs : int
        Epochs of every generator.
    n_steps : int
        Steps of every classifier.
    dtype : str
        Of all trainings, as in `esc_core.config.TrainConfig`; "auto" is measured, and stored with the first cell.
    progress : callable, optional
        Receives lines for people.

    Raises
    ------
    DatasetError
        If no clip can be read.
    ParameterError
        If there is no repeat.
    """

    def __init__(
        self,
        dataset: Dataset,
        folder: Path,
        *,
        n_seeds: int = 3,
        n_epochs: int = EXPERIMENT_EPOCHS,
        n_steps: int = N_STEPS,
        dtype: str = "float32",
        progress: Progress = lambda line: None,
    ) -> None:
        require(n_seeds >= 1, "n_seeds must be at least 1", n_seeds)
        self.dataset, self.folder, self.progress = dataset, folder, progress
        self.n_seeds, self.n_steps = n_seeds, n_steps
        self.n_epochs, self.dtype = n_epochs, dtype
        self.mel = extract(dataset, FeatureConfig()).mel
        self._unreadable = [dataset.clips[i].filename for i in unreadable_rows(self.mel)]

    @property
    def table(self) -> Path:
        """The file with a row for each cell."""
        return self.folder / FILE

    def rows(self) -> list[dict[str, str]]:
        """Return the cells that are done, each as the texts of its row."""
        return table_rows(self.table, required=COLUMNS)

    def run(self) -> list[dict[str, str]]:
        """Train what is missing, fold by fold, and return all rows.

        Raises
        ------
        TrainingError
            If a fold leaves nothing to train on, or a training diverged.
        OSError
            If the folder can't be written.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        keep_memory()
        for fold in self.dataset.fold_numbers:
            done = {(row["arm"], row["fold"], row["seed"]) for row in self.rows()}
            wanted = [(arm, seed) for seed in range(self.n_seeds) for arm in ARMS]
            missing = [(arm, seed) for arm, seed in wanted if (arm.name, str(fold), str(seed)) not in done]
            if not missing:
                continue
            split = fold_split(self.dataset, val_fold=fold, unreadable=self._unreadable)
            generator = self.generator(fold, split)
            for arm, seed in missing:
                self._store(self._cell(arm, fold, seed, split, generator))
        return self.rows()

    def outcome(self) -> Outcome | None:
        """Compare the arms as far as they are trained; see `compare_arms`."""
        clips, folds = self.dataset.clips, self.dataset.fold_numbers
        parts = {fold: fold_split(self.dataset, val_fold=fold, unreadable=self._unreadable).val for fold in folds}
        return compare_arms(self.rows(), {fold: [clips[i].src_file for i in val] for fold, val in parts.items()})

    def generator(self, fold: int, split: Split) -> Generator:
        """Return the generator that has not heard a fold; one that is not stored is trained first, or further."""
        path = self.folder / f"fold{fold}.npz"
        if path.is_file():
            return load_generator(path)
        load_tensorflow()
        config = GeneratorConfig(
            val_fold=fold, n_epochs=self.n_epochs, show_every=self.n_epochs, dtype=self._fixed_dtype()
        )
        checkpoint = Checkpoint(path.with_suffix(".checkpoint"))
        checkpoint.tidy()

        def on_epoch(report: GeneratorEpoch) -> None:
            if report.epoch % 10 == 0 or report.epoch == config.n_epochs:
                self.progress(f"generator without fold {fold}: epoch {report.epoch} of {config.n_epochs}")

        generator = fit_generator(
            self.mel, self.dataset.labels, split.train, n_classes=len(self.dataset.categories), config=config,
            card=lambda windows, epoch: card_of(self.dataset, split, config, windows, epoch),
            on_epoch=on_epoch, checkpoint=checkpoint,
        )  # fmt: skip
        if generator is None:
            raise TrainingError(f"the training of the generator without fold {fold} was ended early")
        generator.save(path)
        checkpoint.path.unlink(missing_ok=True)
        return load_generator(path)  # with the weights in 16 bits, as a second start would read them

    def _fixed_dtype(self) -> str:
        """Return the precision of all trainings: that of the first cell, so that all are alike, or the measured one."""
        if rows := self.rows():
            return rows[0]["dtype"]
        return fastest_dtype(TrainConfig(width=8)) if self.dtype == "auto" else self.dtype

    def _cell(self, arm: Arm, fold: int, seed: int, split: Split, generator: Generator) -> dict[str, Any]:
        load_tensorflow()
        began = time.process_time()
        mixed = mixture(self.mel, self.dataset.labels, split, generator, arm, val_fold=fold, seed=seed)
        config = classifier_config(arm, val_fold=fold, seed=seed, n_train=len(mixed.train), n_steps=self.n_steps)
        config = replace(config, dtype=self._fixed_dtype())
        n_classes = len(self.dataset.categories)
        _, logits = fit(mixed.mel, mixed.labels, mixed.train, mixed.val, n_classes=n_classes, config=config)
        correct = logits.argmax(axis=1) == mixed.labels[mixed.val]
        self.progress(f"fold {fold}, seed {seed}, {arm.title}: {percent(float(correct.mean()), digits=1)}")
        return {
            "arm": arm.name,
            "fold": fold,
            "seed": seed,
            "n_real": mixed.n_real,
            "n_generated": mixed.n_generated,
            "n_steps": config.n_epochs * (len(mixed.train) // config.batch_size),
            "generator_epochs": generator.card.epochs,
            "dtype": config.dtype,
            "accuracy": round(float(correct.mean()), 4),
            "correct": "c" + "".join("01"[int(one)] for one in correct),  # a letter first, or it would be a number
            "core_seconds": round(time.process_time() - began, 1),
            "data": data_name(self.dataset),
        }

    def _store(self, row: dict[str, Any]) -> None:
        rows = [*self.rows(), row]
        write_table(self.table, COLUMNS, [[one[name] for name in COLUMNS] for one in rows])
