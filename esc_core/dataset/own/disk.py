"""The files of a set: read and changed under a lock, by more than one process if need be.

The order of writing keeps what was there: a new sound is a whole file before own.json names it, and a deleted one is
moved only after own.json no longer does. A kill in between leaves a file that nobody names, or one that the next change
moves to where it belongs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from esc_core.config import OwnLimits
from esc_core.dataset.layout import OWN_FILE
from esc_core.dataset.own.contents import Contents, Sample, read_contents
from esc_core.dataset.own.table import clips_of, write_table
from esc_core.disk.files import disk_is_full, reason, sweep_temporary_files, write_json
from esc_core.disk.locks import take_lock
from esc_core.errors import DatasetError
from esc_core.words import counted

T = TypeVar("T")

LOCK_SECONDS = 20.0
"""How long a change waits for those of other tabs and processes."""


class Stored:
    """What is stored of a set.

    Parameters
    ----------
    folder : pathlib.Path
        The set's folder.
    limits : OwnLimits
        The limits of a set.
    """

    def __init__(self, folder: Path, limits: OwnLimits) -> None:
        self.folder = folder
        self.limits = limits
        self._cached: tuple[tuple[int, ...], Contents] | None = None

    def n_bytes(self) -> int:
        """Return the size of all sounds in bytes, those in the trash included."""
        return sum(path.stat().st_size for part in ("audio", "trash") for path in (self.folder / part).glob("*.wav"))

    def contents(self) -> Contents:
        """Return what is stored; it is read again only after a change. Nobody may change what is returned."""
        state = self._state()
        if self._cached is None or self._cached[0] != state:
            self._cached = state, read_contents(self.folder)
        return self._cached[1]

    def _state(self) -> tuple[int, ...]:
        try:
            stat = (self.folder / OWN_FILE).stat()
        except OSError:
            return (-1,)  # read the table, or say that the set is gone
        return stat.st_ino, stat.st_mtime_ns, stat.st_size

    def change(self, edit: Callable[[Contents], T]) -> T:
        """Read, change and write the contents while nobody else does."""
        with self.locked():
            contents = read_contents(self.folder)
            result = edit(contents)
            dropped = self._overflow(contents)
            sweep_temporary_files(self.folder / OWN_FILE)
            write_json(self.folder / OWN_FILE, contents.to_json())
            with suppress(OSError):  # the change is made; the next one does again what fails here
                write_table(self.folder, clips_of(contents))
                self._settle(contents, dropped)
        return result

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep others from changing the set; errors of the disk become sentences."""
        try:
            lock = take_lock(self.folder / ".lock", seconds=LOCK_SECONDS, pause=0.02)
            if lock is None:
                raise DatasetError("another tab or program is changing this data set; try again in a moment")
            with lock:
                yield
        except OSError as error:
            if not self.folder.is_dir():
                raise DatasetError("this data set is gone: somebody has removed it") from error
            if disk_is_full(error):
                raise DatasetError(
                    "The disk is full, so nothing was changed; what the data set held is still there. Make room, and "
                    "try again"
                ) from error
            raise DatasetError(f"the data set can't be written in {self.folder}: {reason(error)}") from error

    def check_room(self, n: int, n_new_bytes: int) -> None:
        """Raise DatasetError if n samples are too many, or the bytes of the new ones among them."""
        limits = self.limits
        if n > limits.max_samples:
            raise DatasetError(
                f"a data set can have at most {counted(limits.max_samples, 'sample', 'samples')}; with these it would "
                f"have {n}: delete some, or make another data set"
            )
        if self.n_bytes() + n_new_bytes > limits.max_bytes:
            raise DatasetError(
                f"the sounds of a data set can take at most {limits.max_bytes / 1e9:g} GB, deleted ones included: "
                "delete some and empty the trash, or make another data set"
            )

    def _overflow(self, contents: Contents) -> list[Sample]:
        """Drop the oldest of the trash beyond its limits, and return what was dropped."""
        sizes = [self._size(sample) for sample in contents.trash]
        kept, total = len(sizes), 0
        for size in reversed(sizes):
            total += size
            if total > self.limits.trash_bytes:
                break
            kept -= 1
        first = max(kept, len(sizes) - self.limits.trash_samples)
        dropped = contents.trash[:first]
        contents.trash = contents.trash[first:]
        return dropped

    def _size(self, sample: Sample) -> int:
        for part in ("trash", "audio"):
            with suppress(OSError):
                return (self.folder / part / sample.filename).stat().st_size
        return 0

    def _settle(self, contents: Contents, dropped: Sequence[Sample]) -> None:
        """Move each sound to where own.json says, and remove what it no longer names."""
        audio, trash = self.folder / "audio", self.folder / "trash"
        trash.mkdir(exist_ok=True)
        named = {sample.filename for sample in (*contents.samples, *contents.trash)}
        for path in trash.glob("*.wav"):
            if path.name not in named:
                path.unlink(missing_ok=True)
        for sample in dropped:
            (audio / sample.filename).unlink(missing_ok=True)
        for samples, there, elsewhere in ((contents.samples, audio, trash), (contents.trash, trash, audio)):
            for sample in samples:
                if not (there / sample.filename).exists() and (elsewhere / sample.filename).exists():
                    (elsewhere / sample.filename).replace(there / sample.filename)
