"""The table of Results on learning without labels, the networks it asks, and the maps of ESC-50 that are shipped."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks import without_labels
from esc_core.audio import to_wav_bytes
from esc_core.dataset import Clip, Dataset, load_dataset
from esc_core.dataset.official import official_clips
from esc_core.errors import DatasetError, ModelError, TrainingError
from esc_core.measures.bootstrap import paired_difference
from esc_core.unsupervised import contrasts, embedders, maps
from esc_core.unsupervised.agreement import Measure
from esc_core.unsupervised.compare import COLUMNS, FILE, GAIN, measure_embedding, read_rows, write_rows
from esc_core.unsupervised.contrasts import contrastive_config, network_path, pack_networks
from esc_core.unsupervised.embedders import EMBEDDINGS, embedding_key, embeddings_at_hand
from esc_core.unsupervised.maps import SoundMap
from esc_core.unsupervised.neighbours import unit
from esc_core.unsupervised.shipped import (
    MAPS_DIR,
    has_shipped_map,
    is_esc50,
    shipped_map,
    shipped_measures,
    write_shipped,
)
from esc_core.unsupervised.vectors import Embeddings
from tests.small_runs import write_tones

FOLDS = (1, 2, 3, 4, 5)

KEY = ("log_mel", 1, {"n_mels": 64})
MEASURE = Measure("nmi", 0.5, (0.4, 0.6), 0.1, 2000)


# the table


def small_data() -> tuple[Dataset, np.ndarray]:
    """Return sixty clips of three categories in five folds, and embeddings in which the categories lie apart."""
    clips = tuple(Clip(f"{i}.wav", 1 + i % 5, i // 5 % 3, "abc"[i // 5 % 3], False, str(i), "A") for i in range(60))
    rng = np.random.default_rng(0)
    centres = np.eye(3)[[clip.target for clip in clips]]
    return Dataset(Path("/nowhere"), clips), centres + 0.05 * rng.standard_normal((60, 3))


def test_all_is_measured_and_the_gain_is_of_the_same_clips() -> None:
    """Embeddings that tell all, against noise: the gain is the paired difference of the probes."""
    dataset, x = small_data()
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((60, 3))
    bad, base = measure_embedding(dataset, lambda fold: Embeddings(noise, np.arange(60)), None)
    good, held_out = measure_embedding(dataset, lambda fold: Embeddings(x, np.arange(60)), base)
    assert [one.name for one in bad] == ["nmi", "ari", "nearest", "probe"]
    assert [one.name for one in good] == ["nmi", "ari", "nearest", "probe", "probe_gain"]
    assert [one.value for one in good[:4]] == pytest.approx([1, 1, 1, 1])
    recordings = [dataset.clips[i].src_file for i in base.positions]
    gap = paired_difference(held_out.correct["probe"], base.correct["probe"], recordings)
    assert (good[4].value, good[4].interval) == (gap.accuracy, gap.interval)
    assert good[4].value == pytest.approx(1 - bad[3].value)
    few = replace(base, positions=base.positions[:-1])
    with pytest.raises(TrainingError, match="only be compared on the same clips"):
        measure_embedding(dataset, lambda fold: Embeddings(x, np.arange(60)), few)


def test_rows_of_other_embeddings_stay(tmp_path: Path) -> None:
    """Those that are named are replaced; what is read is what was written, to four figures."""
    path = tmp_path / FILE
    assert read_rows(tmp_path) == {}
    write_rows(path, {"log_mel": [MEASURE], "yamnet": [MEASURE]})
    better = replace(MEASURE, value=0.61238)
    write_rows(path, {"log_mel": [better], "contrastive": [MEASURE, better]})
    rounded = replace(MEASURE, value=0.6124)
    assert read_rows(tmp_path) == {"log_mel": [rounded], "yamnet": [MEASURE], "contrastive": [MEASURE, rounded]}
    assert path.read_text(encoding="utf-8").splitlines()[0] == ",".join(COLUMNS)


# five networks in one folder


@pytest.fixture
def networks(tmp_path: Path) -> Path:
    """Return a folder like that of `contrast`, with files in place of networks."""
    folder = tmp_path / "networks"
    folder.mkdir()
    for fold in FOLDS:
        path = network_path(folder, fold)
        path.write_bytes(b"network %d" % fold)
        recipe = {"train_config": contrastive_config(val_fold=fold).to_dict(), "n_clips": 1600}
        path.with_suffix(".json").write_text(json.dumps(recipe), encoding="utf-8")
    return folder


def test_five_networks_are_packed(networks: Path, tmp_path: Path) -> None:
    target = tmp_path / "shipped"
    assert pack_networks(networks, target, folds=FOLDS) == 5 * len("network 1")
    assert sorted(path.name for path in target.iterdir()) == sorted(path.name for path in networks.iterdir())
    assert network_path(target, 3).read_bytes() == b"network 3"
    assert json.loads((target / "fold3.json").read_text(encoding="utf-8"))["train_config"]["val_fold"] == 3


@pytest.mark.parametrize("fault", ["missing", "unfinished", "recipe", "size"])
def test_what_can_not_be_shipped_is_not_packed(
    networks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    message = {
        "missing": r"fold4\.keras in .*not trained to the end",
        "unfinished": r"fold2\.keras in .*not trained to the end",
        "recipe": "by different recipes",
        "size": "take 0.0 MB, and may take",
    }
    if fault == "missing":
        network_path(networks, 4).unlink()
    elif fault == "unfinished":
        network_path(networks, 2).with_suffix(".checkpoint").write_bytes(b"")
    elif fault == "recipe":
        other = {"train_config": contrastive_config(val_fold=5, seed=1).to_dict()}
        (networks / "fold5.json").write_text(json.dumps(other), encoding="utf-8")
    else:
        monkeypatch.setattr(contrasts, "MOST_BYTES", 44)
    with pytest.raises(ModelError, match=message[fault]):
        pack_networks(networks, tmp_path / "shipped", folds=FOLDS)
    assert not (tmp_path / "shipped").exists()


def test_each_fold_is_asked_of_its_own_network(tmp_path: Path) -> None:
    """Of five tiny networks, each of which says its number."""
    import keras

    root = tmp_path / "data"
    (root / "audio").mkdir(parents=True)
    (root / "meta").mkdir()
    lines = ["filename,fold,target,category,esc10,src_file,take"]
    for i in range(5):
        y = 0.3 * np.sin(2 * np.pi * 200 * (i + 1) * np.arange(8_000) / 16_000)
        (root / "audio" / f"{i}.wav").write_bytes(to_wav_bytes(y.astype(np.float32), 16_000))
        lines.append(f"{i}.wav,{1 + i},0,dog,False,{i},A")
    (root / "meta" / "esc50.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for fold in FOLDS:
        said = keras.layers.Dense(2, kernel_initializer="zeros", bias_initializer=keras.initializers.Constant(fold))
        layers = [keras.Input((64, None, 1)), keras.layers.GlobalAveragePooling2D(), said]
        keras.Sequential(layers).save(network_path(tmp_path, fold))
    dataset = load_dataset(root)
    for fold in (2, 5):
        found = without_labels.of_fold(dataset, "contrastive", tmp_path, fold)
        assert np.array_equal(found.x, np.full((5, 2), fold))
    both = without_labels.of_fold(dataset, without_labels.BOTH, tmp_path, 5)
    assert both.x.shape == (5, 2 + 3 * 64)
    assert np.array_equal(both.x[:, :2], found.x)
    with pytest.raises(ModelError, match="has not heard fold 1 is in"):
        without_labels.of_fold(dataset, "contrastive", tmp_path / "nothing", 1)


def test_all_that_the_pages_need_is_written_from_five_networks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From trained networks to shipped ones, to the rows of Results, and to the map that Explore opens at once."""
    import keras

    keras.utils.set_random_seed(0)
    dataset = load_dataset(write_tones(tmp_path / "tones"))
    trained, shipped, results, kept = (tmp_path / name for name in ("trained", "shipped", "results", "maps"))
    trained.mkdir()
    for fold in FOLDS:
        layers = [keras.Input((64, None, 1)), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(4)]
        keras.Sequential(layers).save(network_path(trained, fold))
        recipe = {"train_config": contrastive_config(val_fold=fold).to_dict(), "n_clips": 24}
        network_path(trained, fold).with_suffix(".json").write_text(json.dumps(recipe))
    assert pack_networks(trained, shipped, folds=dataset.fold_numbers) > 0
    monkeypatch.setattr(embedders, "NETWORKS_DIR", shipped)
    assert "contrastive" in embeddings_at_hand()
    without_labels.measure(dataset, ["contrastive", without_labels.BOTH], None, results)
    rows = read_rows(results)
    assert list(rows) == ["contrastive", without_labels.BOTH]
    assert all({"nmi", "ari", "nearest", "probe", GAIN} == {one.name for one in measures} for measures in rows.values())
    monkeypatch.setattr("esc_core.unsupervised.shipped.is_esc50", lambda dataset: True)
    monkeypatch.setattr(maps, "lay_out", lambda x, seed: x[:, :2].astype(np.float32))
    monkeypatch.setattr(without_labels, "write_shipped", partial(write_shipped, folder=kept))
    without_labels.ship(dataset, "contrastive", trained)  # the key is that of the packed file, which is the same
    assert shipped_map(dataset, embedding_key("contrastive"), folder=kept) is not None
    assert {one.name for one in shipped_measures("contrastive", folder=kept)} == {"nmi", "ari", "nearest", "probe"}


