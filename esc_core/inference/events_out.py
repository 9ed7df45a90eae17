"""Events to take away: a CSV table, a label track for Audacity, JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from esc_core.disk.tables import csv_text
from esc_core.inference.events import Event
from esc_core.inference.prediction import Prediction

COLUMNS = ("start_s", "end_s", "category", "probability")
"""Names of an event's values in the CSV table and in JSON."""


class Format(NamedTuple):
    """A kind of file with events.

    Attributes
    ----------
    title : str
        What a page calls it.
    suffix : str
        Ending of the file's name.
    mime : str
        Its media type.
    write : callable
        Takes rows, as `event_rows` returns them, and returns the text.
    """

    title: str
    suffix: str
    mime: str
    write: Callable[[Sequence[dict[str, Any]]], str]


def events_of(prediction: Prediction) -> tuple[Event, ...]:
    """Return the events of a recording of any length.

    Parameters
    ----------
    prediction : Prediction
        The answer to it.

    Returns
    -------
    tuple of Event
        Those of the timeline; of a recording of up to 5 s its answer over the active part, and none where the model is
        not sure or there is nothing.
    """
    if prediction.timeline is not None:
        return prediction.timeline.events
    if prediction.nothing or prediction.not_sure:
        return ()
    category = int(prediction.probs.argmax())
    return (Event(*prediction.active_part, category, float(prediction.probs[category])),)


def event_rows(prediction: Prediction) -> list[dict[str, Any]]:
    """Return the events as plain values, rounded once, so that all formats agree.

    Parameters
    ----------
    prediction : Prediction
        The answer to a recording.

    Returns
    -------
    list of dict
        For each event the values of `COLUMNS`: seconds to the millisecond, the category's name, and its highest
        probability in 0–1.
    """
    return [
        dict(
            zip(
                COLUMNS,
                (round(event.start, 3), round(event.end, 3), prediction.labels[event.category], round(event.prob, 4)),
                strict=True,
            )
        )
        for event in events_of(prediction)
    ]


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    return csv_text(COLUMNS, [list(row.values()) for row in rows])


def _audacity(rows: Sequence[dict[str, Any]]) -> str:
    # a tab or the end of a line in a name would end the label
    return "".join(f"{row['start_s']:.6f}\t{row['end_s']:.6f}\t{' '.join(row['category'].split())}\n" for row in rows)


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return json.dumps(list(rows), indent=1) + "\n"


FORMATS = {
    "csv": Format("CSV table", ".csv", "text/csv", _csv),
    "audacity": Format("Audacity labels", ".txt", "text/plain", _audacity),
    "json": Format("JSON", ".json", "application/json", _json),
}
"""The formats by their names on the command line and in links. All are UTF-8.

A label track is read by Audacity's File > Import > Labels: start, end and name, with tabs between.
"""
