"""Networks on mel spectrograms and on waveforms, within a budget and at their end."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from esc_core.findings.clips import difference
from esc_core.findings.levels import comparable
from esc_core.findings.measured import Level, Study
from esc_core.findings.words import BUDGETS, NETWORKS, describe_bounds, label
from esc_core.words import percent, points


def describe_networks(find: Callable[[str], Study | None]) -> str | None:
    """Return which network leads, whether short and long training rank them alike, and what the latter gains."""
    study = find("networks")
    if study is None:
        return None
    return rank_networks({name: study.level(name, folds=study.common_folds or None) for name in study.names})


def rank_networks(levels: Mapping[str, Level]) -> str:
    """Rank the networks in words.

    Parameters
    ----------
    levels : mapping of str to Level
        Of the study on networks, by name, as far as it was measured.

    Returns
    -------
    str
        Two or three sentences; no ranking before short and long training are measured.
    """
    best = max(levels.values(), key=lambda level: level.accuracy)
    lead = (
        f"**{label(best.name.rsplit('-', 1)[0])}** with {percent(best.accuracy, digits=1)} after "
        f"{best.minutes:.0f} minutes"
    )
    if not {f"{name}-{budget}" for name in NETWORKS for budget in BUDGETS} <= set(levels):
        return (
            f"The best network so far is the {lead} of processor time per fold. A ranking counts only if it holds "
            "after short and long training."
        )
    short, long = ({name: levels[f"{name}-{budget}"].accuracy for name in NETWORKS} for budget in BUDGETS)
    order = sorted(NETWORKS, key=lambda name: -long[name])
    alike = (
        f"Short and long training rank the networks alike: {', '.join(label(name) for name in order)}."
        if order == sorted(NETWORKS, key=lambda name: -short[name])
        else "Short and long training rank the networks differently, so no ranking is claimed."
    )
    gains = ", ".join(f"{label(name)} {points(long[name] - short[name])}" for name in order)
    return (
        f"The best network is the {lead} of processor time per fold. {alike} From short to long training they "
        f"gain, in points: {gains}. A network that still gains much is far from its limit: these are results of "
        "minutes of training, not of days."
    )


def describe_ends(find: Callable[[str], Study | None]) -> str | None:
    """Return what each network reaches when more epochs bring no more, and how far apart they then are."""
    study = find("ends")
    if study is None:
        return None
    levels = sorted((study.level(name, folds=study.common_folds or None) for name in study.names), key=_accuracy)
    best = levels[-1]
    cells = study.cells.set_index(study.factor)["n_epochs"]
    each = ", ".join(
        f"{label(one.name)} {percent(one.accuracy, digits=1)} after {int(cells.loc[[one.name]].iloc[0])} epochs "
        f"({one.minutes:.0f} minutes of processor time)"
        for one in reversed(levels)
    )
    others = [one.name for one in levels[:-1] if comparable(study, best.name, one.name)]
    if not others:
        return f"So far: **{each}**."
    gaps = {name: difference(study.correct(best.name), study.correct(name)) for name in others}
    apart = ", ".join(
        f"**{points(gap.accuracy)}** against {label(name)} ({describe_bounds(gap.interval)})"
        for name, gap in reversed(gaps.items())
    )
    return (
        f"Trained in rooms and noise until the learning rate has come down to zero, the networks reach: {each}. In "
        f"points, with 95% intervals, {label(best.name)} has {apart}."
    )


def _accuracy(level: Level) -> float:
    return level.accuracy
