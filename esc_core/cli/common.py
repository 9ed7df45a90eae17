"""What the commands share: how they are declared, and how they find the data."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from esc_core.disk.files import reason

if TYPE_CHECKING:
    from esc_core.dataset.own import OwnSet


def program() -> str:
    """Return what a person types to start this program: ``esc-lab`` if it was started so."""
    return "esc-lab" if Path(sys.argv[0]).stem == "esc-lab" else "python -m esc_core"


def add_command(commands: Any, name: str, run: Any, text: str, example: str) -> argparse.ArgumentParser:
    """Add a command with its help, its example, and the function that runs it."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text,
        description=text,
        epilog=f"example: {program()} {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run)
    return parser


def add_group(commands: Any, name: str, text: str, example: str) -> Any:
    """Add a command with actions of its own, and return the object that takes these."""
    parser = commands.add_parser(name, help=text, description=text, epilog=f"example: {program()} {example}")
    return parser.add_subparsers(title="actions", required=True, metavar="ACTION")


def positive(text: str) -> int:
    """Parse a whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text}")
    return int(text)


DATA_HELP = "folder in ESC-50's layout, or the key or the name of a data set of your own"


def data_folder(folder: Path | None) -> Path:
    """Return the folder that is named, or that of the data set of one's own with this key or name; else that in use.

    Raises
    ------
    DatasetError
        If no data is in use, or more than one data set has the name.
    """
    from esc_core.dataset import dataset_dir
    from esc_core.errors import DatasetError

    if folder is not None and not folder.exists() and (own := own_called(str(folder))) is not None:
        return own.folder
    root = folder or dataset_dir()
    if root is None:
        raise DatasetError(f"there is no data set; run `{program()} data download`, set ESC50_DIR, or name its folder")
    return root


def own_called(text: str) -> OwnSet | None:
    """Return the data set with a key or a name, if there is one; raise DatasetError if several have the name."""
    from esc_core.dataset.own import list_sets
    from esc_core.errors import DatasetError
    from esc_core.words import shortened

    sets = list_sets()
    found = [own for own in sets if own.key == text] or [own for own in sets if own.name == text]
    if len(found) > 1:
        raise DatasetError(f"{len(found)} data sets have the name {shortened(text)}; give the key of one of them")
    return next(iter(found), None)


def open_dataset(folder: Path | None) -> Any:
    """Return the data set in a folder, or the one in use."""
    from esc_core.dataset import load_dataset

    return load_dataset(data_folder(folder))


def find_any_model(name: str) -> Path:
    """Return the folder of a model, also of one that learnt from a data set of one's own; see `find_model`."""
    from esc_core.dataset.own import set_folders
    from esc_core.models.installed import find_model

    return find_model(name, sets=set_folders())


def check_writable(path: Path) -> None:
    """Raise ScoreError now if a file can't be written, not after the minutes that its content takes."""
    from esc_core.errors import ScoreError

    try:
        if path.is_dir():
            raise ScoreError(f"{path} can't be written: it is a folder")
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise ScoreError(f"{path} can't be written: {path.parent}: {reason(error)}") from error


def write(path: Path, text: str) -> None:
    """Write a text file; raise ScoreError if it can't be written."""
    from esc_core.errors import ScoreError

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ScoreError(f"{path} can't be written: {reason(error)}") from error
