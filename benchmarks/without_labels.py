"""How much of ESC-50's categories shows without labels: the table of Results, and the maps that are shipped.

    ESC50_DIR=… YAMNET_DIR=… python -m benchmarks.without_labels [--embedding NAME …] [--networks FOLDER] [--maps]

Each measure is of held-out clips: k-means, nearest neighbour and linear probe are fitted on four folds, in the
embeddings of the network that has not heard the fifth, and asked about the fifth. The names are those of `map`, and
"supervised", the shipped mel CNN up to the layer before its output, and "contrastive_and_log_mel", the network trained
without labels with the log-mel statistics beside it. Rows of embeddings that are not named stay in the
table. With ``--maps``, the map of each of `map`'s is stored in assets/maps; the same seed gives the same map.

`contrast` trains the five networks without labels: ``python -m esc_core contrast --data DIR --val-fold K --out FOLDER``
for each fold. They are read from FOLDER, else from assets/contrastive; ``--pack`` puts them there.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from functools import partial
from pathlib import Path

import numpy as np

from esc_core.dataset import Dataset, load_dataset
from esc_core.dataset.known import original_md5
from esc_core.disk.tables import read_table
from esc_core.errors import EscError
from esc_core.findings.measured import RESULTS_DIR
from esc_core.findings.unlabelled import BOTH
from esc_core.libraries import load_tensorflow
from esc_core.measures.bootstrap import accuracy_interval
from esc_core.models.installed import MODELS_DIR
from esc_core.models.network import load_network
from esc_core.unsupervised.agreement import Measure
from esc_core.unsupervised.compare import BASE, FILE, OWN_OUTPUT, measure_embedding, write_rows
from esc_core.unsupervised.contrastive import EMBEDDING
from esc_core.unsupervised.contrasts import pack_networks
from esc_core.unsupervised.embedders import (
    EMBEDDINGS,
    NETWORKS_DIR,
    Embedder,
    embeddings_at_hand,
    load_embedder,
    network_embedder,
)
from esc_core.unsupervised.maps import make_map, measure_map
from esc_core.unsupervised.shipped import write_shipped
from esc_core.unsupervised.vectors import Embeddings, embed_dataset

SUPERVISED = "supervised"
"""Name of the shipped mel CNN, trained with labels, among the embeddings."""

MODEL = "mel_cnn"
"""The shipped model that it is."""

CROP = 96
"""Fewest frames of its input."""


def of_fold(dataset: Dataset, name: str, networks: Path | None, fold: int) -> Embeddings:
    """Return the embeddings of all clips by the network that has not heard a fold, or by what has heard none."""
    if name == BOTH:
        parts = [of_fold(dataset, one, networks, fold) for one in ("contrastive", BASE)]
        return Embeddings(np.concatenate([part.x for part in parts], axis=1), parts[0].positions)
    embedder = supervised(fold) if name == SUPERVISED else load_embedder(name, fold=fold, networks=networks)
    return embed_dataset(dataset, embedder, progress=partial(_tell, f"{name}, fold {fold}"))


def supervised(fold: int) -> Embedder:
    """Return the shipped mel CNN that was not trained on a fold, up to the layer before its output."""
    load_tensorflow()
    import keras

    path = MODELS_DIR / MODEL / f"fold{fold}.keras"
    network = load_network(path)
    key = (SUPERVISED, hashlib.sha256(path.read_bytes()).hexdigest()[:20])
    return network_embedder(
        SUPERVISED, keras.Model(network.input, network.get_layer(EMBEDDING).output), key, least=CROP
    )


def own_output(dataset: Dataset) -> Measure:
    """Return the accuracy of the shipped mel CNN itself, out of fold, from its table of predictions."""
    table = read_table(RESULTS_DIR / f"{MODEL}-predictions.csv", required=("filename", "predicted"))
    predicted = dict(zip(table["filename"], table["predicted"], strict=True))
    clips = [clip for clip in dataset.clips if clip.filename in predicted]
    correct = np.array([predicted[clip.filename] == clip.category for clip in clips])
    interval = accuracy_interval(correct, [clip.src_file for clip in clips])
    return Measure(OWN_OUTPUT, float(correct.mean()), interval, 1 / len(dataset.categories), len(clips))


def _tell(what: str, done: int, n: int) -> None:
    if done % 200 == 0 or done == n:
        print(f"{what}: {done} of {n}", file=sys.stderr, flush=True)


def ship(dataset: Dataset, name: str, networks: Path | None) -> None:
    """Store the map of ESC-50 by an embedding."""
    embedder, fold = load_embedder(name, networks=networks), partial(of_fold, dataset, name, networks)
    found = make_map(dataset, embedder, fold(1))
    path = write_shipped(dataset, embedder.key, found, measure_map(dataset, found, fold))
    print(f"{path}: {path.stat().st_size / 1e6:.2f} MB", flush=True)


def main() -> None:
    """Measure, print, and write table and maps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=os.environ.get("ESC50_DIR"), help="folder of ESC-50; else ESC50_DIR")
    parser.add_argument("--embedding", nargs="*", choices=[*EMBEDDINGS, BOTH, SUPERVISED], help="default: all at hand")
    parser.add_argument("--networks", type=Path, help="folder of the networks that `contrast` trained")
    parser.add_argument("--pack", action="store_true", help="copy these networks into assets/contrastive")
    parser.add_argument("--maps", action="store_true", help="also store the maps that are shipped")
    parser.add_argument("--out", type=Path, default=RESULTS_DIR, help="folder of the table (default: assets/results)")
    arguments = parser.parse_args()
    if not arguments.data:
        parser.error("--data or ESC50_DIR must name a folder of ESC-50")
    if arguments.pack and not arguments.networks:
        parser.error("--pack needs --networks, the folder of the networks that `contrast` trained")
    dataset, networks = load_dataset(arguments.data), arguments.networks
    if {clip.filename for clip in dataset.clips} != original_md5().keys():
        parser.error("the table is of all 2000 clips of ESC-50")
    try:
        if arguments.pack:
            size = pack_networks(networks, NETWORKS_DIR, folds=dataset.fold_numbers)
            print(f"{NETWORKS_DIR}: {size / 1e6:.2f} MB", flush=True)
        measure(dataset, arguments.embedding or [*embeddings_at_hand(), SUPERVISED], networks, arguments.out)
        for name in arguments.embedding or embeddings_at_hand():
            if arguments.maps and name in EMBEDDINGS:
                ship(dataset, name, networks)
    except EscError as error:
        sys.exit(str(error))


def measure(dataset: Dataset, names: list[str], networks: Path | None, out: Path) -> None:
    """Measure embeddings, print what was found, and write it into the table as soon as it is there."""
    measures, base = measure_embedding(dataset, partial(of_fold, dataset, BASE, networks), None)
    for name in names:
        if name != BASE:
            measures, _ = measure_embedding(dataset, partial(of_fold, dataset, name, networks), base)
        if name == SUPERVISED:
            measures.append(own_output(dataset))
        for one in measures:
            print(f"{name} {one.name}: {one.value:.4f} {one.interval[0]:.4f} {one.interval[1]:.4f}", flush=True)
        write_rows(out / FILE, {name: measures})


if __name__ == "__main__":
    main()
