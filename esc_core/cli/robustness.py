"""``corrupt``: what rooms, noise and telephones cost a model."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from esc_core.cli.common import DATA_HELP, add_command, check_writable, find_any_model, open_dataset, positive
from esc_core.cli.output import emit, emit_json, say
from esc_core.config import FOLD_NUMBERS
from esc_core.disk.files import reason
from esc_core.words import percent

if TYPE_CHECKING:
    from esc_core.robustness.rows import Row


def add_corrupt(commands: Any) -> None:
    """Add the command that scores a model under corruptions."""
    from esc_core.robustness.suite import SUITE

    parser = add_command(
        commands,
        "corrupt",
        _corrupt,
        "Score models on corrupted clips: in rooms, with noise and voices, through a telephone and so on, in five "
        "severities each. Each clip is classified by the network that was not trained on its fold.",
        "corrupt --model mel_cnn yamnet together --data ESC-50 --clips 400 --out robustness.csv",
    )
    parser.add_argument(
        "--model",
        required=True,
        nargs="+",
        metavar="NAME",
        help="name of a model, or of several, which then hear the same corrupted clips",
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DATA", help=DATA_HELP)
    parser.add_argument(
        "--corruption",
        action="append",
        choices=[one.name for one in SUITE],
        help="only this corruption; may be given several times",
    )
    parser.add_argument(
        "--clips",
        type=positive,
        metavar="N",
        help="a fixed sample of N clips, balanced over folds and categories; all clips if left out",
    )
    parser.add_argument("--fold", type=int, choices=FOLD_NUMBERS, help="only the clips of this fold")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE.csv",
        help="write the scores, one row at a time; rows that it has already are not measured again",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def _corrupt(arguments: argparse.Namespace) -> int:
    from esc_core.errors import ScoreError
    from esc_core.inference import Predictor
    from esc_core.robustness.measure import measure

    predictors = [Predictor(find_any_model(name)) for name in dict.fromkeys(arguments.model)]
    if arguments.out:
        check_writable(arguments.out)
    try:
        rows = measure(
            predictors,
            open_dataset(arguments.data),
            corruptions=arguments.corruption,
            n_clips=arguments.clips,
            fold=arguments.fold,
            table=arguments.out,
            progress=say,
        )
    except OSError as error:
        raise ScoreError(f"{arguments.out} can't be written: {reason(error)}") from error
    runs = [list(own) for _, own in groupby(rows, key=lambda row: row.run)]
    if arguments.json:
        parts = [_as_json(own) for own in runs]
        emit_json(parts if len(parts) > 1 else parts[0])
    else:
        emit("\n\n".join(map(_as_text, runs)))
    return 0


def _as_json(rows: Sequence[Row]) -> dict[str, Any]:
    from dataclasses import asdict

    from esc_core.robustness.rows import SHARES
    from esc_core.robustness.summary import REFERENCE, mean_accuracy, mean_corruption_error, reference_rows

    common = ("model", "weights", "data", "clips", "seed")
    return {
        **{name: getattr(rows[0], name) for name in common},
        "n_clips": rows[0].n_clips,
        "clean_accuracy": rows[0].accuracy,
        "mean_accuracy": mean_accuracy(rows),
        "mean_corruption_error": mean_corruption_error(rows, reference_rows()),
        "reference": REFERENCE,
        "rows": [
            {key: value for key, value in asdict(row).items() if key not in common}
            | {name: getattr(row, name) for name in SHARES}
            for row in rows
        ],
    }


def _as_text(rows: Sequence[Row]) -> str:
    from esc_core.robustness.suite import SUITE
    from esc_core.robustness.summary import REFERENCE, mean_accuracy, mean_corruption_error, reference_rows

    clean = rows[0]
    lines = [
        f"{clean.model} on {clean.n_clips} clips ({clean.clips}; {clean.data}), suite of seed {clean.seed}",
        f"clean: {percent(clean.accuracy, digits=1)} correct; {percent(clean.answered)} answered, "
        f"{percent(clean.wrong_when_sure)} of these wrong",
        "by severity 1 to 5: correct | answered | of these wrong",
    ]
    for one in SUITE:
        own = [row for row in rows if row.corruption == one.name]
        if own:
            parts = [
                [percent(getattr(row, name)) for row in own] for name in ("accuracy", "answered", "wrong_when_sure")
            ]
            lines.append(f"{one.title}: {' | '.join(' '.join(part) for part in parts)}")
    mean = mean_accuracy(rows)
    if mean is not None:
        lines.append(f"mean over the corruptions: {percent(mean, digits=1)} correct")
    error = mean_corruption_error(rows, reference_rows())
    if error is not None:
        lines.append(f"mean corruption error: {percent(error, digits=1)} of the errors of {REFERENCE}")
    elif mean is not None:
        lines.append(f"no mean corruption error: {REFERENCE} was not measured on these clips")
    return "\n".join(lines)
