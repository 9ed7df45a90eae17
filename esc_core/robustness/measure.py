"""Model and data set → scores under each corruption, out of fold; a run that was cut goes on."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from esc_core.dataset import Dataset
from esc_core.dataset.faults import bad_sentence, some_readable, without_clips
from esc_core.dataset.provenance import data_name
from esc_core.errors import DatasetError, ModelError
from esc_core.inference import Predictor
from esc_core.robustness.rows import CELLS, Row, in_order, read_rows, write_table
from esc_core.robustness.sample import background_of, choose_clips, sample_name
from esc_core.robustness.suite import BY_NAME, CLEAN, SEED
from esc_core.robustness.worker import Made, corrupted_clips
from esc_core.words import percent, rough_duration

BATCH = 32
"""Clips that a network gets at a time."""


def measure(
    predictors: Sequence[Predictor],
    dataset: Dataset,
    *,
    corruptions: Sequence[str] | None = None,
    n_clips: int | None = None,
    fold: int | None = None,
    table: Path | None = None,
    n_workers: int | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> list[Row]:
    """Score models under each corruption and severity: each clip by the network that was not trained on its fold.

    Models with the same features hear the same corrupted clips, each of which is made once.

    Parameters
    ----------
    predictors : sequence of Predictor
        The models.
    dataset : Dataset
        Clips with ESC-50's folds.
    corruptions : sequence of str, optional
        Names of corruptions; all if left out. Clean clips are always scored.
    n_clips, fold : int, optional
        Which clips; see `choose_clips`.
    table : pathlib.Path, optional
        A CSV that is written after each row. What a model, with the same weights, clips and seed, has in it already is
        not measured again; rows of other models stay.
    n_workers : int, optional
        Number of processes that corrupt clips; one per core if left out.
    progress : callable, optional
        Receives a line per row.

    Returns
    -------
    list of Row
        Of this run, also those that were in the table: model by model, each in the suite's order.

    Raises
    ------
    DatasetError
        If there is no clip that can be read.
    ModelError
        If the data has a category that a model does not know, or no network held a fold out.
    TableError
        If the table is damaged.
    OSError
        If the table can't be written.
    """
    whole = without_clips(dataset, some_readable(dataset))
    chosen = choose_clips(whole, n_clips=n_clips, fold=fold)
    for predictor in predictors:
        _check(predictor, chosen)
    clips = data_name(dataset), sample_name(chosen, whole, fold=fold), SEED
    jobs = [_Job(predictor, (predictor.folder.name, weights_hash(predictor), *clips)) for predictor in predictors]
    wanted = [cell for cell in CELLS if cell[0] == CLEAN or corruptions is None or cell[0] in corruptions]
    stored = [] if table is None else read_rows(table)
    for job in jobs:
        stored = job.go_on(stored, wanted, progress)
    tell = _Progress(sum(len(job.missing) for job in jobs), progress)
    for features in dict.fromkeys(job.predictor.card.features for job in jobs):
        alike = [job for job in jobs if job.predictor.card.features == features]
        for row in _measured(alike, chosen, whole, n_workers=n_workers):
            stored.append(row)
            if table is not None:
                write_table(table, stored)
            tell.row(row)
    return [row for job in jobs for row in in_order([job.rows[cell] for cell in wanted])]


@dataclass
class _Job:
    """A model, what its rows share, those that it has, and the cells that it lacks."""

    predictor: Predictor
    run: tuple[str, str, str, str, int]
    rows: dict[tuple[str, int], Row] = field(default_factory=dict)
    missing: list[tuple[str, int]] = field(default_factory=list)

    def go_on(self, stored: list[Row], wanted: Sequence[tuple[str, int]], progress: Callable[[str], None]) -> list[Row]:
        """Take over the rows that still hold; return the table without those of this model's former weights."""
        model, weights = self.run[:2]
        kept = [row for row in stored if row.model != model or row.weights == weights]
        if len(kept) < len(stored):
            n = len(stored) - len(kept)
            progress(f"{model} has changed since the table was written; its {n} rows are measured again")
        self.rows = {row.cell: row for row in kept if row.run == self.run}
        self.missing = [cell for cell in wanted if cell not in self.rows]
        if len(self.missing) < len(wanted):
            n = len(wanted) - len(self.missing)
            progress(f"{n} of {len(wanted)} rows of {model} are in the table already")
        return kept


