"""``generate judge`` and ``generate experiment``: what generated sounds are worth."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from esc_core.cli.common import DATA_HELP, add_command, open_dataset, positive
from esc_core.cli.output import emit, emit_json, say
from esc_core.words import percent, percent_interval, points

if TYPE_CHECKING:
    from esc_core.generate.generator import Generator
    from esc_core.generate.worth.judge import Classify, Judgement
    from esc_core.generate.worth.outcome import ArmResult

GENERATOR_HELP = "file of a generator, name of a shipped one, or id or name of the run that trained it"


def add_worth(actions: Any) -> None:
    """Add the commands that judge a generator, and that train classifiers with its sounds."""
    _add_judge(actions)
    _add_experiment(actions)


def _add_judge(actions: Any) -> None:
    parser = add_command(
        actions,
        "judge",
        _judge,
        "Judge a generator: are its sounds named as meant, are they copies, are they as diverse as real ones?",
        "generate judge --generator esc10-long --data ESC-10",
    )
    parser.add_argument("--generator", required=True, help=GENERATOR_HELP)
    parser.add_argument("--data", type=Path, required=True, metavar="DATA", help=f"the data it has heard: {DATA_HELP}")
    parser.add_argument(
        "--model", default="mel_cnn", help="model on spectrograms that names the sounds (default: mel_cnn)"
    )
    parser.add_argument("--count", type=positive, default=20, help="sounds of each category (default: 20)")
    parser.add_argument("--seed", type=int, default=1, help="seed of points and windows (default: 1)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="also write them into this table (CSV), a row for each generator"
    )


def _add_experiment(actions: Any) -> None:
    from esc_core.generate.training.presets import EXPERIMENT_EPOCHS

    parser = add_command(
        actions,
        "experiment",
        _experiment,
        "Train classifiers with generated sounds added to their training clips (none, half as many, as many), and with "
        "generated sounds alone, beside the usual augmentation: all folds, several seeds. Started again, it goes on.",
        "generate experiment --data ESC-10 --out experiment",
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DATA", help=DATA_HELP)
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="receives generators and table")
    parser.add_argument("--seeds", type=positive, default=3, help="repeats of every arm and fold (default: 3)")
    parser.add_argument(
        "--epochs",
        type=positive,
        default=EXPERIMENT_EPOCHS,
        help=f"epochs of each generator (default: {EXPERIMENT_EPOCHS})",
    )
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")


def _judge(arguments: argparse.Namespace) -> int:
    from esc_core.features import extract
    from esc_core.features.cache import unreadable_rows
    from esc_core.generate.generator import load_generator
    from esc_core.generate.installed import find_generator
    from esc_core.generate.worth.judge import judge
    from esc_core.generate.worth.judged import judged, write_judged
    from esc_core.training.data.splits import chosen_clips, fold_split

    path = find_generator(arguments.generator)
    generator = load_generator(path)
    card = generator.card
    dataset = chosen_clips(open_dataset(arguments.data), card.labels)
    mel = extract(dataset, card.features).mel
    unreadable = [dataset.clips[i].filename for i in unreadable_rows(mel)]
    split = fold_split(dataset, val_fold=card.val_fold, unreadable=unreadable)
    classify = _classifier(arguments.model, generator)
    found = judge(generator, dataset, mel, split, classify=classify, per_category=arguments.count, seed=arguments.seed)
    if arguments.out:
        row = judged(path, card, found, dataset.clips, model=arguments.model, seed=arguments.seed)
        write_judged(arguments.out, row)
    if arguments.json:
        emit_json(_values(found))
    else:
        emit(_as_text(found))
    return 0


def _classifier(model: str, generator: Generator) -> Classify:
    from esc_core.cli.common import find_any_model
    from esc_core.generate.worth.judge import model_classifier
    from esc_core.inference.predictor import Predictor

    return model_classifier(Predictor(find_any_model(model)), generator.card)


def _values(found: Judgement) -> dict[str, Any]:
    named = found.named
    return {
        "named": named and {**dataclasses.asdict(named), "accuracy": named.accuracy, "interval": named.interval},
        "copies": {
            "share": found.copies.share,
            "limit": found.copies.limit,
            "closer": found.copies.closer,
            "nearest": float(found.copies.similarity.max()),
        },
        "diversity": dataclasses.asdict(found.diversity),
    }


def _as_text(found: Judgement) -> str:
    named, copies, diversity = found.named, found.copies, found.diversity
    lines = []
    if named:
        lines.append(
            f"named as meant: {percent(named.accuracy)} of {named.n} (95% interval {percent_interval(named.interval)}; "
            f"chance: {percent(named.chance)}; real clips that it never heard: {percent(named.real)})"
        )
    lines.append(
        f"very near to a training clip: {percent(copies.share)} of the sounds, against 5% of real clips that it never "
        f"heard; nearer than such a clip in {percent(copies.closer)} of all pairs (50% if alike)"
    )
    lines.append(
        f"Fréchet distance to real clips: {diversity.distance:.3f}; real against real: {diversity.floor:.3f} "
        f"({diversity.n} sounds each)"
    )
    return "\n".join(lines)


def _experiment(arguments: argparse.Namespace) -> int:
    from esc_core.findings.words import describe_interval
    from esc_core.generate.worth.experiment import Experiment

    experiment = Experiment(
        open_dataset(arguments.data), arguments.out, n_seeds=arguments.seeds, n_epochs=arguments.epochs, dtype="auto",
        progress=say,
    )  # fmt: skip
    experiment.run()
    outcome = experiment.outcome()
    arms = outcome.arms.values() if outcome else ()
    if arguments.json:
        emit_json([_arm_values(one) for one in arms])
        return 0
    for one in arms:
        emit(
            f"{one.arm.title}: {percent(one.accuracy, digits=1)} (95% interval {percent_interval(one.interval)}); "
            f"{points(one.gap.accuracy)} points against real clips alone ({describe_interval(one.gap.interval)})"
        )
    return 0


def _arm_values(one: ArmResult) -> dict[str, Any]:
    low, high = one.interval
    gain_low, gain_high = one.gap.interval
    values = {"arm": one.arm.name, "title": one.arm.title, "accuracy": one.accuracy, "low": low, "high": high}
    return values | {"gain": one.gap.accuracy, "gain_low": gain_low, "gain_high": gain_high}
