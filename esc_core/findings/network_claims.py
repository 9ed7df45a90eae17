"""Two claims of the original study, on mel CNNs and on AclNet: within a budget, at their end, and in noise."""

from __future__ import annotations

from pathlib import Path

from esc_core.findings.claim import Claim, common_verdict, unmeasured
from esc_core.findings.clips import difference
from esc_core.findings.levels import comparable
from esc_core.findings.measured import Study
from esc_core.findings.published import describe_published
from esc_core.findings.robust import clean_row, pooled, robust_models
from esc_core.findings.words import (
    BUDGETS,
    FAILS,
    HOLDS,
    NETWORKS,
    OPEN,
    PARTLY,
    describe_bounds,
    describe_interval,
    label,
    verdict_of,
)
from esc_core.measures.bootstrap import Difference
from esc_core.measures.intervals import share_difference
from esc_core.robustness.summary import is_complete
from esc_core.words import percent, points

ENDS = ("mel-cnn", "wave-cnn", "aclnet-sc")
"""Networks that were trained to their end."""

SHIPPED = {"aclnet-sc": "aclnet", "mel-cnn": "mel_cnn"}
"""Shipped models, by their network, which the corruption suite scores."""


def claim_on_mel(study: Study | None, ends: Study | None, *, folder: Path) -> Claim:
    """Return the claim on mel CNNs: within two budgets, at their end, and beside what others have published.

    Parameters
    ----------
    study, ends : Study or None
        The studies on networks within a budget, and at their end.
    folder : pathlib.Path
        Folder of the tables.

    Returns
    -------
    Claim
        It holds only in part where published networks on waveforms do better than all on mel spectrograms.
    """
    text = "Mel CNNs do best."
    if study is None or not comparable(study, *_levels(NETWORKS)):
        return unmeasured(text, "networks")
    gaps = _gaps(study, "mel-cnn", NETWORKS[1:])
    verdicts = [_at_both_budgets(gaps)]
    lead = {
        HOLDS: "The mel CNN is the best network after short and long training",
        FAILS: "Another network is better than the mel CNN",
        OPEN: "It is not shown that the mel CNN is the best network",
    }
    sentences = [f"{lead[verdicts[0]]}. {_compared(study, 'mel-cnn', gaps)}"]
    if ends is not None and comparable(ends, *ENDS):
        verdict, sentence = _at_the_end(ends, "mel-cnn", ENDS[1:])
        verdicts.append(verdict)
        sentences.append(sentence)
    contradicted, published = describe_published(folder=folder)
    verdict = common_verdict(verdicts)
    return Claim(
        text,
        PARTLY if verdict == HOLDS and contradicted else verdict,
        " ".join([*sentences, published]).strip(),
        study.name,
    )


def claim_on_aclnet(study: Study | None, ends: Study | None, *, folder: Path) -> Claim:
    """Return the claim on AclNet SC: within two budgets and at its end beside others on waveforms, and in noise.

    Parameters
    ----------
    study, ends : Study or None
        The studies on networks within a budget, and at their end.
    folder : pathlib.Path
        Folder of the tables; one has the scores of the shipped models under corruptions.

    Returns
    -------
    Claim
        With a sentence for each test that was made.
    """
    text = "AclNet SC is robust on raw waveforms."
    if study is None or not comparable(study, *_levels(NETWORKS[1:])):
        return unmeasured(text, "networks")
    gaps = _gaps(study, "aclnet-sc", ("wave-cnn", "aclnet-dwsc"))
    verdicts = [_at_both_budgets(gaps)]
    lead = {
        HOLDS: "Within a budget, AclNet SC is better than the other networks on waveforms",
        FAILS: "Within a budget, AclNet SC is not the best network on waveforms",
        OPEN: "It is not shown that AclNet SC is better than the other networks on waveforms within a budget",
    }
    sentences = [f"{lead[verdicts[0]]}. {_compared(study, 'aclnet-sc', gaps)}"]
    if ends is not None and comparable(ends, "aclnet-sc", "wave-cnn"):
        verdict, sentence = _at_the_end(ends, "aclnet-sc", ("wave-cnn",))
        verdicts.append(verdict)
        sentences.append(sentence)
    noise = _in_noise(folder)
    if noise:
        verdicts.append(noise[0])
        sentences.append(noise[1])
    return Claim(text, common_verdict(verdicts), " ".join(sentences), study.name)


def _levels(networks: tuple[str, ...]) -> list[str]:
    return [f"{name}-{budget}" for name in networks for budget in BUDGETS]


def _at_the_end(ends: Study, first: str, others: tuple[str, ...]) -> tuple[str, str]:
    """Return a verdict on networks that were trained to their end, and a sentence."""
    gaps = {name: difference(ends.correct(first), ends.correct(name)) for name in others}
    verdicts = {verdict_of(gap) for gap in gaps.values()}
    verdict = HOLDS if verdicts == {HOLDS} else FAILS if FAILS in verdicts else OPEN
    accuracy = percent(ends.level(first, folds=ends.common_folds).accuracy, digits=1)
    listed_gaps = ", ".join(
        f"**{points(gap.accuracy)} points** against {label(name)} ({describe_interval(gap.interval)})"
        for name, gap in gaps.items()
    )
    return verdict, f"Trained to its end, its accuracy is {accuracy}: {listed_gaps}."


def _in_noise(folder: Path) -> tuple[str, str] | None:
    """Return a verdict on what corruptions cost AclNet beside the mel CNN, and a sentence; None before it is known."""
    scored = robust_models(folder)
    models = {name: scored[model] for name, model in SHIPPED.items() if is_complete(scored.get(model, []))}
    if len(models) < len(SHIPPED):
        return None
    cost = {
        name: share_difference(pooled(rows), (clean_row(rows).n_correct, clean_row(rows).n_clips))
        for name, rows in models.items()
    }
    (own, own_interval), (other, interval) = cost["aclnet-sc"], cost["mel-cnn"]
    verdict = HOLDS if own_interval[0] > interval[1] else FAILS if own_interval[1] < interval[0] else OPEN
    return verdict, (
        f"In the mean of ten corruptions the shipped AclNet SC changes by **{points(own)} points** "
        f"({describe_interval(own_interval)}), the shipped mel CNN by {points(other)} "
        f"({describe_bounds(interval)}); both were trained in rooms and noise."
    )


def _gaps(study: Study, first: str, others: tuple[str, ...]) -> dict[tuple[str, str], Difference]:
    return {
        (other, budget): difference(study.correct(f"{first}-{budget}"), study.correct(f"{other}-{budget}"))
        for budget in BUDGETS
        for other in others
    }


def _at_both_budgets(gaps: dict[tuple[str, str], Difference]) -> str:
    """Return a verdict on a ranking, which holds only if it holds at both budgets."""
    verdicts = {verdict_of(gap) for gap in gaps.values()}
    if verdicts == {HOLDS}:
        return HOLDS
    return FAILS if FAILS in verdicts else OPEN


def _compared(study: Study, first: str, gaps: dict[tuple[str, str], Difference]) -> str:
    parts = []
    for budget in BUDGETS:
        level = study.level(f"{first}-{budget}")
        others = (
            f"{points(gap.accuracy)} points against {label(other)} ({describe_bounds(gap.interval)})"
            for (other, at), gap in gaps.items()
            if at == budget
        )
        parts.append(
            f"After {level.minutes:.0f} minutes of processor time per fold, its accuracy is "
            f"{percent(level.accuracy, digits=1)}: "
            f"{', '.join(others)}."
        )
    return " ".join(parts)