def test_packing_asks_for_the_networks(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["without_labels", "--data", "/nowhere", "--pack"])
    with pytest.raises(SystemExit):
        without_labels.main()
    assert "--pack needs --networks" in capsys.readouterr().err


# the shipped maps


def esc50(root: Path = Path("/nowhere")) -> Dataset:
    return Dataset(root, tuple(official_clips().values()))


def invented_map(n: int = 2000) -> SoundMap:
    rng = np.random.default_rng(0)
    return SoundMap(
        positions=np.arange(n),
        points=rng.uniform(-1, 1, (n, 2)).astype(np.float32),
        clusters=rng.integers(50, size=n),
        islands=rng.integers(-1, 60, size=n),
        x=unit(rng.standard_normal((n, 40)).astype(np.float32)),
        mean=rng.standard_normal(40).astype(np.float32),
        deviation=rng.uniform(1, 2, 40).astype(np.float32),
    )


def test_a_shipped_map_is_the_map(tmp_path: Path) -> None:
    """But for rounding; also where the table of the data has another order."""
    made = invented_map()
    path = write_shipped(esc50(), KEY, made, [MEASURE], folder=tmp_path)
    read = shipped_map(esc50(), KEY, folder=tmp_path)
    assert read is not None
    for name in ("positions", "clusters", "islands", "mean", "deviation"):
        assert np.array_equal(getattr(read, name), getattr(made, name))
    np.testing.assert_allclose(read.points, made.points, atol=1e-3)
    np.testing.assert_allclose(read.x @ read.x[:50].T, made.x @ made.x[:50].T, atol=0.02)
    assert shipped_measures("log_mel", folder=tmp_path) == [MEASURE]
    assert path.stat().st_size < 200_000
    turned = Dataset(Path("/nowhere"), esc50().clips[::-1])
    other = shipped_map(turned, KEY, folder=tmp_path)
    assert other is not None
    assert np.array_equal(other.points, read.points[::-1])


