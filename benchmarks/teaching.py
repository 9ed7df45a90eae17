"""The numbers of the teaching material, from the result tables: written between markers, so that they stay true.

    python -m benchmarks.teaching

Each part of ``docs/teaching/*.md`` between ``<!-- numbers: NAME -->`` and ``<!-- end -->`` is written again; nothing
else changes. It measures nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from esc_core.config import ASSETS_DIR
from esc_core.disk.files import read_rows
from esc_core.findings.questions import answer, question
from esc_core.models.folder import read_card
from esc_core.models.installed import find_model
from esc_core.scoring.figures import PEOPLE
from esc_core.training.lessons.teach import curves_of
from esc_core.words import percent

FOLDER = Path(__file__).parents[1] / "docs" / "teaching"

BLOCK = re.compile(r"(<!-- numbers: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
"""A part whose text is written here: its marker, its name, its end."""

UNMEASURED = "This has not been measured yet."


def scores() -> str:
    """Return people, chance and the shipped models in a table."""
    rows = [
        f"| chance | {percent(1 / 50)} | |",
        f"| people | {percent(PEOPLE['ESC-50', 50], digits=1)} | |",
    ]
    for name in ("mel_cnn", "aclnet", "yamnet", "together"):
        card = read_card(find_model(name))
        clean, room = card.details["scores"]["esc50"]["mean"], card.details["scores"]["noisy_room"]["mean"]
        rows.append(f"| `{name}` | {percent(clean, digits=1)} | {percent(room, digits=1)} |")
    return "\n".join(["| who | clean clips of ESC-50 | in a noisy room |", "|---|---|---|", *rows])


def recorded(lesson: str) -> str:
    """Return the last scores of a recorded lesson in a table."""
    rows = []
    for arm in curves_of(read_rows(ASSETS_DIR / "lessons" / f"{lesson}.jsonl")):
        sealed = arm.last.get("sealed_accuracy")
        seen = f"{arm.same_clip + arm.siblings} of {arm.n_test}"
        rows.append(f"| {arm.title} | {_percent(arm.last['accuracy'])} | {_percent(sealed)} | {seen} |")
    head = "| network | its own test | sealed fold | test sounds with their clip or a sibling in training |"
    return "\n".join([head, "|---|---|---|---|", *rows])


def _percent(share: float | None) -> str:
    return "–" if share is None else percent(share, digits=1)


def answered(name: str) -> str:
    """Return the answer to a question of the study, or that there is none yet."""
    return answer(question(name)) or UNMEASURED


def first_line(name: str) -> str:
    """Return the beginning of an answer, for a slide."""
    return answered(name).split("\n")[0]


BLOCKS: dict[str, Callable[[], str]] = {
    "scores": scores,
    "leak-recorded": lambda: recorded("leak"),
    "augmentation-recorded": lambda: recorded("augmentation"),
    "augmentation": lambda: answered("augmentation"),
    "augmentation-short": lambda: first_line("augmentation"),
    "leak": lambda: answered("leak"),
}
"""What can stand between markers, by name."""


def rewritten(text: str) -> str:
    """Return a page with its numbers as they are now.

    Raises
    ------
    KeyError
        If a marker has a name that is none of `BLOCKS`.
    """
    return BLOCK.sub(lambda found: f"{found[1]}{BLOCKS[found[2]]()}\n{found[3]}", text)


def main() -> None:
    """Write the numbers of all pages."""
    for path in sorted(FOLDER.glob("*.md")):
        path.write_text(rewritten(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
