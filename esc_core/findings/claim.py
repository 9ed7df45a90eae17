"""A claim of the original study, its verdict and the numbers behind it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from esc_core.findings.questions import study_command
from esc_core.findings.words import FAILS, HOLDS, OPEN, PARTLY, UNMEASURED


@dataclass(frozen=True)
class Claim:
    """A claim of the original study and our measurement of it.

    Attributes
    ----------
    text : str
        The claim, as the original study made it.
    verdict : str
        `HOLDS`, `PARTLY`, `OPEN` (the difference could be chance), `FAILS` or `UNMEASURED`.
    sentence : str
        In Markdown: what was found, with the numbers behind it; or the command that measures it.
    study : str
        Name of the tables behind it.
    """

    text: str
    verdict: str
    sentence: str
    study: str


def unmeasured(text: str, study: str) -> Claim:
    """Return a claim that has not been measured yet."""
    return Claim(text, UNMEASURED, f"`{study_command(study)}` measures it.", study)


def common_verdict(verdicts: Collection[str]) -> str:
    """Return the verdict on a claim that was tested in several ways.

    Parameters
    ----------
    verdicts : collection of str
        `HOLDS`, `OPEN` or `FAILS`, one for each test.

    Returns
    -------
    str
        `HOLDS` if it holds in all, `PARTLY` if in some; else `FAILS` if it fails in one, or `OPEN`.
    """
    if HOLDS in verdicts:
        return HOLDS if set(verdicts) == {HOLDS} else PARTLY
    return FAILS if FAILS in verdicts else OPEN
