"""Sounds without labels: planted structure is found, random labels give chance, and no test clip is fitted to."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from esc_core.audio import to_wav_bytes
from esc_core.children import child_environment, command
from esc_core.cli import main
from esc_core.config import FeatureConfig
from esc_core.dataset import Clip, Dataset, load_dataset
from esc_core.errors import DatasetError, ModelError, ParameterError, TrainingError
from esc_core.features import level_mel, log_mel, mel_power
from esc_core.unsupervised.agreement import Measure, agreement
from esc_core.unsupervised.clusters import NO_CLUSTER, cluster_names, hdbscan, k_means, strangers
from esc_core.unsupervised.embedders import SR, embedding_key, embeddings_at_hand, load_embedder, log_mel_statistics
from esc_core.unsupervised.held_out import OfFold, classify_held_out, cluster_held_out, linear_probe, nearest_neighbour
from esc_core.unsupervised.layout import lay_out, place
from esc_core.unsupervised.maps import SoundMap, make_map, map_path, measure_map, read_map, read_measures
from esc_core.unsupervised.neighbours import more_like, unit
from esc_core.unsupervised.vectors import Embeddings, Scale, embed_dataset

N_PER_CLUSTER = 40


def planted(*, spread: float = 0.15, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the directions of three clear clusters in 12 dimensions, and the cluster of each."""
    rng = np.random.default_rng(seed)
    centres = unit(rng.standard_normal((3, 12)))
    truth = np.repeat(np.arange(3), N_PER_CLUSTER)
    return unit(centres[truth] + spread * rng.standard_normal((len(truth), 12)) / 3), truth


def data_set(
    targets: Sequence[int], *, folds: Sequence[int] | None = None, recordings: Sequence[str] | None = None
) -> Dataset:
    """Return a data set without files: categories "k0", "k1" …, five folds in turn, and a recording for each clip."""
    n = len(targets)
    folds = folds or [1 + i % 5 for i in range(n)]
    recordings = recordings or [str(i) for i in range(n)]
    clips = [
        Clip(f"{i}.wav", fold, target, f"k{target}", False, recording, "A")
        for i, (target, fold, recording) in enumerate(zip(targets, folds, recordings, strict=True))
    ]
    return Dataset(Path("nowhere"), tuple(clips))


def all_of(x: np.ndarray) -> Embeddings:
    return Embeddings(x, np.arange(len(x)))


def by_name(measures: Sequence[Measure]) -> dict[str, Measure]:
    return {one.name: one for one in measures}


def probed(dataset: Dataset, embeddings: OfFold) -> list[Measure]:
    return classify_held_out(dataset, embeddings).measures(dataset)


def tone(hz: float, seconds: float = 1.0, *, seed: int = 0) -> np.ndarray:
    """Return a tone in a little noise."""
    t = np.arange(round(seconds * SR)) / SR
    noise = 0.003 * np.random.default_rng(seed).standard_normal(t.size)
    return (0.4 * np.sin(2 * np.pi * hz * t) + noise).astype(np.float32)


# clusters


def test_k_means_finds_three_planted_clusters() -> None:
    x, truth = planted()
    found = by_name(agreement(k_means(x, n_clusters=3), truth, [str(i) for i in range(len(x))]))
    assert found["nmi"].value == pytest.approx(1)
    assert found["ari"].value == pytest.approx(1)
    assert found["ari"].chance == pytest.approx(0, abs=0.02)


def test_hdbscan_finds_three_planted_islands_and_a_loner() -> None:
    """The number of clusters is not given, and a sound far from all is in none."""
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(centre, 0.05, (30, 2)) for centre in ((0, 0), (2, 0), (0, 2))] + [[[9.0, 9.0]]])
    found = hdbscan(points)
    assert found[-1] == NO_CLUSTER
    assert sorted(set(found[:-1].tolist()) - {NO_CLUSTER}) == [0, 1, 2]
    for i in range(3):
        own = found[30 * i : 30 * (i + 1)]
        assert len(set(own[own >= 0].tolist())) == 1
        assert (own >= 0).mean() > 0.8


