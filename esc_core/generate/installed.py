"""All generators that are here: those that are shipped, and those that were trained here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from esc_core.config import ASSETS_DIR, GeneratorConfig
from esc_core.errors import ModelError
from esc_core.training.runs.listing import list_runs

GENERATORS_DIR = ASSETS_DIR / "generators"
"""Folder of the shipped generators; each is a file, and the file's name is its own."""


TITLES = {"esc10-long": "ESC-10, long training", "esc10-short": "ESC-10, short training"}
"""Names for people of shipped generators whose file name says too little: two that differ only by their time."""


@dataclass(frozen=True)
class Installed:
    """A generator that can be used.

    Attributes
    ----------
    key : str
        Name of a shipped one, or id of the run that trained it.
    name : str
        Name for people.
    path : pathlib.Path
        Its file.
    shipped : bool
        Whether it came with the program.
    """

    key: str
    name: str
    path: Path
    shipped: bool


def generators() -> list[Installed]:
    """Return all generators: those trained here, the newest first, then the shipped ones."""
    runs = list_runs(kind=GeneratorConfig.kind)
    trained = [Installed(run.id, run.name, run.generator_file, False) for run in runs if run.generator_file.is_file()]
    return [*trained, *shipped_generators()]


def shipped_generators() -> list[Installed]:
    """Return the generators that came with the program."""
    paths = sorted(GENERATORS_DIR.glob("*.npz"))
    return [Installed(one.stem, TITLES.get(one.stem, one.stem.replace("_", " ")), one, True) for one in paths]


def find_generator(text: str) -> Path:
    """Return the file of the generator that a person means.

    Parameters
    ----------
    text : str
        A file, the name of a shipped generator, or a run's id or name.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    ModelError
        If there is none.
    """
    if Path(text).is_file():
        return Path(text)
    found = [one for one in generators() if text in (one.key, one.name)]
    if not found:
        raise ModelError(f"there is no generator {text!r}; `generate train` trains one")
    return found[0].path