def test_only_esc50_has_a_shipped_map(tmp_path: Path) -> None:
    """Neither a part of it, nor synthetic sounds under its names, nor embeddings made otherwise."""
    write_shipped(esc50(), KEY, invented_map(), [], folder=tmp_path)
    part = Dataset(Path("/nowhere"), esc50().clips[:-1])
    (tmp_path / "starter" / "meta").mkdir(parents=True)
    (tmp_path / "starter" / "meta" / "SYNTHETIC.txt").write_text("made", encoding="utf-8")
    starter = esc50(tmp_path / "starter")
    assert (is_esc50(esc50()), is_esc50(part), is_esc50(starter)) == (True, False, False)
    assert starter.official  # names and categories are not enough
    assert shipped_map(part, KEY, folder=tmp_path) is None
    assert shipped_map(starter, KEY, folder=tmp_path) is None
    assert not has_shipped_map(starter, "log_mel", folder=tmp_path)
    assert has_shipped_map(esc50(), "log_mel", folder=tmp_path)
    assert not has_shipped_map(esc50(), "yamnet", folder=tmp_path)
    assert shipped_map(esc50(), ("log_mel", 2, {"n_mels": 64}), folder=tmp_path) is None
    (tmp_path / "log_mel.npz").write_bytes(b"no zip")
    assert shipped_map(esc50(), KEY, folder=tmp_path) is None


def test_a_part_of_a_map_is_not_shipped(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="only a map of all 2000 clips"):
        write_shipped(esc50(), KEY, invented_map(1999), [], folder=tmp_path)


@pytest.mark.parametrize("name", [name for name in EMBEDDINGS if (MAPS_DIR / f"{name}.npz").is_file()])
def test_what_is_shipped_is_of_this_version(name: str) -> None:
    """Embeddings, layout and measures; there is nothing to hear in it, and little to download."""
    found = shipped_map(esc50(), embedding_key(name))
    assert found is not None
    assert len(found.positions) == 2000
    assert len(set(found.clusters.tolist())) == 50
    assert np.abs(found.points).max() == pytest.approx(1, abs=1e-3)
    assert [one.name for one in shipped_measures(name)] == ["nmi", "ari", "nearest", "probe"]
    assert (MAPS_DIR / f"{name}.npz").stat().st_size < 2_500_000
