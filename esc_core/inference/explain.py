"""Which parts of a sound an answer rests on: each is covered, and the model is asked again (occlusion).

After Zeiler and Fergus, *Visualizing and Understanding Convolutional Networks* (2014, arXiv:1311.2901). It needs no
gradient, so that it works for each kind of model, and what it finds can be said in words: without this part the answer
is another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from esc_core.config import CLIP_SECONDS, AudioLimits, require
from esc_core.features import mel_power
from esc_core.inference.covering import Grid, covered_mels, covered_waves, grid_over
from esc_core.inference.front_end import Sound
from esc_core.inference.predictor import Predictor, check_waveform
from esc_core.words import hertz_range, percent, readable

LEAST_PROB = 1e-4
"""Probabilities nearer to 0 or 1 count as this near: beyond, log-odds are rounding errors."""

ASKED_PER_PART = 2
"""Networks that are asked about each part; all of five would take more than twice as long. They take turns, so that
neighbouring windows, which share cells, are seen by others."""

CHECKED = {False: 4, True: 2}
"""Parts that cost most, of some bands and of all bands, about which all networks are asked, for the words."""

NOTICEABLE = 0.02
"""Fall of a probability from which a part is called important."""


@dataclass(frozen=True)
class Part:
    """A part of a sound, and the answer without it.

    Attributes
    ----------
    low, high : float
        Its lowest and highest frequency, in Hz.
    start, end : float
        Its time, in seconds from the beginning of the sound.
    whole : bool
        Whether it has all bands.
    probs : numpy.ndarray, shape (n_classes,), float32
        Probabilities without it.
    loss : float
        Log-odds that the category loses without it; below 0 where it gains.
    """

    low: float
    high: float
    start: float
    end: float
    whole: bool
    probs: np.ndarray
    loss: float


@dataclass(frozen=True)
class Explanation:
    """How much an answer needs each part of a sound.

    Log-odds, log(p / (1 − p)), and not probabilities: of an answer with 99.9%, a part that matters takes hardly any
    probability away, but much of the evidence.

    Attributes
    ----------
    labels : tuple of str
        Categories.
    category : int
        Position of the one that is explained.
    probs : numpy.ndarray, shape (n_classes,), float32
        Probabilities of the whole sound.
    loss : numpy.ndarray, shape (n_bands, n_times)
        Log-odds that the category loses if a cell is covered: the mean over all windows that cover it, and over the
        networks that were asked. Below 0 where it gains.
    over_time : numpy.ndarray, shape (n_times,)
        The same, if all bands are covered for that time.
    band_edges : numpy.ndarray, shape (n_bands + 1,)
        Edges of the cells in Hz.
    time_edges : numpy.ndarray, shape (n_times + 1,)
        Edges of the cells in seconds from the beginning of the sound.
    n_covered : int
        Number of parts that were covered, one at a time.
    parts : tuple of Part
        Those that cost most, as all networks together answer without them.
    """

    labels: tuple[str, ...]
    category: int
    probs: np.ndarray
    loss: np.ndarray
    over_time: np.ndarray
    band_edges: np.ndarray
    time_edges: np.ndarray
    n_covered: int
    parts: tuple[Part, ...]

    @property
    def prob(self) -> float:
        """Probability of the category."""
        return float(self.probs[self.category])

    @property
    def strongest(self) -> Part:
        """The part that names the reason: the costliest of those without which another category is the best guess.

        One of some bands comes before one of all, which takes more away. If none changes the answer, the costliest of
        some bands.
        """
        decisive = [part for part in self.parts if self.decides(part)]
        candidates = [part for part in decisive if not part.whole] or decisive
        return max(
            candidates or [part for part in self.parts if not part.whole] or self.parts, key=lambda part: part.loss
        )

    def decides(self, part: Part) -> bool:
        """Tell whether another category is the best guess without a part."""
        return int(part.probs.argmax()) != self.category

    def prob_without(self, loss: float) -> float:
        """Return the category's probability after a loss of log-odds."""
        return float(1 / (1 + np.exp(loss - log_odds(np.array(self.prob)))))


def log_odds(prob: np.ndarray) -> np.ndarray:
    """Return log(p / (1 − p)), of probabilities kept `LEAST_PROB` away from 0 and 1."""
    p = np.clip(np.asarray(prob, np.float64), LEAST_PROB, 1 - LEAST_PROB)
    return np.asarray(np.log(p / (1 - p)))


def explain(
    predictor: Predictor,
    y: np.ndarray,
    sr: int,
    *,
    fold: int | None = None,
    span: tuple[float, float] | None = None,
) -> Explanation:
    """Find the parts of a sound on which a model's best guess rests.

    Parameters
    ----------
    predictor : Predictor
        The model.
    y : numpy.ndarray, shape (n,), float32
        Waveform in [-1, 1].
    sr : int
        Its rate in Hz.
    fold : int, optional
        Use only the network that was not trained on this fold; by default the mean of all networks.
    span : tuple of float, optional
        Start and end, in seconds, of what is explained: at most 5 s of a longer recording, taken by itself. The whole
        sound if left out.

    Returns
    -------
    Explanation
        Of the category that is the best guess for this part.

    Raises
    ------
    AudioError
        If the sound can't be classified.
    ParameterError
        If `span` lies outside the sound, or what is explained is longer than 5 s.
    ModelError
        If no network held the fold out.
    """
    seconds = y.size / sr
    start, end = span or (0.0, seconds)
    require(0 <= start < end <= seconds + 1 / sr, "span must lie within the sound, in seconds", (start, end))
    require(end - start <= CLIP_SECONDS + 0.05, "span must be at most 5 s long", (start, end))
    part = y[round(start * sr) : round(end * sr)]
    check_waveform(part, sr, AudioLimits())
    whole = Sound.of(part, sr, predictor.card.features)
    grid = grid_over(whole.mel, whole.features)
    versions = _versions(whole, grid, predictor.card.input)
    folds = predictor.folds if fold is None else (fold,)
    probs = predictor.sound_probs([whole], fold=fold)[0]
    category = int(probs.argmax())
    losses = _losses(predictor, [whole, *versions], category, folds)
    chosen = _costliest(losses, n_windows=len(losses) - len(grid.columns))
    without = predictor.sound_probs([versions[i] for i in chosen], fold=fold)
    parts = [
        _part(grid, i, start, one, _lost(probs[category], one[category]))
        for i, one in zip(chosen, without, strict=True)
    ]
    return _explanation(predictor.card.labels, category, probs, losses, grid, start, parts)


