"""Tables of a whole study with invented predictions, for tests of what is made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.shortcuts import COMMAND, about
from esc_core.dataset.categories import CATEGORIES
from esc_core.dataset.official import official_clips
from esc_core.findings.beyond import UNKNOWN_FILE
from esc_core.findings.robust import FILE
from esc_core.generate.worth.arms import ARMS
from esc_core.generate.worth.judged import FILE as JUDGED_FILE
from esc_core.generate.worth.judged import Judged, write_judged
from esc_core.generate.worth.outcome import COLUMNS as GENERATED_COLUMNS
from esc_core.generate.worth.outcome import FILE as GENERATED_FILE
from esc_core.robustness import rows as scores
from esc_core.robustness.suite import BY_NAME, CLEAN, SEED
from esc_core.robustness.summary import REFERENCE
from esc_core.training.study.grid import Cell, Grid, read_grid
from esc_core.training.study.results import Row
from esc_core.training.study.tables import write_results, write_tables
from esc_core.unsupervised.agreement import Measure
from esc_core.unsupervised.compare import FILE as UNLABELLED_FILE
from esc_core.unsupervised.compare import GAIN, OWN_OUTPUT, write_rows

ROOMS_COST = (("", 0.0), ("-room", 0.1))
"""What a noisy room takes from the invented accuracies of shipped models, by the end of the level's name."""

STUDIES = Path(__file__).resolve().parent.parent / "studies"

ACCURACY = {
    "none": 0.6,
    "pitch-stretch-noise": 0.61,
    "full": 0.8,
    "no-mixing": 0.7,
    "mel-cnn": 0.87,
    "wave-cnn": 0.7,
    "aclnet-sc": 0.78,
    "mel-cnn-short": 0.75,
    "mel-cnn-long": 0.85,
    "wave-cnn-short": 0.4,
    "wave-cnn-long": 0.6,
    "nothing": 0.6,
    "sampling": 0.8,
}
"""Accuracy of the invented predictions by level; 0.5 for all others."""


def write_small_results(folder: Path, *, accuracy: Mapping[str, float] = ACCURACY, n_repeats: int = 5) -> Path:
    """Write the tables of every plan that is shipped, as if all its cells had been trained."""
    for path in sorted(STUDIES.glob("*.toml")):
        grid = read_grid(path)
        rng = np.random.default_rng(len(grid.cells))
        if grid.lesson:
            rows = [row for cell in grid.cells[:n_repeats] for row in _arms(cell, rng)]
        else:
            rows = [_row(cell, accuracy, rng) for cell in grid.cells]
        write_results(folder, grid, rows, command=f"python -m esc_core study studies/{path.name} --data DIR")
    _write_pictures(folder)
    _write_shortcuts(folder)
    _write_shipped(folder, {"mel_cnn": 0.85, "yamnet": 0.86, "together": 0.92})
    write_rules(folder)
    write_without_labels(folder, WITHOUT_LABELS)
    write_robustness(folder, {REFERENCE: (0.8, 0.4), "mel_cnn": (0.85, 0.7)})
    write_generated(folder, {"real": 0.7, "augmented": 0.8})
    write_judged(folder / JUDGED_FILE, JUDGED)
    return folder


WITHOUT_LABELS = {
    "log_mel": 0.5, "contrastive": 0.6, "contrastive_and_log_mel": 0.65, "yamnet": 0.84, "supervised": 0.8,
}  # fmt: skip
"""Accuracy of the linear probe on invented embeddings, by name."""


def write_rules(folder: Path) -> None:
    """Write the scores of two rules that know unknown sounds, on two kinds of them, asking two models."""
    header = "model,sounds,rule,auroc,auroc_low,auroc_high,false_acceptance,false_acceptance_low,false_acceptance_high"
    rows = [
        f"{model},{sounds},{rule},{auroc},{auroc - 0.02},{auroc + 0.02},{1 - auroc},0.1,0.9"
        for model, sounds, better in (
            ("heads", "left-out categories", 0.0),
            ("heads", "made sounds", 0.1),
            ("mel_cnn", "made sounds", 0.0),
        )
        for rule, auroc in (("highest probability", 0.75 + better), ("agreement", 0.875 + better))
    ]
    (folder / UNKNOWN_FILE).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def write_without_labels(folder: Path, probes: Mapping[str, float]) -> None:
    """Write what embeddings tell of the categories, by the accuracy of the linear probe; gains are 4 points wide."""
    table = {}
    for name, probe in probes.items():
        gain = probe - probes["log_mel"]
        table[name] = [
            Measure("nmi", probe + 0.1, (probe, probe + 0.2), 0.45, 2000),
            Measure("ari", probe - 0.3, (probe - 0.35, probe - 0.25), 0.0, 2000),
            Measure("nearest", probe - 0.1, (probe - 0.12, probe - 0.08), 0.02, 2000),
            Measure("probe", probe, (probe - 0.02, probe + 0.02), 0.02, 2000),
            *([Measure(GAIN, gain, (gain - 0.02, gain + 0.02), 0.0, 2000)] if name != "log_mel" else []),
            *([Measure(OWN_OUTPUT, probe + 0.02, (probe, probe + 0.04), 0.02, 2000)] if name == "supervised" else []),
        ]
    write_rows(folder / UNLABELLED_FILE, table)