def test_clusters_are_numbered_by_size() -> None:
    x = np.array([[0.0, 1.0]] * 2 + [[1.0, 0.0]] * 5 + [[-1.0, 0.0]] * 3)
    assert k_means(x, n_clusters=3).tolist() == [2, 2, 0, 0, 0, 0, 0, 1, 1, 1]


def test_there_are_no_more_clusters_than_different_sounds() -> None:
    assert set(k_means(np.array([[1.0, 0], [1.0, 0], [0, 1.0]]), n_clusters=10).tolist()) == {0, 1}


def test_the_same_seed_gives_the_same_clusters() -> None:
    x = unit(np.random.default_rng(1).standard_normal((200, 10)))
    assert np.array_equal(k_means(x, n_clusters=9, seed=4), k_means(x, n_clusters=9, seed=4))


@pytest.mark.parametrize("n", [0, -1])
def test_a_number_of_clusters_is_checked(n: int) -> None:
    with pytest.raises(ParameterError, match=f"n_clusters must be at least 1, got {n}"):
        k_means(np.ones((3, 2)), n_clusters=n)


def test_names_say_what_is_in_a_cluster() -> None:
    inside = [
        ["dog"] * 3,
        ["rain"] * 3 + ["wind"],
        ["rain"] * 4 + ["sea_waves"] * 3 + ["wind"] * 2,
        ["cow"] * 2 + ["hen"] * 2 + ["pig"] * 1 + ["sheep"] * 1 + ["frog"] * 1,
        ["dog"] * 2,
    ]
    labels = np.repeat(np.arange(5), [len(names) for names in inside])
    assert cluster_names(labels, [name for names in inside for name in names]) == (
        "only dog",
        "mostly rain",
        "mostly rain and sea waves",
        "mixed: cow, hen, frog",
        "only dog (2)",
    )


def test_a_sound_in_the_wrong_cluster_is_a_stranger() -> None:
    x, truth = planted()
    x[5] = unit(x[5] + 2 * x[100])
    first, *others = strangers(x, truth)
    assert (first.row, first.cluster) == (5, 0)
    assert all(one.distance < first.distance for one in others)


def test_equal_sounds_have_no_strangers() -> None:
    assert strangers(np.ones((20, 3)), np.zeros(20, int)) == []


# chance


def test_random_labels_give_chance() -> None:
    """Of neighbours and of the probe, whose intervals hold it; and of the agreement, whose chance is no zero."""
    rng = np.random.default_rng(3)
    x, targets = rng.standard_normal((500, 8)), rng.integers(10, size=500)
    for one in probed(data_set(targets.tolist()), lambda fold: all_of(x)):
        assert one.chance == pytest.approx(0.1, abs=0.02)
        assert one.interval[0] <= one.chance <= one.interval[1]
        assert one.n == 500
    found = by_name(agreement(k_means(unit(x), n_clusters=10), targets, [str(i) for i in range(500)]))
    assert 0.03 < found["nmi"].chance < 0.12
    for one in found.values():
        assert one.value == pytest.approx(one.chance, abs=0.03)
        assert one.interval[0] - 0.02 <= one.chance <= one.interval[1] + 0.02


def test_planted_categories_are_told_by_neighbour_and_probe() -> None:
    x, truth = planted()
    found = by_name(probed(data_set(truth.tolist()), lambda fold: all_of(x)))
    assert (found["nearest"].value, found["probe"].value) == (1, 1)
    assert found["probe"].chance == pytest.approx(1 / 3, abs=0.01)


# folds


