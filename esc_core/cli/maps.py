"""``map``: a data set in a plane, made without labels, and how much of its categories it shows."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from esc_core.cli.common import add_command, check_writable, open_dataset, write
from esc_core.cli.output import emit, emit_json, say
from esc_core.words import percent, percent_interval

if TYPE_CHECKING:
    from esc_core.unsupervised.agreement import Measure


def add_map(commands: Any) -> None:
    """Add the command that lays a data set out in a plane."""
    from esc_core.unsupervised.embedders import EMBEDDINGS

    parser = add_command(
        commands,
        "map",
        _map,
        "Lay the sounds of a data set out in a plane, like beside like, and cluster them, without using their labels. "
        "Then say how much of the categories shows.",
        "map --data ESC-50 --embedding log_mel --out map.csv",
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder in ESC-50's layout")
    parser.add_argument(
        "--embedding",
        choices=list(EMBEDDINGS),
        default="log_mel",
        help="what sounds are compared by: statistics of their log-mel spectrogram, or YAMNet (default: log_mel)",
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of layout and clusters (default: 0)")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="points, clusters and islands as FILE.csv or FILE.json"
    )
    parser.add_argument("--json", action="store_true", help="print the measures as JSON")


def _map(arguments: argparse.Namespace) -> int:
    from esc_core.disk.tables import csv_text
    from esc_core.unsupervised.embedders import load_embedder
    from esc_core.unsupervised.maps import COLUMNS, make_map, map_rows, measure_map
    from esc_core.unsupervised.vectors import embed_dataset

    check_writable(arguments.out)
    dataset, embedder = open_dataset(arguments.data), load_embedder(arguments.embedding)
    embeddings = embed_dataset(dataset, embedder, progress=_told)
    say("laying the sounds out; the first time in a process takes longest")
    found = make_map(dataset, embedder, embeddings, seed=arguments.seed)
    rows = list(map_rows(dataset, found, embeddings))
    measures = measure_map(dataset, found, embeddings)
    described = {
        "embedding": arguments.embedding,
        "seed": arguments.seed,
        "n_clips": len(rows),
        "measures": [asdict(one) for one in measures],
    }
    if arguments.out.suffix.lower() == ".json":
        _write_json(arguments.out, {**described, "clips": [dict(zip(COLUMNS, row, strict=True)) for row in rows]})
    else:
        write(arguments.out, csv_text(COLUMNS, rows))
    if arguments.json:
        emit_json(described)
    else:
        emit(_as_text(measures))
    return 0


def _told(done: int, n: int) -> None:
    if done % 100 == 0 or done == n:
        say(f"reading the clips: {done} of {n}")


def _write_json(path: Path, values: dict[str, Any]) -> None:
    import json

    write(path, json.dumps(values, indent=1, ensure_ascii=False) + "\n")


def _as_text(measures: Sequence[Measure]) -> str:
    from esc_core.unsupervised.agreement import TITLES

    return "\n".join(
        f"{TITLES[one.name]}: {percent(one.value, digits=1)} (95% interval {percent_interval(one.interval)}; "
        f"chance: {percent(one.chance, digits=1)}; {one.n} clips)"
        for one in measures
    )
