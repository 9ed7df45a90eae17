"""``data``: get, check and describe the data."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from esc_core.cli.common import DATA_HELP, add_command, add_group, data_folder, open_dataset
from esc_core.cli.output import emit, one_line, say
from esc_core.cli.own import add_own


def add_data(commands: Any) -> None:
    """Add the commands that get, check and describe the data."""
    actions = add_group(commands, "data", "Get, check and describe the data.", "data download")
    for name, run, text in (
        ("download", _data_download, "Download ESC-50 (600 MB) and verify every clip."),
        ("validate", _data_validate, "List missing, extra, unreadable and unusual files; nothing is repaired."),
        ("starter", _data_starter, "Synthesise the starter sounds that are missing."),
        ("info", _data_info, "Say which data set is in use, and what it holds."),
    ):
        action = add_command(actions, name, run, text, f"data {name}")
        if run in (_data_download, _data_starter):
            action.add_argument("--dir", type=Path, help="folder to write (default: below ESC_HOME)")
        else:
            default = "(default: ESC50_DIR, the folder named in the app, or the downloaded copy)"
            action.add_argument("--dir", type=Path, metavar="DATA", help=f"{DATA_HELP} {default}")
        if name == "validate":
            action.add_argument(
                "--originals", action="store_true", help="compare each file with ESC-50 as it was published, by MD5"
            )
    add_own(actions)


def _data_download(arguments: argparse.Namespace) -> int:
    from esc_core.dataset import downloaded_dir
    from esc_core.dataset.download import DownloadProgress, download_esc50

    shown = 0.0

    def show(p: DownloadProgress) -> None:
        nonlocal shown
        if time.monotonic() - shown < 0.2 and p.done != p.total:
            return
        shown = time.monotonic()
        of = f" of {p.total / 1e6:.0f}" if p.total else ""
        say(f"\r{p.stage}: {p.done / 1e6:.0f}{of} MB, {p.bytes_per_second / 1e6:.1f} MB/s  ", end="")

    root = download_esc50(arguments.dir or downloaded_dir(), progress=show)
    say("")
    emit(root)
    return 0


def _data_starter(arguments: argparse.Namespace) -> int:
    from esc_core.dataset import starter_dir
    from esc_core.dataset.starter import make_starter_set

    def show(done: int, total: int) -> None:
        if done % 50 == 0 or done == total:
            say(f"{done} of {total} clips")

    emit(make_starter_set(arguments.dir or starter_dir(), progress=show))
    return 0


def _data_validate(arguments: argparse.Namespace) -> int:
    from esc_core.dataset.validate import validate

    # without load_dataset, which refuses a table that has the faults to be listed
    found = validate(data_folder(arguments.dir), originals=arguments.originals)
    emit(found.to_string(index=False) if len(found) else "nothing found: every file is there and as it should be")
    return int(len(found) > 0)


def _data_info(arguments: argparse.Namespace) -> int:
    from esc_core.dataset.faults import bad_clips, bad_sentence
    from esc_core.dataset.provenance import data_name, set_name
    from esc_core.dataset.remarks import fold_remarks

    dataset = open_dataset(arguments.dir)
    emit(f"folder      {dataset.root}")
    emit(f"name        {one_line(set_name(dataset))}")
    emit(f"data        {data_name(dataset)}")
    emit(f"clips       {len(dataset.clips)}")
    emit(f"categories  {len(dataset.categories)}")
    emit(f"recordings  {dataset.table['src_file'].nunique()}")
    emit(
        "folds       "
        + ", ".join(f"{fold}: {n}" for fold, n in dataset.table["fold"].value_counts().sort_index().items())
    )
    if bad := bad_clips(dataset):
        emit(bad_sentence(len(bad), len(dataset.clips)))
    for sentence in (*fold_remarks(dataset), *dataset.notes):
        emit(sentence)
    return 0