JUDGED = Judged(
    generator="esc10-short", file="abc", data="ESC-10", val_fold=5, epochs=200, model="mel_cnn", seed=1, n=200,
    n_correct=124, chance=0.1, real=0.85, near=0.05, closer=0.4, nearest=0.91, nearest_clip="1-100032-A-0.ogg",
    distance=0.42, floor=0.21, n_compared=160,
)  # fmt: skip
"""What might have been found of a generator."""


def write_generated(
    folder: Path,
    accuracy: Mapping[str, float],
    *,
    folds: Sequence[int] = (1, 2, 3, 4, 5),
    n_seeds: int = 2,
    nested: bool = True,
) -> Path:
    """Write the experiment on generated sounds as if all its cells had been trained; real clips' accuracy if not given.

    With `nested`, a better arm is right wherever a worse one is; without it, arms are right on clips of their own.
    """
    lines = [",".join(GENERATED_COLUMNS)]
    for fold in folds:
        n = sum(clip.esc10 and clip.fold == fold for clip in official_clips().values())
        for seed in range(n_seeds):
            for number, arm in enumerate(ARMS):
                drawn = np.random.default_rng([fold, seed, 0 if nested else number]).permutation(n) / n
                share = accuracy.get(arm.name, accuracy["real"])
                correct = "c" + "".join("01"[int(one < share)] for one in drawn)
                values = {"arm": arm.name, "fold": fold, "seed": seed, "n_steps": 600, "generator_epochs": 150}
                values |= {"dtype": "float32", "accuracy": share, "correct": correct}
                values |= {"data": '"44.1 kHz, Ogg Vorbis copy"'}
                lines.append(",".join(str(values.get(name, 0)) for name in GENERATED_COLUMNS))
    (folder / GENERATED_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / GENERATED_FILE


def _write_shipped(folder: Path, models: Mapping[str, float]) -> None:
    """Write the scores of shipped models, in a noisy room a tenth lower."""
    rng = np.random.default_rng(0)
    rows, clips_out = [], []
    for level, share in [(name + room, share - lost) for name, share in models.items() for room, lost in ROOMS_COST]:
        for fold in range(1, 6):
            key = {"model": level, "fold": fold, "seed": 0}
            clips = [clip for clip in official_clips().values() if clip.fold == fold]
            right = rng.random(len(clips)) < share
            rows.append(
                key
                | {"accuracy": right.mean(), "seconds": 9.0, "data": "16 kHz, 8-bit copy", "machine": "x86_64, 2 cores"}
            )
            for clip, ok in zip(clips, right, strict=True):
                guess = clip.category if ok else CATEGORIES[(clip.target + 1) % len(CATEGORIES)]
                clips_out.append(key | {"filename": clip.filename, "category": clip.category, "predicted": guess})
    what = {"question": "", "n_cells": len(rows), "n_done": len(rows), "settings": {}}
    write_tables(folder, "shipped", rows, clips_out, about=what, command="python -m benchmarks.shipped")


def write_robustness(folder: Path, models: Mapping[str, tuple[float, float]], *, n_clips: int = 400) -> None:
    """Write the scores of models under corruptions: accuracy on clean and on corrupted clips, a fifth less at the end.

    The first corruption is the mildest, and each one after it takes a percent more.
    """
    rows = []
    for model, (clean, corrupted) in models.items():
        for name, severity in scores.CELLS:
            position = 0 if name == CLEAN else list(BY_NAME).index(name)
            share = clean if name == CLEAN else corrupted - 0.01 * position - 0.05 * (severity - 3)
            n_correct, n_sure = round(n_clips * share), round(n_clips * 0.5)
            value = "" if name == CLEAN else BY_NAME[name].value_of(severity)
            counts = (n_clips, n_correct, n_sure, n_sure // 10, 0)
            rows.append(
                scores.Row(model, "abc", "16 kHz, 8-bit copy", "400 of 2000", SEED, name, severity, value, *counts)
            )
    scores.write_table(folder / FILE, rows)


def write_some(folder: Path, name: str, levels: Mapping[str, float], *, folds: tuple[int, ...] = (1, 2)) -> Grid:
    """Write the tables of one plan for some of its levels and folds."""
    grid = read_grid(STUDIES / f"{name}.toml")
    rng = np.random.default_rng(0)
    cells = [c for c in grid.cells if next(iter(c.levels.values())) in levels and c.config.val_fold in folds]
    write_results(folder, grid, [_row(cell, levels, rng) for cell in cells], command="again")
    return grid


def _row(cell: Cell, accuracy: Mapping[str, float], rng: np.random.Generator) -> Row:
    clips = [clip for clip in official_clips().values() if clip.fold == cell.config.val_fold]
    correct = rng.random(len(clips)) < accuracy.get(next(iter(cell.levels.values())), 0.5)
    wrong = rng.integers(1, len(CATEGORIES), len(clips))
    predicted = [
        clip.category if ok else CATEGORIES[(clip.target + int(shift)) % len(CATEGORIES)]
        for clip, ok, shift in zip(clips, correct, wrong, strict=True)
    ]
    score = float(correct.mean())
    result = {
        "accuracy": score,
        "macro_recall": score,
        "best_accuracy": score + 0.01,
        "n_epochs": cell.config.n_epochs,
        "seconds": 60.0 * cell.config.n_epochs / 10,
        "core_seconds": 90.0 * cell.config.n_epochs / 10,
        "dtype": "float32",
        "n_train": 1600 - len(cell.config.limits) * 24,
        "n_parameters": 1000 * cell.config.width,
        "multiply_adds": 10**6 * cell.config.width,
        "data": "16 kHz, 8-bit copy",
        "machine": "x86_64, 2 cores",
    }
    names, true = tuple(clip.filename for clip in clips), tuple(clip.category for clip in clips)
    return Row(cell, result, names, true, tuple(predicted))


def _arms(cell: Cell, rng: np.random.Generator) -> list[Row]:
    rows = []
    for name, own, known in (("scattered", 0.95, 60), ("copies_kept", 0.9, 25), ("whole_folds", 0.85, 0)):
        noise = rng.normal(0, 0.005, 2)
        result = {
            "arm": name,
            "accuracy": own + noise[0],
            "sealed_accuracy": 0.85 + noise[1],
            "n_train": 400,
            "n_test": 160 if name == "scattered" else 80,
            "n_sealed": 80,
            "same_clip": known,
            "siblings": known // 5,
            "n_epochs": 24,
            "seconds": 60.0,
            "dtype": "float32",
            "data": "44.1 kHz, Ogg Vorbis copy",
            "machine": "x86_64, 2 cores",
        }
        rows.append(Row(cell, result, (), (), ()))
    return rows


def _write_pictures(folder: Path) -> None:
    clips = [clip for clip in official_clips().values() if clip.fold == 1]
    rows, clips_out = [], []
    for route, n_wrong, milliseconds in (("arrays", 120, 2.0), ("pictures", 140, 8.0)):
        rows.append(
            {
                "route": route,
                "fold": 1,
                "seed": 0,
                "accuracy": 1 - n_wrong / len(clips),
                "input_ms": milliseconds,
                "memory_bytes": 51_456 if route == "arrays" else 196_608,
                "disk_bytes": 51_456 if route == "arrays" else 20_000,
                "epoch_core_seconds": 30.0,
                "seconds": 300.0,
                "data": "16 kHz, 8-bit copy",
                "machine": "x86_64, 2 cores",
            }
        )
        for i, clip in enumerate(clips):
            other = CATEGORIES[(clip.target + 1) % len(CATEGORIES)]
            guess = other if i < n_wrong else clip.category
            key = {"route": route, "fold": 1, "seed": 0}
            clips_out.append(key | {"filename": clip.filename, "category": clip.category, "predicted": guess})
    about = {"question": "Pictures or arrays?", "n_cells": 2, "n_done": 2, "note": "Drawn with Pillow."}
    write_tables(folder, "pictures", rows, clips_out, about=about, command="python -m benchmarks.pictures")


def _write_shortcuts(folder: Path) -> None:
    rows, clips_out = [], []
    for cue, every in (("silence", 20), ("bandwidth", 10), ("both", 5)):
        for fold in range(1, 6):
            key = {"cue": cue, "fold": fold, "seed": 0}
            rows.append(key | {"accuracy": 1 / every, "seconds": 1.0, "data": "16 kHz, 8-bit copy", "machine": "any"})
            for i, clip in enumerate(clip for clip in official_clips().values() if clip.fold == fold):
                guess = clip.category if i % every == 0 else CATEGORIES[(clip.target + 1) % len(CATEGORIES)]
                clips_out.append(key | {"filename": clip.filename, "category": clip.category, "predicted": guess})
    write_tables(folder, "shortcuts", rows, clips_out, about=about(rows), command=COMMAND)