class _Progress:
    """A line per row, with the time that is left."""

    def __init__(self, n: int, progress: Callable[[str], None]) -> None:
        self._n, self._progress = n, progress
        self._moments = [time.monotonic()]

    def row(self, row: Row) -> None:
        """Tell of a row that has been measured."""
        self._moments.append(time.monotonic())
        done = len(self._moments) - 1
        # the first one also loads TensorFlow and the networks
        seconds = (self._moments[-1] - self._moments[min(1, done - 1)]) / max(1, done - 1)
        title = "clean clips" if row.corruption == CLEAN else f"{BY_NAME[row.corruption].title}, {row.value}"
        left = f"; {rough_duration(seconds * (self._n - done))} left" if done < self._n else ""
        share = percent(row.accuracy, digits=1)
        self._progress(f"{done} of {self._n}: {row.model}: {title}: {share}{left}")


def weights_hash(predictor: Predictor) -> str:
    """Return the first 12 hexadecimal digits of the SHA-256 of a model's files, and of those of its members."""
    digest = hashlib.sha256()
    for folder in (predictor.folder, *(predictor.folder.parent / name for name in predictor.card.members)):
        for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")):
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _check(predictor: Predictor, dataset: Dataset) -> None:
    name = predictor.card.name
    unknown = sorted(set(dataset.categories) - set(predictor.card.labels))
    if unknown:
        raise ModelError(f"{name} does not know the category {unknown[0]}")
    untested = sorted(set(dataset.folds.tolist()) - set(predictor.folds))
    if untested:
        raise ModelError(f"{name} has no network that held out fold {untested[0]}")


def _measured(jobs: Sequence[_Job], chosen: Dataset, whole: Dataset, *, n_workers: int | None) -> Iterator[Row]:
    """Measure what models of the same features lack, and add it to their rows."""
    cells = [cell for cell in CELLS if any(cell in job.missing for job in jobs)]
    if not cells:
        return
    behind = any(corruption == "background" for corruption, _ in cells)
    pairs = [(chosen.path(clip), whole.path(background_of(clip, whole) if behind else clip)) for clip in chosen.clips]
    first = jobs[0].predictor
    # closed at once, whatever the caller raises: the processes would go on
    with contextlib.closing(
        corrupted_clips(first.folder, first.card.features.sr, cells, pairs, n_workers=n_workers)
    ) as made:
        for cell in cells:
            lacking = [job for job in jobs if cell in job.missing]
            tallies = _tallied([job.predictor for job in lacking], chosen, made)
            for job, tally in zip(lacking, tallies, strict=True):
                job.rows[cell] = tally.row(job.run, *cell)
                yield job.rows[cell]


class _Tally:
    """What a model makes of each clip of a data set."""

    def __init__(self, predictor: Predictor, dataset: Dataset) -> None:
        self._predictor = predictor
        self._truth = np.array([predictor.card.labels.index(clip.category) for clip in dataset.clips])
        n = len(dataset.clips)
        self._read, self._correct, self._sure, self._nothing = (np.zeros(n, bool) for _ in range(4))

    def add(self, good: np.ndarray, clips: Sequence[Made], fold: int) -> None:
        """Classify clips that could be read, by the network that held their fold out."""
        nothing = np.array([one.nothing for one in clips])
        probs, answered = self._predictor.clip_answers([one.y for one in clips if one.y is not None], fold=fold)
        self._read[good], self._nothing[good] = True, nothing
        self._correct[good] = (probs.argmax(axis=1) == self._truth[good]) & ~nothing
        self._sure[good] = answered & ~nothing

    def row(self, run: tuple[str, str, str, str, int], corruption: str, severity: int) -> Row:
        """Return the counts."""
        if not self._read.any():
            raise DatasetError(bad_sentence(self._read.size, self._read.size))
        value = "" if corruption == CLEAN else BY_NAME[corruption].value_of(severity)
        wrong = self._sure & ~self._correct
        counts = (self._read, self._correct, self._sure, wrong, self._nothing)
        return Row(*run, corruption, severity, value, *(int(part.sum()) for part in counts))


def _tallied(predictors: Sequence[Predictor], dataset: Dataset, made: Iterator[Made]) -> list[_Tally]:
    """Classify the next clips that are made, one for each of the data set, by each model."""
    tallies = [_Tally(predictor, dataset) for predictor in predictors]
    for fold in sorted(set(dataset.folds.tolist())):
        own = np.flatnonzero(dataset.folds == fold)
        for batch in (own[i : i + BATCH] for i in range(0, own.size, BATCH)):
            clips = [next(made) for _ in batch]
            readable = [one.y is not None for one in clips]
            for tally in tallies if any(readable) else ():
                tally.add(batch[readable], [one for one in clips if one.y is not None], fold)
    return tallies
