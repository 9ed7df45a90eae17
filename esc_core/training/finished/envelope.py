"""The sealed test fold of a run: scored once, and the score is kept."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from esc_core.dataset import load_dataset
from esc_core.disk.files import read_json, reason, set_aside, write_json
from esc_core.errors import TrainingError
from esc_core.inference import Predictor
from esc_core.inference.front_end import readable_waves
from esc_core.measures.bootstrap import accuracy_interval
from esc_core.training.data.splits import split_for
from esc_core.training.record import macro_recall
from esc_core.training.runs.contents import is_envelope
from esc_core.training.runs.run import Run


@dataclass(frozen=True)
class Envelope:
    """The score on a run's sealed test fold.

    Attributes
    ----------
    opened_at : float
        Time of the scoring, Unix time in seconds.
    fold : int
        The sealed fold, 1–10.
    accuracy, macro_recall : float
        On the fold's clips, 0–1.
    interval : tuple of float
        95% interval of the accuracy, by a bootstrap over recordings.
    filenames : tuple of str
        Files of the clips.
    labels, predicted : tuple of int
        True and predicted positions among the run's categories.
    confidence : tuple of float
        Probabilities of the predictions.
    unreadable : tuple of str
        Files of the fold that can't be read and were left out; they count neither as correct nor as wrong.
    """

    opened_at: float
    fold: int
    accuracy: float
    macro_recall: float
    interval: tuple[float, float]
    filenames: tuple[str, ...]
    labels: tuple[int, ...]
    predicted: tuple[int, ...]
    confidence: tuple[float, ...]
    unreadable: tuple[str, ...] = ()


def opened(run: Run) -> Envelope | None:
    """Return the score on a run's sealed fold; None if its envelope was not opened, or there is none."""
    stored = read_json(run.envelope_file)
    if not is_envelope(stored):  # a damaged one is scored again, with the same result
        return None
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()}
    return Envelope(**values)


def open_envelope(run: Run) -> Envelope:
    """Score the sealed fold of a finished run; later calls return the first score.

    Parameters
    ----------
    run : Run
        Done, with a `test_fold`.

    Returns
    -------
    Envelope
        The score, which is also stored in the run's folder.

    Raises
    ------
    TrainingError
        If the run is not done or has no sealed fold, no clip of the fold can be read, or the score can't be stored.
    EscError
        If data or model are gone.
    """
    if (before := opened(run)) is not None:
        return before
    if run.config.test_fold is None:
        raise TrainingError(f"{run.name} has no sealed test fold")
    if (state := run.status().state) != "done":
        raise TrainingError(f"{run.name} is {state}; its envelope can be opened once it is done")
    return _remember(run, _score(run))


def _score(run: Run) -> Envelope:
    config = run.config
    dataset, split = split_for(load_dataset(run.data_dir), config)
    if not len(split.test):
        raise TrainingError(f"fold {config.test_fold} holds no clips of these categories")
    predictor = Predictor(run.model_dir)
    read, waves = readable_waves([dataset.path(dataset.clips[i]) for i in split.test], predictor.card.features.sr)
    if not waves:
        raise TrainingError(f"no clip of fold {config.test_fold} can be read")
    clips = [dataset.clips[i] for i in split.test[read]]
    probs = predictor.clip_probs(waves)
    labels, predicted = dataset.labels[split.test[read]], probs.argmax(axis=1)
    correct = predicted == labels
    return Envelope(
        opened_at=time.time(),
        fold=config.test_fold or 0,
        accuracy=float(correct.mean()),
        macro_recall=macro_recall(labels, predicted, n_classes=len(dataset.categories)),
        interval=accuracy_interval(correct, [clip.src_file for clip in clips]),
        filenames=tuple(clip.filename for clip in clips),
        labels=tuple(labels.tolist()),
        predicted=tuple(predicted.tolist()),
        confidence=tuple(np.round(probs.max(axis=1).astype(float), 3).tolist()),
        unreadable=tuple(dataset.clips[i].filename for i in np.delete(split.test, read)),
    )


def _remember(run: Run, envelope: Envelope) -> Envelope:
    mine = run.envelope_file.with_name(f".envelope.{os.getpid()}.{threading.get_ident()}.json")
    try:
        write_json(mine, asdict(envelope))
        if run.envelope_file.exists() and opened(run) is None:
            set_aside(run.envelope_file)
        os.link(mine, run.envelope_file)  # unlike a rename, it fails if a score was stored meanwhile
    except FileExistsError:
        pass
    except OSError as error:
        raise TrainingError(f"the score can't be stored: {reason(error)}") from error
    finally:
        mine.unlink(missing_ok=True)
    return opened(run) or envelope