def _versions(whole: Sound, grid: Grid, kind: str) -> list[Sound]:
    """Return the sound with each window of the grid covered, for models of some kind of input."""
    if kind == "log_mel":
        return [replace(whole, mel=mel, level_of=whole) for mel in covered_mels(whole.mel, grid)]
    waves = covered_waves(whole.y, whole.features.sr, grid)
    return [Sound(y, mel_power(y, whole.features), whole.features, level_of=whole) for y in waves]


def _losses(predictor: Predictor, sounds: Sequence[Sound], category: int, folds: Sequence[int]) -> np.ndarray:
    """Return the mean loss of each covered version, shape (n,), over the networks that are asked about it.

    Each network is compared with itself: the first of the sounds is the whole.
    """
    n, step = len(sounds) - 1, max(1, len(folds) // 2)
    total, count = np.zeros((2, n))
    for turn, fold in enumerate(folds):
        asked = sorted({i for k in range(min(ASKED_PER_PART, len(folds))) for i in _turn(turn + k * step, n, folds)})
        probs = predictor.sound_probs([sounds[0], *(sounds[i + 1] for i in asked)], fold=fold)[:, category]
        total[asked] += _lost(probs[0], probs[1:])
        count[asked] += 1
    return total / count


def _turn(turn: int, n: int, folds: Sequence[int]) -> range:
    return range(turn % len(folds), n, len(folds))


def _lost(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return log_odds(before) - log_odds(after)


def _costliest(losses: np.ndarray, *, n_windows: int) -> list[int]:
    windows = np.argsort(-losses[:n_windows], kind="stable")[: CHECKED[False]]
    columns = n_windows + np.argsort(-losses[n_windows:], kind="stable")[: CHECKED[True]]
    return [*windows.tolist(), *columns.tolist()]


def _part(grid: Grid, i: int, start: float, probs: np.ndarray, loss: np.ndarray) -> Part:
    bands, times = grid.windows[i]
    low, high = grid.band_edges[[bands.start, bands.stop]].tolist()
    first, last = (grid.time_edges[[times.start, times.stop]] + start).tolist()
    whole = i >= len(grid.windows) - len(grid.columns)
    return Part(low, high, first, last, whole, probs, float(loss))


def _explanation(
    labels: tuple[str, ...],
    category: int,
    probs: np.ndarray,
    losses: np.ndarray,
    grid: Grid,
    start: float,
    parts: Sequence[Part],
) -> Explanation:
    n_windows = len(losses) - len(grid.columns)
    return Explanation(
        labels=labels,
        category=category,
        probs=probs,
        loss=_mean_over_cells(losses[:n_windows], grid.windows[:n_windows], grid),
        over_time=_mean_over_cells(losses[n_windows:], grid.columns, grid)[0],
        band_edges=grid.band_edges,
        time_edges=grid.time_edges + start,
        n_covered=len(losses),
        parts=tuple(parts),
    )


def _mean_over_cells(losses: np.ndarray, windows: Sequence[tuple[slice, slice]], grid: Grid) -> np.ndarray:
    total, count = np.zeros((2, len(grid.bands) - 1, len(grid.frames) - 1))
    for cells, loss in zip(windows, losses, strict=True):
        total[cells] += loss
        count[cells] += 1
    return np.asarray(total / count)


def in_words(explanation: Explanation) -> str:
    """Say why: "Without 1–2 kHz between 0.5 and 1.2 s it is no dog any more", or that no single part decides."""
    name, part = readable(explanation.labels[explanation.category]), explanation.strongest
    where = place_in_words(part, step=float(np.diff(explanation.time_edges)[0]))
    without = float(part.probs[explanation.category])
    if explanation.decides(part):
        best = int(part.probs.argmax())
        other = f"{readable(explanation.labels[best])}, {percent(float(part.probs[best]))}"
        return f"Without {where} it is no {name} any more: the best guess is then {other}."
    stays = f"No single part decides: the answer stays {name} whatever is covered"
    if explanation.prob - without < NOTICEABLE:
        return f"{stays}, and no part matters much."
    fall = f"without it, {name} falls from {percent(explanation.prob)} to {percent(without)}"
    return f"{stays}. Most important is {where}: {fall}."


def place_in_words(part: Part, *, step: float) -> str:
    """Return where a part lies: "1–2 kHz between 0.5 and 1.2 s"; `step` in seconds decides how exactly."""
    digits = 1 if step >= 0.2 else 2
    what = "everything" if part.whole else hertz_range(part.low, part.high)
    return f"{what} between {part.start:.{digits}f} and {part.end:.{digits}f} s"
