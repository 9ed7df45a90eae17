"""A set whose samples are added, changed and deleted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from esc_core.config import OwnLimits
from esc_core.dataset.clips import Dataset
from esc_core.dataset.layout import OWN_MODELS, SHARED_FILE
from esc_core.dataset.own import names
from esc_core.dataset.own.contents import Contents, Sample
from esc_core.dataset.own.disk import Stored
from esc_core.dataset.own.edits import NewSound, delete, edited, place, position
from esc_core.dataset.own.here import limits_here
from esc_core.dataset.own.remarks import remarks_on
from esc_core.dataset.own.table import clips_of, folds_of, table_says, write_table
from esc_core.dataset.own.twins import add_digests, digest_of
from esc_core.dataset.own.wave import stored_wave
from esc_core.disk.files import write_bytes
from esc_core.errors import DatasetError, ParameterError
from esc_core.words import shortened


class OwnSet(Stored):
    """A data set of a person's own.

    Whatever it returns is read from the disk, so that two tabs see the same.

    Parameters
    ----------
    folder : pathlib.Path
        The set's folder, which is named by its key.
    limits : OwnLimits, optional
        The limits of a set; by default those that hold here.
    """

    def __init__(self, folder: Path, *, limits: OwnLimits | None = None) -> None:
        super().__init__(folder, limits or limits_here())

    # what it holds

    @property
    def key(self) -> str:
        """What opens the set; nobody can guess it."""
        return self.folder.name

    @property
    def name(self) -> str:
        """Name of the set."""
        return self.contents().name

    @property
    def categories(self) -> list[str]:
        """Names of the categories, in their order."""
        return list(self.contents().categories)

    @property
    def samples(self) -> list[Sample]:
        """The samples, in the order in which they were added."""
        return list(self.contents().samples)

    @property
    def deleted(self) -> list[Sample]:
        """Deleted samples that can come back, the last one at the end."""
        return list(self.contents().trash)

    @property
    def models_dir(self) -> Path:
        """Folder of the models that learnt from the set; it need not exist yet."""
        return self.folder / OWN_MODELS

    @property
    def shares_models(self) -> bool:
        """Whether everybody may use the models, and not only who has the key."""
        return (self.folder / SHARED_FILE).exists()

    def share_models(self, *, shared: bool) -> None:
        """Let everybody use the models, or only who has the key; raise DatasetError if that can't be written."""
        with self.locked():
            if shared:
                (self.folder / SHARED_FILE).touch()
            else:
                (self.folder / SHARED_FILE).unlink(missing_ok=True)

    def path(self, sample: Sample) -> Path:
        """Return the path of a sample's sound."""
        return self.folder / "audio" / sample.filename

    def counts(self) -> dict[str, tuple[int, float]]:
        """Return the number of samples and of their seconds, by category."""
        found = dict.fromkeys(self.categories, (0, 0.0))
        for sample in self.samples:
            n, seconds = found[sample.category]
            found[sample.category] = n + 1, seconds + sample.seconds
        return found

    def remarks(self) -> list[str]:
        """Return what the set lacks before something can be learnt or tested, in sentences."""
        contents = self.contents()
        n_folds = len(set(folds_of(contents).tolist()) - {0})
        return remarks_on(contents, n_folds=n_folds, n_bytes=self.n_bytes(), limits=self.limits)

    def dataset(self) -> Dataset:
        """Return the set as a data set like any other.

        Returns
        -------
        Dataset
            Its clips in the order of the samples; ``src_file`` is the group, and fold 0 is never held out.

        Raises
        ------
        DatasetError
            If there is no sample.
        """
        contents = self.contents()
        if not contents.samples:
            raise DatasetError(f"the data set {shortened(contents.name)} has no samples yet")
        clips = clips_of(contents)
        if not table_says(self.folder, clips):  # after a kill, or on a disk that was full
            with suppress(DatasetError), self.locked():
                write_table(self.folder, clips)
        return Dataset(self.folder, clips, title=contents.name)

    # categories

    def rename_set(self, name: str) -> None:
        """Give the set another name; raise ParameterError if it can be no name."""
        name = names.checked_name(name, of="data set")
        self.change(lambda contents: setattr(contents, "name", name))

    def add_category(self, name: str) -> str:
        """Add a category and return its name as it is stored; raise ParameterError for one that is there already."""
        name = names.checked_name(name, of="category")

        def add(contents: Contents) -> str:
            names.check_new(name, contents.categories)
            most = self.limits.max_categories
            if len(contents.categories) >= most:
                raise ParameterError(f"a data set can have at most {most} categories; {shortened(name)} is one more")
            contents.categories.append(name)
            return name

        return self.change(add)

    def rename_category(self, name: str, new_name: str) -> str:
        """Rename a category and return its new name as it is stored."""
        new = names.checked_name(new_name, of="category")

        def rename(contents: Contents) -> str:
            at = position(contents, name)
            names.check_new(new, [other for other in contents.categories if other != name])
            contents.categories[at] = new
            for part in (contents.samples, contents.trash):
                part[:] = [replace(s, category=new) if s.category == name else s for s in part]
            return new

        return self.change(rename)

    def remove_category(self, name: str) -> list[str]:
        """Remove a category, delete its samples, and return their ids for `restore`, which adds the category again."""

        def remove(contents: Contents) -> list[str]:
            del contents.categories[position(contents, name)]
            return delete(contents, {s.id for s in contents.samples if s.category == name})

        return self.change(remove)

    # samples

    def add_sample(
        self, y: np.ndarray, sr: int, *, category: str, title: str, source: str, group: str | None = None
    ) -> Sample:
        """Store a sound; see `NewSound` for the parameters and `add_samples` for the errors."""
        sound = NewSound(y=y, sr=sr, category=category, title=title, source=source, group=group)
        return self.add_samples([sound])[0]

    def add_samples(self, sounds: Sequence[NewSound]) -> list[Sample]:
        """Store sounds: all of them, or none.

        Parameters
        ----------
        sounds : sequence of NewSound
            The sounds; each without a group gets one of its own, unless an equal sound has one.

        Returns
        -------
        list of Sample
            In their order. A sound that its category holds already is not stored again: the sample that is there is
            returned in its place.

        Raises
        ------
        AudioError
            If a sound is too short, too long, or silent, or holds values that are no numbers.
        ParameterError
            If the set has no such category, or a group can't have its name.
        DatasetError
            If the set is full, or the disk is.
        """
        waves = [stored_wave(sound.y, sound.sr, limits=self.limits) for sound in sounds]
        written: list[Path] = []
        moved: dict[str, str] = {}

        def add(contents: Contents) -> list[Sample]:
            add_digests(contents, self.folder)
            placed = [
                place(contents, sound, seconds, digest_of(data), moved)
                for sound, (data, seconds) in zip(sounds, waves, strict=True)
            ]
            new = {sample_id: data for (sample_id, is_new), (data, _) in zip(placed, waves, strict=True) if is_new}
            self.check_room(len(contents.samples), sum(map(len, new.values())))
            by_id = {sample.id: sample for sample in contents.samples}
            for sample_id, data in new.items():
                written.append(self.path(by_id[sample_id]))
                write_bytes(written[-1], data)
            return [by_id[sample_id] for sample_id, _ in placed]

        try:
            return self.change(add)
        except BaseException:
            for path in written:  # own.json does not name them
                path.unlink(missing_ok=True)
            raise

    def delete(self, ids: Collection[str]) -> list[str]:
        """Move samples to the trash, from which `restore` gets them back, and return the ids of those it moved."""
        return self.change(lambda contents: delete(contents, set(ids)))

    def restore(self, ids: Collection[str]) -> list[str]:
        """Get samples back from the trash, with their category if it is gone; return the ids of those it found."""

        def restore(contents: Contents) -> list[str]:
            back = [sample for sample in contents.trash if sample.id in set(ids)]
            self.check_room(len(contents.samples) + len(back), 0)
            contents.trash = [sample for sample in contents.trash if sample not in back]
            # where they were: samples are in the order in which they were added
            contents.samples = sorted([*contents.samples, *back], key=lambda sample: sample.added)
            contents.categories += [
                name for name in dict.fromkeys(s.category for s in back) if name not in contents.categories
            ]
            return [sample.id for sample in back]

        return self.change(restore)

    def empty_trash(self) -> None:
        """Remove deleted samples for good."""
        self.change(lambda contents: contents.trash.clear())

    def rename(self, sample_id: str, title: str) -> Sample:
        """Give a sample another title; raise ParameterError if there is no such sample."""
        edit = partial(replace, title=names.tidy_title(title))
        return self.change(lambda contents: edited(contents, {sample_id}, edit))[0]

    def move(self, ids: Collection[str], category: str) -> list[Sample]:
        """Move samples to another category; raise ParameterError if a sample or the category is not there."""

        def move(contents: Contents) -> list[Sample]:
            position(contents, category)
            return edited(contents, set(ids), lambda sample: replace(sample, category=category))

        return self.change(move)

    def regroup(self, groups: Mapping[str, str]) -> None:
        """Give samples other groups, by their ids, deleted ones too: what `merge_groups` did is undone so."""
        checked = {sample_id: names.checked_group(group) for sample_id, group in groups.items()}

        def regroup(contents: Contents) -> None:
            for part in (contents.samples, contents.trash):
                part[:] = [replace(s, group=checked.get(s.id, s.group)) for s in part]

        self.change(regroup)

    def merge_groups(self, groups: Collection[str]) -> str:
        """Make one group of some, since they hold the same recording, and return its name: that of the oldest."""

        def merge(contents: Contents) -> str:
            found = [sample.group for sample in contents.samples if sample.group in set(groups)]
            if not found:
                raise ParameterError(f"groups to merge must be in the data set, got {shortened(str(sorted(groups)))}")
            for part in (contents.samples, contents.trash):
                part[:] = [replace(s, group=found[0]) if s.group in set(groups) else s for s in part]
            return found[0]

        return self.change(merge)
