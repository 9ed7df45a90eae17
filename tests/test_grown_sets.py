"""A data set that grew after a model was trained on it: what no network of the model has heard, and what it has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from esc_core.audio import to_wav_bytes
from esc_core.config import FeatureConfig, TrainConfig
from esc_core.dataset import Dataset
from esc_core.dataset.own import NewSound, OwnSet, create
from esc_core.dataset.own.names import group_of_file
from esc_core.errors import ModelError
from esc_core.inference.classify import held_out_fold, was_trained_on
from esc_core.inference.evaluate import held_out
from esc_core.models.card import Card
from esc_core.training.data.splits import fold_split

SR = 16_000
DOOR, KEYS = "door", "keys"


def burst(seed: int) -> np.ndarray:
    """Return a quarter of a second of noise, another one for each seed."""
    return (0.2 * np.random.default_rng(seed).uniform(-1, 1, SR // 4)).astype(np.float32)


def add(own: OwnSet, category: str, seed: int, *, group: str | None = None) -> str:
    """Add a burst and return its id."""
    return own.add_sample(burst(seed), SR, category=category, title=category, source="file", group=group).id


def made(*, n_recordings: int) -> OwnSet:
    """Make a set of two categories, each with two samples of each recording."""
    own = create("Our school")
    for category in (DOOR, KEYS):
        own.add_category(category)
    recordings = [(category, f"{category}{i // 2}") for category in (DOOR, KEYS) for i in range(2 * n_recordings)]
    own.add_samples(
        [
            NewSound(y=burst(seed), sr=SR, category=category, title=category, source="file", group=group)
            for seed, (category, group) in enumerate(recordings)
        ]
    )
    return own


@pytest.fixture
def own() -> OwnSet:
    """Make a set of three recordings a category: three folds."""
    return made(n_recordings=3)


def trained(dataset: Dataset, *, quick: bool = True) -> tuple[Card, dict[int, set[str]]]:
    """Return the card of a model with a network for each fold, and which clips each network has heard."""
    splits = {k: fold_split(dataset, val_fold=k) for k in dataset.fold_numbers}
    ids = [clip.clip_id for clip in dataset.clips]
    heard = {k: {ids[i] for i in split.train} for k, split in splits.items()}
    details = {
        "none": quick,
        "own_folds": {ids[i]: k for k, split in splits.items() for i in split.val},
        "trained_on": sorted(set.intersection(*heard.values())),
        "recordings": {clip.clip_id: clip.src_file for clip in dataset.clips},
    }
    labels, folds = dataset.categories, dataset.fold_numbers
    return Card("ours", "log_mel", labels, FeatureConfig(), TrainConfig(), 9, folds, {}, details), heard


def folds_of(card: Card, dataset: Dataset) -> dict[str, int]:
    """Return the fold of the network by which each clip is scored."""
    return {clip.clip_id: clip.fold for clip in held_out(card, dataset)[0].clips}


def test_a_set_as_it_was(own: OwnSet) -> None:
    """Each sample is scored by the network of its own fold."""
    dataset = own.dataset()
    card, _ = trained(dataset)
    assert folds_of(card, dataset) == {clip.clip_id: clip.fold for clip in dataset.clips}
    assert not any(card.seen_in_training(clip.clip_id) for clip in dataset.clips)


def test_a_sample_that_came_later(own: OwnSet) -> None:
    """Of a known recording it is answered by the network that lacks it; of a new one it is no test."""
    before = own.dataset()
    card, _ = trained(before)
    sibling = next(clip for clip in before.clips if clip.src_file == "door1")
    known, new = add(own, DOOR, 100, group="door1"), add(own, DOOR, 101)
    dataset = own.dataset()
    found = folds_of(card, dataset)
    assert found[known] == sibling.fold
    assert new not in found
    for name, fold in ((known, sibling.fold), (new, None)):
        siblings = dataset.sibling_ids(dataset.by_id[name])
        assert held_out_fold(card, None, name=f"{name}.wav", siblings=siblings) == fold
        assert not was_trained_on(card, None, name=f"{name}.wav", siblings=siblings)


def test_recordings_that_were_joined(own: OwnSet) -> None:
    """Each network has heard one half of it: nothing of it is a test, and each page says that it was heard."""
    before = own.dataset()
    card, _ = trained(before)
    first = next(clip for clip in before.clips if clip.src_file == "door0")
    other = next(clip for clip in before.clips if clip.category == DOOR and clip.fold != first.fold)
    joined = {clip.clip_id for clip in before.clips if clip.src_file in (first.src_file, other.src_file)}
    own.merge_groups([first.src_file, other.src_file])
    dataset = own.dataset()
    held, sentences = held_out(card, dataset)
    assert set(before.by_id) - set(held.by_id) == joined
    assert sentences == ["4 clips are left out, which no network of ours held out."]
    for name in (*joined, next(iter(held.by_id))):
        siblings = dataset.sibling_ids(dataset.by_id[name])
        assert was_trained_on(card, None, name=name, siblings=siblings) == (name in joined)
        assert (held_out_fold(card, None, name=name, siblings=siblings) is None) == (name in joined)


def test_a_sample_of_another_category_by_now(own: OwnSet) -> None:
    """The folds are dealt again, but it is the network of its old fold that has not heard it."""
    before = own.dataset()
    card, heard = trained(before)
    moved = [clip.clip_id for clip in before.clips if clip.src_file in ("door0", "door1")]
    own.move(moved, KEYS)
    now = own.dataset()
    assert now.folds.tolist() != before.folds.tolist()
    found = folds_of(card, now)
    assert found == {clip.clip_id: clip.fold for clip in before.clips}
    assert not any(name in heard[fold] for name, fold in found.items())


def test_a_recording_that_crosses_folds(own: OwnSet) -> None:
    """As in data from elsewhere: networks that left it out of their training have not heard it."""
    dataset = own.dataset()
    clips = tuple(
        replace(clip, src_file="crossing") if clip.src_file in ("door0", "door1") else clip for clip in dataset.clips
    )
    crossing = replace(dataset, clips=clips)
    card, _ = trained(crossing)
    assert folds_of(card, crossing) == {clip.clip_id: clip.fold for clip in clips}
    without = replace(card, details={key: value for key, value in card.details.items() if key != "recordings"})
    assert set(folds_of(without, crossing)) == {c.clip_id for c in clips if c.src_file != "crossing"}


def test_a_model_of_one_split(own: OwnSet) -> None:
    """What it was trained on is no test, nor what is of one recording with that."""
    before = own.dataset()
    split = fold_split(before, val_fold=1)
    val, train = ([before.clips[i] for i in part] for part in (split.val, split.train))
    details = {
        "own_folds": {clip.clip_id: 1 for clip in val},
        "trained_on": [clip.clip_id for clip in train],
        "recordings": {clip.clip_id: clip.src_file for clip in before.clips},
    }
    card = replace(trained(before, quick=False)[0], folds=(1,), details=details)
    joined = {clip.clip_id for clip in val if clip.category == DOOR}
    own.merge_groups([before.by_id[next(iter(joined))].src_file, next(c.src_file for c in train if c.category == DOOR)])
    new = add(own, KEYS, 100, group=train[-1].src_file)
    dataset = own.dataset()
    assert folds_of(card, dataset) == {clip.clip_id: 1 for clip in val if clip.category == KEYS}
    siblings = dataset.sibling_ids(dataset.by_id[new])
    assert was_trained_on(card, None, name=new, siblings=siblings)


OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["new", "part", "merge", "move", "delete", "part"]), st.integers(0, 99)), max_size=5
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=OPERATIONS)
def test_nothing_that_was_heard_is_held_out(operations: list[tuple[str, int]]) -> None:
    """However a set grows, no network is asked about a clip of a recording of which it has heard anything."""
    own = made(n_recordings=2)
    card, heard = trained(own.dataset())
    for turn, (operation, n) in enumerate(operations):
        samples = own.samples
        one = samples[n % len(samples)]
        if operation == "merge":
            own.merge_groups([one.group, samples[(n * 7 + 3) % len(samples)].group])
        elif operation == "move":
            own.move([one.id], KEYS if one.category == DOOR else DOOR)
        elif operation == "delete" and len(samples) > 2:
            own.delete([one.id])
        else:
            add(own, one.category, 1000 + turn, group=one.group if operation == "part" else None)
    dataset = own.dataset()
    try:
        found = folds_of(card, dataset)
    except ModelError:
        found = {}
    for clip in dataset.clips:
        recording = {clip.clip_id, *dataset.sibling_ids(clip)}
        unheard = {k for k, names in heard.items() if not recording & names}
        assert (clip.clip_id in found) == bool(unheard and len(unheard) < len(heard))
        assert found.get(clip.clip_id, min(unheard, default=0)) in unheard | {0}


def test_sounds_of_one_file_are_one_recording(tmp_path: Path) -> None:
    """Wherever they are taken from it, and whatever the file is called then; a clip of ESC-50 joins its recording."""
    first, second = (to_wav_bytes(burst(seed), SR) for seed in (1, 2))
    assert group_of_file("a.wav", first) == group_of_file("b.wav", first) != group_of_file("a.wav", second)
    assert group_of_file("1-100032-A-0.mp3", first) == "esc-100032"
    own = made(n_recordings=2)
    held, other = add(own, DOOR, 100, group=group_of_file("knock.wav", first)), own.samples[0]
    dataset = own.dataset()
    card, _ = trained(dataset)
    again = group_of_file("renamed.wav", first)
    assert held_out_fold(card, None, name="renamed.wav", recording=again) == dataset.by_id[held].fold
    assert not was_trained_on(card, None, name="renamed.wav", recording=again)
    heard = replace(card, details=card.details | {"own_folds": {}, "trained_on": [held, other.id]})
    assert was_trained_on(heard, None, name="renamed.wav", recording=again)
    assert not was_trained_on(heard, None, name="renamed.wav", recording=group_of_file("renamed.wav", second))


def test_clips_of_esc50_in_other_data(tmp_path: Path) -> None:
    """Their folds are those of ESC-50, whatever the set's are: four of five networks were trained on each."""
    own = create("Taken")
    own.add_category("dog")
    taken = [own.add_sample(burst(1), SR, category="dog", title="mine", source="file")]
    dataset = own.dataset()
    clips = [
        replace(dataset.clips[0], filename=f"{name}.wav", fold=fold, src_file=name)
        for name, fold in (("3-100018-A-18", 1), ("1-100032-A-0", 2), ("4-102844-A-49", 5))
    ]
    grown = replace(dataset, clips=(replace(dataset.clips[0], fold=2), *clips))
    card = replace(trained_on_esc50(), folds=(1, 2, 3))
    assert folds_of(card, grown) == {taken[0].id: 2, "3-100018-A-18": 3, "1-100032-A-0": 1}


def trained_on_esc50() -> Card:
    """Return the card of a model whose folds are ESC-50's."""
    return Card("mel", "log_mel", ("dog",), FeatureConfig(), TrainConfig(), 9, (1, 2, 3, 4, 5), {}, {})
