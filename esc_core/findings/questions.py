"""The questions of the study, each declared once: its tables, their factor, its title, and what answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from esc_core.config import require
from esc_core.findings import answers, beyond, generated, networks, pitfalls, robust, unlabelled
from esc_core.findings.measured import RESULTS_DIR, Study, read_study


@dataclass(frozen=True)
class Finder:
    """The tables in a folder: called with the name of a study, it returns that study, or None.

    Attributes
    ----------
    folder : pathlib.Path
        The folder, for answers that have tables of another kind.
    """

    folder: Path

    def __call__(self, name: str) -> Study | None:
        """Return a study by its name; see `find_study`."""
        return find_study(name, folder=self.folder)


@dataclass(frozen=True)
class Question:
    """A question of the study; a new one is a row of `QUESTIONS`.

    Attributes
    ----------
    name : str
        Name of its tables in ``assets/results`` and of its plan in ``studies``; its anchor on the page.
    factor : str
        Column of the tables that holds the levels; empty for a question that has no study of its own.
    title : str
        The question.
    answer : callable
        `Finder` → the answer in Markdown; None if it has not been measured yet, empty if too little has been.
    also : tuple of str
        Other studies of the same factor that belong to the answer.
    command : str
        What measures it; `esc_core study` with its plan if left out.
    only_measured : bool
        Whether it is not even asked as long as nothing has been measured.
    """

    name: str
    factor: str
    title: str
    answer: Callable[[Finder], str | None]
    also: tuple[str, ...] = ()
    command: str = ""
    only_measured: bool = False


def study_command(name: str) -> str:
    """Return the command that runs the plan of a study."""
    return f"python -m esc_core study studies/{name}.toml --data DIR"


QUESTIONS = (
    Question(
        "augmentation",
        "augmentation",
        "What does augmentation bring?",
        answers.describe_augmentation,
        also=("augmentation-short",),
    ),
    Question("ablation", "augmentation", "Which ingredient of the recipe matters?", answers.describe_ingredients),
    Question("networks", "network", "Mel spectrogram or raw waveform, and which network?", networks.describe_networks),
    Question("ends", "network", "What does each network reach at its end?", networks.describe_ends),
    Question(
        "features", "features", "How fine should a spectrogram be, and are MFCCs better?", answers.describe_features
    ),
    Question("leak", "arm", "How much of a score of 95% comes from a leak?", pitfalls.describe_leak),
    Question("imbalance", "answer", "What is lost through imbalance, and what helps?", pitfalls.describe_imbalance),
    Question(
        "pictures",
        "route",
        "Spectrograms as pictures or as arrays?",
        pitfalls.describe_pictures,
        command="python -m benchmarks.pictures",
    ),
    Question(
        "shortcuts",
        "cue",
        "How much can be classified by silence and bandwidth alone?",
        pitfalls.describe_shortcuts,
        command="python -m benchmarks.shortcuts",
    ),
    Question(
        "optimism",
        "",
        "How much higher is a score if the test fold chooses the epoch?",
        lambda find: pitfalls.describe_optimism(find, PLANNED),
        command=study_command("augmentation"),
    ),
    Question(
        "robustness",
        "",
        "What do rooms, noise and telephones cost?",
        lambda find: robust.describe_robustness(find.folder),
        command=robust.COMMAND,
    ),
    Question(
        "shipped",
        "model",
        "What does hearing AudioSet first bring?",
        beyond.describe_heard,
        command="python -m benchmarks.shipped --data DIR --out assets/results",
    ),
    Question(
        "unknown",
        "",
        "Which rule knows a sound that is none of the fifty?",
        lambda find: beyond.describe_unknown(find.folder),
        command=beyond.UNKNOWN_COMMAND,
    ),
    Question(
        "without_labels",
        "",
        "How far does one get without labels?",
        lambda find: unlabelled.describe_without_labels(find.folder),
        command=unlabelled.COMMAND,
    ),
    Question(
        "generated",
        "",
        "Do generated sounds help a classifier?",
        lambda find: generated.describe_generated(find.folder),
        command=generated.COMMAND,
        only_measured=True,
    ),
)
"""In the order in which they are asked."""


def question(name: str) -> Question:
    """Return a question by its name.

    Raises
    ------
    ParameterError
        If there is none of this name.
    """
    by_name = {one.name: one for one in QUESTIONS}
    require(name in by_name, f"question must be one of {', '.join(by_name)}", name)
    return by_name[name]


FACTORS = {name: one.factor for one in QUESTIONS if one.factor for name in (one.name, *one.also)}
"""Factor of each study, by the name of its tables."""

PLANNED: tuple[str, ...] = tuple(name for one in QUESTIONS if not one.command for name in (one.name, *one.also))
"""Studies that have a plan, and runs of this library."""


def find_study(name: str, *, folder: Path = RESULTS_DIR) -> Study | None:
    """Read a study by its name.

    Parameters
    ----------
    name : str
        Name of its tables, one of `FACTORS`.
    folder : pathlib.Path
        Folder of the tables.

    Returns
    -------
    Study or None
        None if nothing has been measured yet.

    Raises
    ------
    TrainingError
        If the tables are damaged.
    """
    return read_study(name, FACTORS[name], folder=folder)


def answer(question: Question, *, folder: Path = RESULTS_DIR) -> str | None:
    """Answer a question from the tables in a folder; see `Question.answer`."""
    return question.answer(Finder(folder))
