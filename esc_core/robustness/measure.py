"""Model and data set → scores under each corruption, out of fold; a run that was cut goes on."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
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
    predictor: Predictor,
    dataset: Dataset,
    *,
    corruptions: Sequence[str] | None = None,
    n_clips: int | None = None,
    fold: int | None = None,
    table: Path | None = None,
    n_workers: int | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> list[Row]:
    """Score a model under each corruption and severity: each clip by the network that was not trained on its fold.

    Parameters
    ----------
    predictor : Predictor
        The model.
    dataset : Dataset
        Clips with ESC-50's folds.
    corruptions : sequence of str, optional
        Names of corruptions; all if left out. Clean clips are always scored.
    n_clips, fold : int, optional
        Which clips; see `choose_clips`.
    table : pathlib.Path, optional
        A CSV that is written after each corruption and severity. What this model, with the same weights, clips and
        seed, has in it already is not measured again; rows of other models stay.
    n_workers : int, optional
        Number of processes that corrupt clips; one per core if left out.
    progress : callable, optional
        Receives a line per corruption and severity.

    Returns
    -------
    list of Row
        Of this run, also those that were in the table, in the suite's order.

    Raises
    ------
    DatasetError
        If there is no clip that can be read.
    ModelError
        If the data has a category that the model does not know, or no network held a fold out.
    TableError
        If the table is damaged.
    OSError
        If the table can't be written.
    """
    whole = without_clips(dataset, some_readable(dataset))
    chosen = choose_clips(whole, n_clips=n_clips, fold=fold)
    _check(predictor, chosen)
    model, weights = predictor.folder.name, weights_hash(predictor)
    run = (model, weights, data_name(dataset), sample_name(chosen, whole, fold=fold), SEED)
    stored = [] if table is None else read_rows(table)
    kept = [row for row in stored if row.model != model or row.weights == weights]
    if len(kept) < len(stored):
        progress(
            f"{model} has changed since the table was written; its {len(stored) - len(kept)} rows are measured again"
        )
    wanted = [cell for cell in CELLS if cell[0] == CLEAN or corruptions is None or cell[0] in corruptions]
    own = {row.cell: row for row in kept if row.run == run}
    missing = [cell for cell in wanted if cell not in own]
    if len(missing) < len(wanted):
        progress(f"{len(wanted) - len(missing)} of {len(wanted)} rows are in the table already")
    for row in _measured(predictor, chosen, whole, missing, run, n_workers=n_workers, progress=progress):
        own[row.cell] = row
        kept.append(row)
        if table is not None:
            write_table(table, kept)
    return in_order([own[cell] for cell in wanted])


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


def _measured(
    predictor: Predictor,
    chosen: Dataset,
    whole: Dataset,
    cells: Sequence[tuple[str, int]],
    run: tuple[str, str, str, str, int],
    *,
    n_workers: int | None,
    progress: Callable[[str], None],
) -> Iterator[Row]:
    if not cells:
        return
    behind = any(corruption == "background" for corruption, _ in cells)
    pairs = [(chosen.path(clip), whole.path(background_of(clip, whole) if behind else clip)) for clip in chosen.clips]
    moments = [time.monotonic()]
    # closed at once, whatever the caller raises: the processes would go on
    with contextlib.closing(
        corrupted_clips(predictor.folder, predictor.card.features.sr, cells, pairs, n_workers=n_workers)
    ) as made:
        for done, (corruption, severity) in enumerate(cells, start=1):
            row = _row(predictor, chosen, made, run, corruption, severity)
            moments.append(time.monotonic())
            # the first one also loads TensorFlow and the networks
            seconds = (moments[-1] - moments[min(1, done - 1)]) / max(1, done - 1)
            progress(_line(row, done, len(cells), seconds * (len(cells) - done)))
            yield row


def _row(
    predictor: Predictor,
    dataset: Dataset,
    made: Iterator[Made],
    run: tuple[str, str, str, str, int],
    corruption: str,
    severity: int,
) -> Row:
    """Score the next clips that are made, one for each of the data set."""
    correct, sure, nothing = (np.zeros(len(dataset.clips), bool) for _ in range(3))
    read = np.zeros(len(dataset.clips), bool)
    truth = np.array([predictor.card.labels.index(clip.category) for clip in dataset.clips])
    for fold in sorted(set(dataset.folds.tolist())):
        own = np.flatnonzero(dataset.folds == fold)
        for batch in (own[i : i + BATCH] for i in range(0, own.size, BATCH)):
            clips = [next(made) for _ in batch]
            good = np.array([i for i, one in zip(batch, clips, strict=True) if one.y is not None], int)
            if not good.size:
                continue
            waves = [one.y for one in clips if one.y is not None]
            probs, answered = predictor.clip_answers(waves, fold=fold)
            read[good] = True
            nothing[good] = [one.nothing for one in clips if one.y is not None]
            correct[good] = (probs.argmax(axis=1) == truth[good]) & ~nothing[good]
            sure[good] = answered & ~nothing[good]
    if not read.any():
        raise DatasetError(bad_sentence(len(dataset.clips), len(dataset.clips)))
    value = "" if corruption == CLEAN else BY_NAME[corruption].value_of(severity)
    counts = (read, correct, sure, sure & ~correct, nothing)
    return Row(*run, corruption, severity, value, *(int(part.sum()) for part in counts))


def _line(row: Row, done: int, n: int, seconds_left: float) -> str:
    title = "clean clips" if row.corruption == CLEAN else f"{BY_NAME[row.corruption].title}, {row.value}"
    left = f"; {rough_duration(seconds_left)} left" if done < n else ""
    return f"{done} of {n}: {title}: {percent(row.accuracy, digits=1)}{left}"