def test_no_held_out_clip_is_fitted_to() -> None:
    """Neither one of the fold, nor one whose recording lies in it; nor is the scale of the embeddings theirs."""
    rng = np.random.default_rng(0)
    recordings = [str(i) for i in range(49)] + ["0"]  # the last clip, in fold 5, is of the first one's recording
    dataset = data_set(rng.integers(3, size=50).tolist(), recordings=recordings)
    x = rng.standard_normal((50, 4)) * 3 + 1
    given: list[tuple[int, int]] = []

    def record(train: np.ndarray, targets: np.ndarray, of: np.ndarray) -> np.ndarray:
        fold = len(given) + 1
        rows = np.array([i for i in range(50) if dataset.folds[i] != fold and not (i in (0, 49) and fold in (1, 5))])
        val = dataset.folds == fold
        scale = Scale.of(x[rows])
        np.testing.assert_allclose(train, scale(x[rows]), rtol=1e-5)
        np.testing.assert_allclose(of, scale(x[val]), rtol=1e-5)
        assert np.array_equal(targets, dataset.labels[rows])
        given.append((len(train), len(of)))
        return np.zeros(len(of), int)

    (measure,) = classify_held_out(dataset, lambda fold: all_of(x), classifiers={"probe": record}).measures(dataset)
    assert given == [(39, 10), (40, 10), (40, 10), (40, 10), (39, 10)]
    assert measure.value == pytest.approx((dataset.labels == 0).mean())


def test_each_fold_has_embeddings_of_its_own() -> None:
    """A network that was trained on four folds is asked about the fifth."""
    x, truth = planted()
    noise = np.random.default_rng(1).standard_normal(x.shape)
    asked: list[int] = []

    def embeddings(fold: int) -> Embeddings:
        asked.append(fold)
        return all_of(x if fold == 2 else noise)

    found = by_name(probed(data_set(truth.tolist()), embeddings))
    assert asked == [1, 2, 3, 4, 5]
    assert found["nearest"].value == pytest.approx(0.2 + 0.8 / 3, abs=0.1)


def test_each_fold_may_number_its_clusters_otherwise() -> None:
    """Within each fold clusters and categories are the same; across folds the numbers mean nothing."""
    truth = np.tile([0, 0, 1, 1], 5)
    folds = np.repeat(np.arange(5), 4)
    labels = (truth + folds) % 2
    recordings = [str(i) for i in range(20)]
    found = by_name(agreement(labels, truth, recordings, folds=folds))
    assert (found["nmi"].value, found["ari"].value) == (pytest.approx(1), pytest.approx(1))
    assert by_name(agreement(labels, truth, recordings))["ari"].value < 0.1


def test_clusters_are_of_the_other_folds_and_of_their_network() -> None:
    """Held-out clips go to the nearest centre; clips that are no more alike than noise give chance."""
    x, truth = planted()
    asked: list[int] = []

    def embeddings(fold: int) -> Embeddings:
        asked.append(fold)
        moved = x.copy()
        moved[:, 0] += 5 * fold  # each fold's network has a scale of its own
        return all_of(moved)

    found = by_name(cluster_held_out(data_set(truth.tolist()), embeddings))
    assert asked == [1, 2, 3, 4, 5]
    assert (found["nmi"].value, found["ari"].value) == (pytest.approx(1), pytest.approx(1))
    assert found["nmi"].n == len(x)
    noise = np.random.default_rng(1).standard_normal(x.shape)
    found = by_name(cluster_held_out(data_set(truth.tolist()), lambda fold: all_of(noise)))
    assert found["ari"].value == pytest.approx(0, abs=0.1)
    assert found["nmi"].value == pytest.approx(found["nmi"].chance, abs=0.1)


def test_unreadable_clips_are_left_out() -> None:
    x, truth = planted()
    kept = np.setdiff1d(np.arange(len(x)), [0, 7, 50])
    found = by_name(probed(data_set(truth.tolist()), lambda fold: Embeddings(x[kept], kept)))
    assert (found["probe"].value, found["probe"].n) == (1, 117)


