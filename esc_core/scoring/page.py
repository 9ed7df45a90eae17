"""A score as an HTML page in one file that loads nothing, in light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from esc_core import colours
from esc_core.measures.bootstrap import Difference
from esc_core.scoring.report import describe, verdict
from esc_core.scoring.score import FOLDS, Score
from esc_core.words import counted, percent, readable

_COLOURS = f"""
:root {{ color-scheme: light dark; --correct: {colours.CORRECT}; --wrong: {colours.WRONG}; --line: {colours.GREY}55;
        --paper: {colours.PAPER["light"]}; --ink: {colours.INK["light"]}; --soft: {colours.SOFT_INK["light"]}; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --paper: {colours.PAPER["dark"]}; --ink: {colours.INK["dark"]}; --soft: {colours.SOFT_INK["dark"]}; }}
}}
"""
"""The colours of the page, light and dark."""

STYLE = (
    _COLOURS
    + """
body { margin: 0 auto; max-width: 46rem; padding: 1.5rem 1rem 3rem; font: 1rem/1.5 system-ui, sans-serif;
       background: var(--paper); color: var(--ink); overflow-wrap: anywhere; }
h1 { font-size: 1.9rem; margin: 0 0 .2rem; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
th, td { border-bottom: 1px solid var(--line); padding: .25rem .5rem; text-align: left; }
th { font-weight: 600; } td + td, th + th { text-align: right; }
.verdict { border-left: 4px solid var(--correct); padding: .1rem 1rem; } .verdict.faults { border-color: var(--wrong); }
.verdict.neutral { border-color: var(--line); }
.soft { color: var(--soft); } .bar { height: .5rem; background: var(--correct); }
.wide { overflow-x: auto; } svg { max-width: 100%; height: auto; }
@media (max-width: 40rem) { svg { max-width: none; } }
svg text { fill: currentColor; font-family: inherit; }
rect.correct { fill: var(--correct); } rect.wrong { fill: var(--wrong); } rect.all { fill: none; stroke: var(--line); }
"""
)

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""
"""The policy forbids loading anything, whatever a table contains."""

CELL, MARGIN, OVERHANG = 14, 130, 70
"""Sizes of the matrix in pixels: a cell, the names to its left and above, the overhang of the last sloping name."""


def report_html(score: Score, difference: Difference | None = None) -> str:
    """Write a score as a page that needs no other file.

    Parameters
    ----------
    score : Score
        The score.
    difference : Difference, optional
        Against another table.

    Returns
    -------
    str
        HTML with style and picture inside; all text of the table is escaped.
    """
    title = f"{percent(score.accuracy, digits=1)} on {score.data}"
    parts = [
        _tag("h1", title),
        _tag(
            "p",
            f"{counted(score.n_clips, 'clip', 'clips')}; intervals are by bootstrap over recordings.",
            "soft",
        ),
        _verdict(score),
        _tag("h2", "Scores"),
        _table(("figure", "value", ""), ((one.title, one.text, one.note) for one in score.figures if one.shown)),
        _tag("h2", "By fold"),
        _table(("fold", "accuracy"), _folds(score)),
    ]
    if difference:
        parts += [_tag("h2", "Comparison"), _tag("p", describe(difference))]
    parts += [_tag("h2", "Confusion matrix"), _matrix(score), _tag("h2", "Recall by category"), _recall(score)]
    parts.append(_tag("p", "Scored by ESC-50 Sound Lab.", "soft"))
    return PAGE.format(title=escape(title), style=STYLE, body="\n".join(parts))


def _tag(name: str, text: str, kind: str = "") -> str:
    return f"<{name}{f' class={kind!r}' if kind else ''}>{escape(text)}</{name}>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [
        f"<tr>{''.join(_tag(kind, cell) for cell in row)}</tr>"
        for kind, row in [("th", head), *(("td", row) for row in rows)]
    ]
    return f"<table>{''.join(lines)}</table>"


def _list(sentences: Iterable[str]) -> str:
    return f"<ul>{''.join(_tag('li', sentence) for sentence in sentences)}</ul>"


def _verdict(score: Score) -> str:
    faults, unchecked = score.audit.faults, score.audit.unchecked
    sign = "✓ " if score.audit.training_checked else ""
    found = (
        _tag("p", "✗ What the audit found:") + _list(faults) if faults else _tag("p", f"{sign}{verdict(score.audit)}")
    )
    kind = " faults" if faults else "" if score.audit.training_checked else " neutral"
    rest = _tag("p", "Could not be checked:", "soft") + _list(unchecked) if unchecked else ""
    return f'<section class="verdict{kind}">{found}{rest}</section>'


def _folds(score: Score) -> list[tuple[str, str]]:
    values = zip(FOLDS, score.fold_accuracy, strict=True)
    return [(str(fold), percent(value, digits=1)) for fold, value in values]


def _recall(score: Score) -> str:
    rows = [
        f'<tr><td>{escape(readable(name))}</td><td>{percent(value)}</td><td style="width:50%">'
        f'<div class="bar" style="width:{percent(value)}"></div></td></tr>'
        for name, value in sorted(score.recall.items(), key=lambda item: item[1])
    ]
    return f"<table>{''.join(rows)}</table>"


def _matrix(score: Score) -> str:
    """Draw the confusion matrix: only cells that hold clips, as strong as their share of the row."""
    counts, true, guessed = score.seen_confusion()
    cells = [
        _cell(counts[row], true[row], guessed[column], row, column)
        for row, column in zip(*(indices.tolist() for indices in np.nonzero(counts)), strict=True)
    ]
    side = [_name(name, f"translate({MARGIN - 6} {MARGIN + (i + 0.75) * CELL})", "end") for i, name in enumerate(true)]
    top = [
        _name(name, f"translate({MARGIN + (i + 0.75) * CELL} {MARGIN - 6}) rotate(-60)", "start")
        for i, name in enumerate(guessed)
    ]
    width, height = len(guessed) * CELL, len(true) * CELL
    frame = f'<rect class="all" x="{MARGIN}" y="{MARGIN}" width="{width}" height="{height}"/>'
    box = (MARGIN + width + OVERHANG, MARGIN + height + 1)
    size = f'width="{box[0]}" height="{box[1]}" viewBox="0 0 {box[0]} {box[1]}"'
    drawing = "".join([frame, *cells, *side, *top])
    return (
        _tag("p", "Rows: true category. Columns: predicted category.", "soft")
        + f'<div class="wide"><svg {size} role="img" aria-label="Confusion matrix">{drawing}</svg></div>'
    )


def _cell(counts: np.ndarray, true: str, guess: str, row: int, column: int) -> str:
    kind, what = ("correct", "correctly classified") if true == guess else ("wrong", f"taken for {readable(guess)}")
    share = counts[column] / counts.sum()
    return (
        f'<rect class="{kind}" x="{MARGIN + column * CELL}" y="{MARGIN + row * CELL}" width="{CELL}" height="{CELL}" '
        f'fill-opacity="{0.15 + 0.85 * share:.2f}">'
        f"{_tag('title', f'{readable(true)}, {what}: {counts[column]} of {counts.sum()}')}</rect>"
    )


def _name(name: str, transform: str, anchor: str) -> str:
    return f'<text transform="{transform}" text-anchor="{anchor}" font-size="11">{escape(readable(name))}</text>'
