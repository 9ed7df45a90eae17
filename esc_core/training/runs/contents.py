"""What the files of a run must hold. One that holds anything else is damaged: nothing is read from it."""

from __future__ import annotations

from typing import Any

from esc_core.disk.stored import count, fits, flag, list_of, maybe, name, number, seconds, share, table_of, text

ACTIVE = ("queued", "preparing", "training")
"""States that a live worker writes."""

BUSY = (*ACTIVE, "stopping")
"""States that change by themselves."""

STATES = (*BUSY, "stopped", "interrupted", "failed", "done")
"""All states."""

_STATUS = {
    "state": lambda value: value in STATES,
    "doing": text,
    **dict.fromkeys(("epoch", "n_epochs", "step", "n_steps"), count),
    **dict.fromkeys(("seconds", "queued_at", "heartbeat"), seconds),
    "seconds_left": maybe(seconds),
    **dict.fromkeys(("accuracy", "macro_recall"), maybe(share)),
    "error": maybe(text),
    "pid": maybe(count),
}
_EPOCH = {
    "epoch": count,
    "loss": number,
    "seconds": seconds,
    "val_loss": maybe(number),
    **dict.fromkeys(("train_accuracy", "val_accuracy", "macro_recall"), maybe(share)),
}
_ENVELOPE = {
    "opened_at": seconds,
    "fold": count,
    "accuracy": share,
    "macro_recall": share,
    "interval": list_of(share),
    "filenames": list_of(text),
    "labels": list_of(count),
    "predicted": list_of(count),
    "confidence": list_of(share),
}


def is_about(values: Any) -> bool:
    """Return whether these are the values of ``run.json``."""
    optional = {"submitted_at": seconds, "synthetic": flag, "preset": maybe(text), "lesson": maybe(name)}
    return fits(values, {"name": name, "data_dir": name}, optional=optional)


def is_status(values: Any) -> bool:
    """Return whether these are the values of ``status.json``."""
    return fits(values, {"state": _STATUS["state"]}, optional=_STATUS)


def is_epoch(row: Any) -> bool:
    """Return whether this is a row of ``metrics.jsonl``; if the epoch was evaluated, it has all scores."""
    if not fits(row, _EPOCH, optional={"core_seconds": maybe(seconds)}):
        return False
    scores = [row[key] is None for key in ("val_accuracy", "val_loss", "train_accuracy", "macro_recall")]
    return all(scores) or not any(scores)


def is_generator_epoch(row: Any) -> bool:
    """Return whether this is a row of ``metrics.jsonl`` of a run that trains a generator."""
    kinds = {"epoch": count, "generator_loss": number, "critic_loss": number, "seconds": seconds}
    return fits(row, kinds, optional={"core_seconds": maybe(seconds)})


def is_guesses(row: Any, watched: Any = None) -> bool:
    """Return whether this is a row of ``guesses.jsonl``, and fits the values of ``watched.json`` if these are given."""
    kinds = {"epoch": count, "predicted": list_of(count), "confidence": list_of(share)}
    if not fits(row, kinds, optional={"calibrated": flag}):
        return False
    n = len(row["predicted"]) if watched is None else len(watched["filenames"])
    known = watched is None or all(guess < len(watched["categories"]) for guess in row["predicted"])
    return len(row["predicted"]) == len(row["confidence"]) == n and known


def is_watched(values: Any) -> bool:
    """Return whether these are the values of ``watched.json``."""
    if not fits(values, {"filenames": list_of(text), "labels": list_of(count), "categories": list_of(name)}):
        return False
    names = values["categories"]
    return (
        len(values["filenames"]) == len(values["labels"]) > 0
        and len(set(names)) == len(names)
        and max(values["labels"]) < len(names)
    )


def is_envelope(values: Any) -> bool:
    """Return whether these are the values of ``envelope.json``."""
    optional = {"unreadable": list_of(text)}
    if not fits(values, _ENVELOPE, optional=optional) or set(values) - {*_ENVELOPE, *optional}:
        return False
    n = len(values["filenames"])
    return len(values["interval"]) == 2 and all(len(values[k]) == n for k in ("labels", "predicted", "confidence"))


def is_notes(values: Any) -> bool:
    """Return whether these are the values of ``notes.json``."""
    kinds = {"n_clips": count, "unreadable": table_of(text), "never_trained": list_of(name), "remarks": list_of(text)}
    return fits(values, kinds) and len(values) == len(kinds)


def is_arm(row: Any) -> bool:
    """Return whether this is a row of ``lesson.jsonl`` that describes an arm."""
    counts = ("n_train", "n_test", "n_sealed", "same_clip", "siblings")
    kinds = {"arm": name, "title": name, **dict.fromkeys(counts, count)}
    return fits(row, kinds, optional={"recordings": list_of(text)}) and not set(row) - {*kinds, "recordings"}


def is_arm_epoch(row: Any) -> bool:
    """Return whether this is a row of ``lesson.jsonl`` with an epoch of an arm; a score comes with its interval."""
    scores = {key: maybe(share) for key in ("accuracy", "sealed_accuracy", "train_accuracy")} | {"correct": text}
    intervals = {key: maybe(list_of(share)) for key in ("interval", "sealed_interval")}
    if not fits(row, {"arm": name, "epoch": count, "loss": number, "seconds": seconds}, optional=scores | intervals):
        return False
    pairs = (("accuracy", "interval"), ("sealed_accuracy", "sealed_interval"))
    return all(row.get(score) is None or len(row.get(interval) or ()) == 2 for score, interval in pairs)
