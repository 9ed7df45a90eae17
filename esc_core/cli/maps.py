"""``map`` and ``contrast``: a data set in a plane, made without labels; a network trained without labels."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from esc_core.cli.common import DATA_HELP, add_command, check_writable, open_dataset, positive, write
from esc_core.cli.output import emit, emit_json, say
from esc_core.config import FOLD_NUMBERS
from esc_core.words import percent, percent_interval

if TYPE_CHECKING:
    from esc_core.unsupervised.agreement import Measure
    from esc_core.unsupervised.embedders import Embedder
    from esc_core.unsupervised.vectors import Embeddings


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
    parser.add_argument("--data", type=Path, required=True, metavar="DATA", help=DATA_HELP)
    parser.add_argument(
        "--embedding",
        choices=list(EMBEDDINGS),
        default="log_mel",
        help="what sounds are compared by: statistics of their log-mel spectrogram, YAMNet, or a network that was "
        "trained without labels (default: log_mel)",
    )
    parser.add_argument(
        "--networks",
        type=Path,
        metavar="FOLDER",
        help="folder of the networks that `contrast` trained, one for each fold",
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of layout and clusters (default: 0)")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="points, clusters and islands as FILE.csv or FILE.json"
    )
    parser.add_argument("--json", action="store_true", help="print the measures as JSON")


def add_contrast(commands: Any) -> None:
    """Add the command that trains a network without labels."""
    from esc_core.unsupervised.contrasts import N_EPOCHS

    parser = add_command(
        commands,
        "contrast",
        _contrast,
        "Train a network without labels on all folds but one: two changed versions of one clip shall be alike, those "
        "of other clips not. Started again, it goes on after its last epoch.",
        "contrast --data ESC-50 --val-fold 1 --out networks",
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DATA", help=DATA_HELP)
    parser.add_argument("--val-fold", type=int, choices=FOLD_NUMBERS, required=True, help="fold that it never hears")
    parser.add_argument(
        "--epochs", type=positive, default=N_EPOCHS, help=f"passes over the training clips (default: {N_EPOCHS})"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of weights, order and views (default: 0)")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="receives the network, as fold1.keras; see `map`"
    )
    parser.add_argument("--json", action="store_true", help="end with one line of JSON: network, losses, seconds")


def _contrast(arguments: argparse.Namespace) -> int:
    from esc_core.unsupervised.contrasts import contrastive_config, train_without_labels

    config = contrastive_config(val_fold=arguments.val_fold, n_epochs=arguments.epochs, seed=arguments.seed)
    done = train_without_labels(open_dataset(arguments.data), config, arguments.out, progress=say)
    if arguments.json:
        emit_json({"network": str(done.path), "losses": done.losses, "seconds": done.seconds})
    else:
        emit(f"{done.path}, trained in {done.seconds / 60:.1f} minutes")
    return 0


def _map(arguments: argparse.Namespace) -> int:
    from esc_core.disk.tables import csv_text
    from esc_core.unsupervised.embedders import load_embedder
    from esc_core.unsupervised.maps import COLUMNS, make_map, map_rows, measure_map
    from esc_core.unsupervised.vectors import embed_dataset

    check_writable(arguments.out)
    dataset = open_dataset(arguments.data)

    def of_fold(fold: int) -> Embeddings:
        return embed_dataset(dataset, embedder_of(fold), progress=_told)

    def embedder_of(fold: int) -> Embedder:
        return load_embedder(arguments.embedding, fold=fold, networks=arguments.networks)

    embedder = embedder_of(1)
    embeddings = of_fold(1)
    say("laying the sounds out; the first time in a process takes longest")
    found = make_map(dataset, embedder, embeddings, seed=arguments.seed)
    rows = list(map_rows(dataset, found))
    measures = measure_map(dataset, found, of_fold)
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
