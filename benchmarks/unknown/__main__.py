"""Which rule knows that a sound is none of the fifty: on categories that were left out, and on sounds made here.

    ESC50_DIR=… YAMNET_DIR=… python -m benchmarks.unknown [--model NAME …] [--csv FILE] [--write] [--cache FOLDER]

Each clip is classified by the network that was not trained on its fold, as it is and in a noisy room. The rules are
compared by the area under the ROC curve (AUROC), and by the share of unknown sounds that pass where 90% of the known
clips do; each has a 95% interval, by a bootstrap over sounds. ``--write`` stores the rule in the models' cards, and the
profiles of YAMNet's scores in assets. It needs espeak-ng, for speech.
"""

from __future__ import annotations

import argparse
import csv
import os
from pathlib import Path
from typing import Any

from benchmarks.unknown.compared import answered, rule_rows
from benchmarks.unknown.left_out import leave_ten_out
from benchmarks.unknown.rules import fitted, write_profiles, write_rule
from benchmarks.unknown.said import Cache, Sounds, all_heard, said
from esc_core.inference import Predictor
from esc_core.models.installed import find_model


def _print(row: dict[str, Any]) -> None:
    names = {"AUROC": "auroc", "false acceptance": "false_acceptance"}
    shown = (f"{name} {row[k]:.3f} ({row[f'{k}_low']:.3f} to {row[f'{k}_high']:.3f})" for name, k in names.items())
    print(f"{row['model']}: {row['sounds']}, {row['rule']}: {', '.join(shown)}", flush=True)


def main() -> None:
    """Measure, print, and store what was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.unknown", description="Compare the rules that know unknown sounds."
    )
    parser.add_argument("--model", nargs="*", default=["mel_cnn"], help="models to ask (default: mel_cnn)")
    parser.add_argument("--csv", type=Path, help="write the table to this file")
    parser.add_argument("--cache", type=Path, help="folder for what takes minutes to compute")
    parser.add_argument("--write", action="store_true", help="store the rule in the cards, and the profiles in assets")
    arguments = parser.parse_args()
    sounds, cache = Sounds(os.environ["ESC50_DIR"]), Cache(arguments.cache)
    hears = all_heard(sounds, cache)
    rows = []
    for row in leave_ten_out(sounds, hears):
        rows.append(row)
        _print(row)
    for model in arguments.model:
        predictor = Predictor(find_model(model))
        says = cache(f"said-{model}", lambda predictor=predictor: said(predictor, sounds))  # type: ignore[misc]
        for row in rule_rows(model, sounds, hears, says):
            rows.append(row)
            _print(row)
        rules = fitted(sounds, hears, says)
        print(*answered(predictor, sounds, hears, says, rules), sep="\n", flush=True)
        if arguments.write:
            write_rule(model, rules)
    if arguments.write:
        write_profiles(sounds, hears)
    if arguments.csv:
        with arguments.csv.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows({k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()} for row in rows)


if __name__ == "__main__":
    main()