def test_one_fold_can_not_be_held_out() -> None:
    x, truth = planted()
    with pytest.raises(TrainingError, match="no fold can be held out"):
        probed(data_set(truth.tolist(), folds=[1] * len(x)), lambda fold: all_of(x))


def test_the_nearest_is_by_angle() -> None:
    x = unit(np.array([[1.0, 0], [0, 1.0]]))
    assert nearest_neighbour(x, np.array([4, 9]), unit(np.array([[5.0, 1], [0.1, 0.2]]))).tolist() == [4, 9]


def test_the_probe_answers_with_given_targets() -> None:
    """Targets need not begin at 0."""
    x, truth = planted()
    assert set(linear_probe(x, truth + 3, x).tolist()) == {3, 4, 5}


# neighbours


def test_a_duplicate_is_the_nearest() -> None:
    x = unit(np.random.default_rng(0).standard_normal((60, 20)))
    x[41] = x[17]
    rows, similarity = more_like(x[17], x, k=3, leave_out=[17])
    assert rows[0] == 41
    assert similarity[0] == pytest.approx(1)
    assert similarity[1] < 0.9
    assert more_like(x[41], x, k=1, leave_out=[41])[0].tolist() == [17]


def test_no_more_are_returned_than_there_are() -> None:
    x = unit(np.eye(4))
    rows, similarity = more_like(x[0], x, k=10, leave_out=[0, 2])
    assert rows.tolist() == [1, 3]
    assert similarity.tolist() == [0, 0]


def test_a_zero_vector_has_no_direction() -> None:
    assert unit(np.zeros((2, 3))).tolist() == [[0, 0, 0], [0, 0, 0]]


# scale


def test_a_scale_gives_each_number_the_same_spread() -> None:
    x = np.random.default_rng(0).standard_normal((100, 3)).astype(np.float32) * [1, 100, 0] + [5, -3, 2]
    scale = Scale.of(x)
    assert scale.mean == pytest.approx([5, -3, 2], abs=20)
    assert scale.deviation == pytest.approx([x[:, 0].std(), x[:, 1].std(), 1], rel=1e-5)
    directions = scale(x)
    assert np.linalg.norm(directions, axis=1) == pytest.approx(np.ones(100))
    assert directions[:, 2] == pytest.approx(np.zeros(100), abs=1e-6)


# embeddings


