"""``data own``: data sets of a person's own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from esc_core.cli.common import add_command, own_called, positive, program
from esc_core.cli.output import emit, emit_json, one_line, say
from esc_core.words import counted

if TYPE_CHECKING:
    from esc_core.dataset.own import OwnSet

LOOK_UP = "key of the data set, or its name if no other has it"


def add_own(actions: Any) -> None:
    """Add the commands for data sets of a person's own."""
    text = "Collect sounds of your own: make, fill, import, export and remove data sets."
    parser = actions.add_parser("own", help=text, description=text, epilog=f"example: {program()} data own list")
    own = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    listing = add_command(own, "list", _list, "List the data sets, with their keys and folders.", "data own list")
    listing.add_argument("--json", action="store_true", help="print JSON")
    making = add_command(own, "new", _new, "Make an empty data set and print its key.", 'data own new "Our school"')
    making.add_argument("name", help="name of the data set")
    making.add_argument("--categories", nargs="+", default=[], metavar="NAME", help="categories to begin with")
    adding = add_command(
        own, "add", _add, "Add sound files to a category.", 'data own add "Our school" bell.wav --category bell'
    )
    adding.add_argument("set", metavar="SET", help=LOOK_UP)
    adding.add_argument("files", nargs="+", metavar="FILE", help="sound files, or folders of them")
    adding.add_argument("--category", required=True, help="their category; it is added if there is none of this name")
    adding.add_argument(
        "--one-recording", action="store_true", help="all of them are parts of one recording, which is never split"
    )
    _add_import(own)
    exporting = add_command(
        own, "export", _export, "Write a data set as a zip in ESC-50's layout.", 'data own export "Our school"'
    )
    exporting.add_argument("set", metavar="SET", help=LOOK_UP)
    exporting.add_argument("--out", type=Path, help="the zip (default: the name of the data set)")
    removing = add_command(
        own, "remove", _remove, "Remove a data set and its sounds for good.", 'data own remove "Our school"'
    )
    removing.add_argument("set", metavar="SET", help=LOOK_UP)


def _add_import(own: Any) -> None:
    text = "Import a folder or zip: a folder for each category, or in ESC-50's or UrbanSound8K's layout."
    importing = add_command(own, "import", _import, text, "data own import sounds.zip")
    importing.add_argument("path", type=Path, metavar="PATH", help="the folder or the zip")
    importing.add_argument("--into", metavar="SET", help="add to this data set instead of making one")
    importing.add_argument("--name", help="name of the new data set")
    importing.add_argument(
        "--per-category", type=positive, metavar="N", help="take only N files of each category, from many recordings"
    )


def find_own(text: str) -> OwnSet:
    """Return the data set with a key or a name; raise DatasetError if there is none, or more than one of the name."""
    from esc_core.errors import DatasetError
    from esc_core.words import shortened

    if (found := own_called(text)) is not None:
        return found
    raise DatasetError(f"there is no data set {shortened(text)}; `{program()} data own list` lists all")


def _list(arguments: argparse.Namespace) -> int:
    from esc_core.dataset.own import list_sets

    sets = list_sets()
    if arguments.json:
        emit_json([_described(own) for own in sets], indent=1)
        return 0
    for own in sets:
        counts = own.counts().values()
        seconds = sum(length for _, length in counts)
        n = counted(sum(n for n, _ in counts), "sample", "samples")
        emit(f"{own.key}  {one_line(own.name)}: {counted(len(own.categories), 'category', 'categories')}, {n}, "
             f"{seconds:.0f} s")  # fmt: skip
    if not sets:
        say(f'there are no data sets of your own yet; `{program()} data own new "NAME"` makes one')
    return 0


def _described(own: Any) -> dict[str, Any]:
    counts = {name: {"samples": n, "seconds": round(seconds, 3)} for name, (n, seconds) in own.counts().items()}
    return {
        "key": own.key, "name": own.name, "folder": str(own.folder), "categories": counts, "remarks": own.remarks(),
    }  # fmt: skip


def _new(arguments: argparse.Namespace) -> int:
    from esc_core.dataset.own import create, remove
    from esc_core.errors import EscError

    own = create(arguments.name)
    try:
        for name in arguments.categories:
            own.add_category(name)
    except EscError:
        remove(own.key)
        raise
    emit(own.key)
    return 0


def _add(arguments: argparse.Namespace) -> int:
    from esc_core.cli.inputs import read_sound, sounds_in
    from esc_core.dataset.own.names import group_of_file, same_name
    from esc_core.decoding.decode import decode
    from esc_core.errors import AudioError

    own = find_own(arguments.set)
    known = [name for name in own.categories if same_name(name) == same_name(arguments.category)]
    category = known[0] if known else own.add_category(arguments.category)
    group, n_bad, there = None, 0, {sample.id for sample in own.samples}
    n_before = len(there)
    for name in (file for argument in arguments.files for file in sounds_in(argument)):
        try:
            data = read_sound(name)
            sound = decode(data, name=name)
            sample = own.add_sample(
                sound.y, sound.sr, category=category, title=Path(name).stem, source="file",
                group=group or group_of_file(name, data),
            )  # fmt: skip
        except AudioError as error:
            n_bad += 1
            say(f"{one_line(name)}: {error}")
            continue
        if sample.id in there:
            say(f"{one_line(name)}: the data set has this sound already, as {one_line(sample.title)}")
        there.add(sample.id)
        group = sample.group if arguments.one_recording else None
    n_added = len(there) - n_before
    emit(f"{counted(n_added, 'sample was', 'samples were')} added to {one_line(category)}")
    return int(n_bad > 0)


def _import(arguments: argparse.Namespace) -> int:
    from esc_core.dataset.own import bring

    def show(done: int, total: int) -> None:
        if done % 50 == 0 or done == total:
            say(f"{done} of {total} files")

    found = bring(
        arguments.path,
        into=find_own(arguments.into) if arguments.into else None,
        name=arguments.name,
        per_category=arguments.per_category,
        progress=show,
    )
    for name, why in found.skipped:
        say(f"{one_line(name)} is left out: {why}")
    for sentence in (*found.notes, *found.own.remarks()):
        say(sentence)
    say(f"{counted(found.n_samples, 'sample', 'samples')} in {one_line(found.own.name)}: {found.own.folder}")
    emit(found.own.key)
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from esc_core.dataset.own import write_zip
    from esc_core.dataset.own.names import slug
    from esc_core.disk.files import write_whole

    own = find_own(arguments.set)
    path = arguments.out or Path(f"{slug(own.name)}.zip")
    write_whole(path, lambda file: write_zip(own, file))
    emit(path)
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    from esc_core.dataset.own import remove

    own = find_own(arguments.set)
    name, n = own.name, len(own.samples)
    remove(own.key)
    say(f"{one_line(name)} and its {counted(n, 'sample', 'samples')} were removed")
    return 0
