"""What came of learning: what the page shows, and the model's card keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from esc_core.disk.stored import count, fits, flag, list_of, maybe, name, number, seconds, share, table_of, text
from esc_core.training.quick.scores import CurvePoint, Mistake, Scores
from esc_core.words import percent, percent_interval

NO_TEST = (
    "There are too few recordings to hold some out: it is unknown how good the model is. Record each category at two "
    "times or places at least."
)


@dataclass(frozen=True)
class Result:
    """What came of learning.

    Attributes
    ----------
    base : str
        Name of the network that had heard other sounds.
    heard : str
        What it had heard.
    categories : tuple of str
        In the order of the data set; the background is none of them.
    n_samples : int
        Samples of these categories.
    scores : Scores or None
        What held-out samples say; None if nothing can be held out.
    seconds : float
        Time that learning took.
    remarks : tuple of str
        What is unusual, in sentences.
    learnt_from : str
        From `esc_core.dataset.provenance.state_of`, as the data set was.
    """

    base: str
    heard: str
    categories: tuple[str, ...]
    n_samples: int
    scores: Scores | None
    seconds: float
    remarks: tuple[str, ...]
    learnt_from: str

    @property
    def sentence(self) -> str:
        """The result in a sentence: "94% of 30 held-out samples are correctly classified (95% interval …)."."""
        if self.scores is None:
            return NO_TEST
        return (
            f"{percent(self.scores.accuracy)} of {self.scores.n} held-out samples are correctly classified "
            f"(95% interval {percent_interval(self.scores.interval)}; chance: {percent(1 / len(self.categories))})."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain JSON values."""
        scores = self.scores
        return {
            "base": self.base,
            "heard": self.heard,
            "categories": list(self.categories),
            "n_samples": self.n_samples,
            "n_held_out": scores.n if scores else 0,
            "accuracy": scores.accuracy if scores else None,
            "interval": list(scores.interval) if scores else None,
            "fold_accuracy": {str(k): value for k, value in scores.fold_accuracy.items()} if scores else {},
            "recall": scores.recall if scores else {},
            "confusion": scores.confusion.tolist() if scores else [],
            "answered": scores.answered if scores else None,
            "wrong": scores.wrong if scores else None,
            "mistakes": [vars(mistake) for mistake in scores.mistakes] if scores else [],
            "curve": [[point.n, point.accuracy, *point.interval] for point in scores.curve] if scores else [],
            "held_out": {
                "ids": list(scores.ids),
                "recordings": scores.recordings.tolist(),
                "categories": list(scores.categories),
                "correct": scores.correct.tolist(),
            }
            if scores
            else {},
            "seconds": round(self.seconds, 2),
            "remarks": list(self.remarks),
            "learnt_from": self.learnt_from,
        }


_MISTAKE = {"clip_id": name, "category": name, "taken_for": name, "prob": share}
_POINT = list_of(number)
_RESULT = {
    "base": name, "heard": text, "categories": list_of(name), "n_samples": count, "n_held_out": count,
    "seconds": seconds, "remarks": list_of(text), "learnt_from": text,
}  # fmt: skip
_SCORES = {
    **dict.fromkeys(("accuracy", "answered", "wrong"), share),
    "interval": lambda value: list_of(share)(value) and len(value) == 2,
    "fold_accuracy": lambda value: table_of(share)(value) and all(key.isdecimal() for key in value),
    "recall": table_of(maybe(share)),
    "confusion": list_of(list_of(count)),
    "mistakes": list_of(lambda value: fits(value, _MISTAKE)),
    "curve": list_of(lambda value: _POINT(value) and len(value) == 4),
    "held_out": lambda value: fits(
        value,
        {"ids": list_of(name), **dict.fromkeys(("recordings", "categories"), list_of(name)), "correct": list_of(flag)},
    ),
}


def from_dict(values: Any) -> Result | None:
    """Return the result that `Result.to_dict` wrote; None if the values are damaged."""
    if not fits(values, _RESULT) or len(values["categories"]) < 2:
        return None
    scores = _scores(values) if values["n_held_out"] else None
    if scores is None and values["n_held_out"]:
        return None
    return Result(
        base=values["base"],
        heard=values["heard"],
        categories=tuple(values["categories"]),
        n_samples=values["n_samples"],
        scores=scores,
        seconds=values["seconds"],
        remarks=tuple(values["remarks"]),
        learnt_from=values["learnt_from"],
    )


def _scores(values: dict[str, Any]) -> Scores | None:
    if not fits(values, _SCORES):
        return None
    held, n, names = values["held_out"], values["n_held_out"], values["categories"]
    rows = values["confusion"]
    square = len(rows) == len(names) and all(len(row) == len(names) for row in rows)
    named = [one[key] for one in values["mistakes"] for key in ("category", "taken_for")]
    known = {*named, *held["categories"]} <= set(names)
    if not square or not known or {len(part) for part in held.values()} != {n}:
        return None
    return Scores(
        n=n,
        correct=np.array(held["correct"], bool),
        recordings=np.array(held["recordings"], str),
        ids=tuple(held["ids"]),
        categories=tuple(held["categories"]),
        accuracy=values["accuracy"],
        interval=(values["interval"][0], values["interval"][1]),
        fold_accuracy={int(key): value for key, value in values["fold_accuracy"].items()},
        recall=values["recall"],
        confusion=np.array(rows, int),
        answered=values["answered"],
        wrong=values["wrong"],
        mistakes=tuple(Mistake(**{key: one[key] for key in _MISTAKE}) for one in values["mistakes"]),
        curve=tuple(CurvePoint(int(n), accuracy, (low, high)) for n, accuracy, low, high in values["curve"]),
    )