def test_statistics_are_of_the_active_part() -> None:
    """Mean, deviation and change of each band; silence around the sound and its loudness change nothing."""
    config = FeatureConfig()
    mel = mel_power(tone(440), config)
    x = log_mel(level_mel(mel))
    found = log_mel_statistics(mel)
    assert found.shape == (192,)
    np.testing.assert_allclose(found[:64], x.mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(found[64:128], x.std(axis=1), rtol=1e-4)
    np.testing.assert_allclose(found[128:], (x[:, 1:] - x[:, :-1]).std(axis=1), rtol=1e-4)
    louder = log_mel_statistics(np.pad(mel * 100, ((0, 0), (30, 50))))
    np.testing.assert_allclose(louder, found, atol=1e-4)


def test_silence_and_a_single_frame_have_statistics() -> None:
    assert np.isfinite(log_mel_statistics(np.zeros((64, 20), np.float32))).all()
    assert (log_mel_statistics(np.ones((64, 1), np.float32))[64:] == 0).all()


def test_an_unknown_embedding_is_refused() -> None:
    with pytest.raises(ParameterError, match="embedding must be one of log_mel, yamnet"):
        load_embedder("colour")


def test_yamnet_needs_its_trunk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("YAMNET_DIR", str(tmp_path))
    with pytest.raises(ModelError, match=r"has no yamnet_spectra_in\.tflite"):
        load_embedder("yamnet")


@pytest.fixture
def tones(tmp_path: Path) -> Dataset:
    """Six files: low, high and low tones in two folds, one of them twice under two names, and one that is no sound."""
    (tmp_path / "audio").mkdir()
    (tmp_path / "meta").mkdir()
    sounds = {"a": tone(300), "b": tone(4000), "c": tone(300), "d": tone(310, seed=1), "e": tone(4100, seed=1)}
    for name, y in sounds.items():
        (tmp_path / "audio" / f"{name}.wav").write_bytes(to_wav_bytes(y, SR))
    (tmp_path / "audio" / "bad.wav").write_bytes(b"no sound")
    rows = [("a", 1, 0, "low"), ("b", 1, 1, "high"), ("c", 2, 0, "low"), ("d", 2, 0, "low"), ("e", 2, 1, "high")]
    lines = [f"{name}.wav,{fold},{target},{category},False,{name},A" for name, fold, target, category in rows]
    lines.insert(2, "bad.wav,2,0,low,False,bad,A")
    header = "filename,fold,target,category,esc10,src_file,take"
    (tmp_path / "meta" / "esc50.csv").write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return load_dataset(tmp_path)


def test_a_data_set_is_embedded_once(tones: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clip by clip as its own sound, without those that can't be read; the second time from the disk."""
    embedder = load_embedder("log_mel")
    found = embed_dataset(tones, embedder)
    assert found.positions.tolist() == [0, 1, 3, 4, 5]
    np.testing.assert_allclose(found.x[1], embedder.vector(*sf.read(tones.path(tones.clips[1]))), atol=1e-3)
    assert np.array_equal(found.x[0], found.x[2])  # a and c are one sound
    monkeypatch.setattr("esc_core.audio.load", lambda path: pytest.fail("the clips were read again"))
    assert np.array_equal(embed_dataset(tones, embedder).x, found.x)


def test_a_new_recording_finds_its_own_kind(tones: Dataset) -> None:
    """At another rate, with an offset, and quieter."""
    embedder = load_embedder("log_mel")
    found = embed_dataset(tones, embedder)
    scale = Scale.of(found.x)
    t = np.arange(44_100) / 44_100
    new = 0.05 * np.sin(2 * np.pi * 305 * t) + 0.0004 * np.random.default_rng(5).standard_normal(t.size) + 0.1
    rows, _ = more_like(scale(embedder.vector(new.astype(np.float32), 44_100)), scale(found.x), k=3)
    assert {tones.clips[found.positions[i]].category for i in rows} == {"low"}


def test_a_data_set_without_a_readable_clip_is_refused(tones: Dataset) -> None:
    for clip in tones.clips:
        tones.path(clip).write_bytes(b"no sound")
    with pytest.raises(DatasetError, match="no clip of the data set can be read"):
        embed_dataset(tones, load_embedder("log_mel"))


# layout


def test_few_sounds_are_laid_out_by_their_largest_differences() -> None:
    points = lay_out(unit(np.array([[1.0, 0, 0], [1, 0.1, 0], [0, 0, 1.0], [0, 0.1, 1]])))
    assert np.abs(points).max() == pytest.approx(1)
    assert np.sign(points[0, 0]) == np.sign(points[1, 0]) != np.sign(points[2, 0])


@pytest.mark.parametrize("n", [1, 2, 3])
def test_any_number_of_sounds_has_a_map(n: int) -> None:
    points = lay_out(unit(np.random.default_rng(0).standard_normal((n, 5))))
    assert points.shape == (n, 2)
    assert np.isfinite(points).all()


@pytest.mark.timeout(400)  # Numba compiles UMAP the first time
def test_planted_clusters_are_islands_on_the_map() -> None:
    """Found again on the map by HDBSCAN, the same with the same seed; a new sound lands on its island."""
    x, truth = planted()
    points = lay_out(x, seed=1)
    assert points.shape == (120, 2)
    assert np.abs(points).max() == pytest.approx(1)
    found = by_name(agreement(hdbscan(points), truth, [str(i) for i in range(len(x))]))
    assert found["nmi"].value > 0.9
    assert np.array_equal(points, lay_out(x, seed=1))
    new = unit(x[truth == 2].mean(axis=0))
    distance = [np.linalg.norm(points[truth == k].mean(axis=0) - place(new, x, points)) for k in range(3)]
    assert np.argmin(distance) == 2
    assert distance[2] < 0.2 * min(distance[:2])


def test_a_copy_lands_on_its_original() -> None:
    rng = np.random.default_rng(0)
    x, points = unit(rng.standard_normal((50, 20))), rng.uniform(-1, 1, (50, 2))
    assert place(x[8], x, points) == pytest.approx(points[8], abs=1e-3)


def test_a_new_sound_lies_with_the_many_not_between_islands() -> None:
    """Nine neighbours on one island and six on another: the mean would lie in the sea."""
    x = unit(np.concatenate([np.tile([1.0, 0.1], (9, 1)), np.tile([1.0, -0.1], (6, 1))]))
    points = np.concatenate([np.tile([0.8, 0.8], (9, 1)), np.tile([-0.8, -0.8], (6, 1))])
    assert place(unit(np.array([1.0, 0.0])), x, points) == pytest.approx([0.8, 0.8], abs=0.01)


# maps


def map_of(dataset: Dataset) -> tuple[SoundMap, Embeddings]:
    embedder = load_embedder("log_mel")
    embeddings = embed_dataset(dataset, embedder)
    return make_map(dataset, embedder, embeddings), embeddings


def test_a_map_puts_like_beside_like_and_is_kept(tones: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Low tones in one cluster, high ones in the other; the second time it comes from the disk."""
    found, embeddings = map_of(tones)
    assert [clip.clip_id for clip in found.clips(tones)] == ["a", "b", "c", "d", "e"]
    assert found.clusters.tolist() == [0, 1, 0, 0, 1]
    assert found.points[0] == pytest.approx(found.points[2], abs=1e-5)
    assert np.linalg.norm(found.points[0] - found.points[3]) < np.linalg.norm(found.points[0] - found.points[1])
    monkeypatch.setattr("esc_core.unsupervised.maps.lay_out", lambda x, seed: pytest.fail("it was made again"))
    assert np.array_equal(map_of(tones)[0].points, found.points)
    with pytest.raises(pytest.fail.Exception, match="made again"):  # another seed is another map
        make_map(tones, load_embedder("log_mel"), embeddings, seed=1)


@pytest.mark.parametrize("damage", [b"", b"no arrays"])
def test_a_damaged_map_is_made_again(tones: Dataset, damage: bytes) -> None:
    found, _ = map_of(tones)
    path = map_path(tones, embedding_key("log_mel"))
    path.write_bytes(damage)
    assert read_map(path) is None
    assert np.array_equal(map_of(tones)[0].points, found.points)
    assert read_map(path) is not None


def test_a_map_with_wrong_values_counts_as_damaged(tones: Dataset) -> None:
    found, _ = map_of(tones)
    path = map_path(tones, embedding_key("log_mel"))
    wrong = {"points": (found.points[:3], found.points * np.nan), "clusters": (found.points,), "x": (found.x[:, :5],)}
    for name, value in ((name, value) for name, values in wrong.items() for value in values):
        np.savez(path, **(vars(found) | {name: value}))
        assert read_map(path) is None


def test_a_new_sound_is_compared_on_the_scale_of_the_map(tones: Dataset) -> None:
    """An upload of clip b has its direction, and so lands on it."""
    found, _ = map_of(tones)
    vector = load_embedder("log_mel").vector(*sf.read(tones.path(tones.clips[1])))
    direction = found.direction(vector)
    np.testing.assert_allclose(direction, found.x[1], atol=1e-3)
    assert more_like(direction, found.x, k=2)[0].tolist() == [1, 4]
    assert place(direction, found.x, found.points) == pytest.approx(found.points[1], abs=0.01)


def test_what_is_not_here_is_not_offered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("YAMNET_DIR", str(tmp_path))
    monkeypatch.setattr("esc_core.unsupervised.embedders.NETWORKS_DIR", tmp_path)
    assert embeddings_at_hand() == ["log_mel"]
    (tmp_path / "fold1.keras").write_bytes(b"one network")
    assert embeddings_at_hand() == ["log_mel", "contrastive"]
    key = embedding_key("contrastive")
    (tmp_path / "fold1.keras").write_bytes(b"another network")
    assert embedding_key("contrastive") != key


def made_by_worker(root: str) -> subprocess.CompletedProcess[str]:
    """Run the process that a page starts."""
    program = [*command("esc_core.unsupervised.worker"), root, "log_mel"]
    return subprocess.run(program, env=child_environment(), capture_output=True, text=True)


def test_the_process_of_the_page_makes_the_map_and_its_measures(tones: Dataset) -> None:
    """The same map as here; its progress, or why it failed, is the last line of standard error."""
    done = made_by_worker(str(tones.root))
    assert done.returncode == 0, done.stderr
    path = map_path(tones, embedding_key("log_mel"))
    made, measures = read_map(path), read_measures(path)
    assert made is not None
    assert np.array_equal(made.clusters, map_of(tones)[0].clusters)
    assert [one.name for one in measures] == ["nmi", "ari", "nearest", "probe"]
    assert measures[0].value == pytest.approx(1)
    failed = made_by_worker("/nowhere")
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1].startswith("/nowhere is not in ESC-50's layout")


def test_damaged_measures_are_none(tones: Dataset) -> None:
    path = map_path(tones, embedding_key("log_mel"))
    assert read_measures(path) == []
    path.parent.mkdir(parents=True)
    for text in ("{", '{"measures": [{"name": "nmi"}]}', '{"measures": 3}'):
        path.with_suffix(".json").write_text(text, encoding="utf-8")
        assert read_measures(path) == []


def test_a_map_is_measured_out_of_fold(tones: Dataset) -> None:
    """Both folds can be held out: two clips of the first, three of the second."""
    made, embeddings = map_of(tones)
    found = by_name(measure_map(tones, made, lambda fold: embeddings))
    assert {name: one.n for name, one in found.items()} == {"nmi": 5, "ari": 5, "nearest": 5, "probe": 5}
    assert [one.value for one in found.values()] == pytest.approx([1, 1, 1, 1])


def test_a_map_of_one_fold_is_measured_by_its_clusters_only(tones: Dataset) -> None:
    one_fold = Dataset(tones.root, tuple(clip for clip in tones.clips if clip.fold == 2))
    made, embeddings = map_of(one_fold)
    assert list(by_name(measure_map(one_fold, made, lambda fold: embeddings))) == ["nmi", "ari"]


def test_the_command_writes_points_and_prints_measures(
    tones: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A row for each readable clip; the JSON file holds the same and the measures."""
    table, whole = tmp_path / "map.csv", tmp_path / "map.json"
    assert main(["map", "--data", str(tones.root), "--out", str(table), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["embedding"], printed["n_clips"]) == ("log_mel", 5)
    assert [one["name"] for one in printed["measures"]] == ["nmi", "ari", "nearest", "probe"]
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [(row["filename"], row["cluster"], row["cluster_name"]) for row in rows] == [
        ("a.wav", "0", "only low"),
        ("b.wav", "1", "only high"),
        ("c.wav", "0", "only low"),
        ("d.wav", "0", "only low"),
        ("e.wav", "1", "only high"),
    ]
    assert (rows[0]["x"], rows[0]["y"]) == (rows[2]["x"], rows[2]["y"])
    assert main(["map", "--data", str(tones.root), "--out", str(whole)]) == 0
    assert "nearest neighbour has the category: 100.0% (95% interval" in capsys.readouterr().out
    stored = json.loads(whole.read_text(encoding="utf-8"))
    assert {**stored, "clips": None} == {**printed, "clips": None}
    assert [str(clip["x"]) for clip in stored["clips"]] == [row["x"] for row in rows]
