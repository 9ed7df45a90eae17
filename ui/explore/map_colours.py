"""What gives each clip on the map its colour: its group, category, fold, cluster, or whether a model knows it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from esc_core import colours
from esc_core.config import ASSETS_DIR
from esc_core.dataset import GROUPS, OTHER, Clip, Dataset
from esc_core.disk.tables import read_table
from esc_core.plots.maps import wheel
from esc_core.unsupervised.clusters import NO_CLUSTER
from esc_core.unsupervised.maps import SoundMap
from esc_core.words import readable

MISTAKES = ASSETS_DIR / "results" / "mel_cnn-predictions.csv"
"""What the shipped mel CNN says of each clip of ESC-50, by the network that was not trained on its fold."""

COLOUR_HELP = {
    "group": "The five major categories of ESC-50.",
    "category": "The label, which was not used to make the map.",
    "fold": "Folds should lie all over the map: if one had a place of its own, it would differ from the others.",
    "cluster": "k-means, with as many clusters as there are categories.",
    "island": "HDBSCAN on the map: any number of clusters, and clips that lie alone.",
    "mistakes": "Whether the shipped mel CNN classifies the clip correctly, by the network not trained on its fold.",
}
"""Help text of each."""


def values_and_palette(
    found: SoundMap, clips: Sequence[Clip], colour: str, names: Sequence[str]
) -> tuple[list[str], dict[str, str]]:
    """Return what gives each clip its colour, and the colours.

    Parameters
    ----------
    found : SoundMap
        The map.
    clips : sequence of Clip
        The clips on it.
    colour : str
        One of `COLOUR_HELP`.
    names : sequence of str
        Names of the clusters, or of the islands if they give the colour.

    Returns
    -------
    values : list of str
        A value for each clip.
    palette : dict of str to str
        Colour of each value, in the order of the legend.
    """
    if colour == "group":
        return [clip.group for clip in clips], {group: colours.GROUPS[group] for group in (*GROUPS, OTHER)}
    if colour == "mistakes":
        predicted = predicted_categories()
        verdict = {True: "correctly classified", False: "wrongly classified"}
        values = [verdict[predicted.get(clip.filename) == clip.category] for clip in clips]
        return values, {verdict[True]: colours.CORRECT, verdict[False]: colours.ORANGE}
    if colour in ("cluster", "island"):
        labels = found.islands if colour == "island" else found.clusters
        alone = {"alone": colours.GREY} if (labels == NO_CLUSTER).any() else {}
        return ["alone" if k == NO_CLUSTER else names[k] for k in labels.tolist()], wheel(names) | alone
    values = [f"fold {clip.fold}" if colour == "fold" else readable(clip.category) for clip in clips]
    return values, wheel(sorted(set(values)))


def all_predicted(dataset: Dataset) -> bool:
    """Return whether the shipped mel CNN's answers are known for all clips: whether they are of ESC-50."""
    # synthetic sounds have names like ESC-50's
    return not dataset.synthetic and {clip.filename for clip in dataset.clips} <= predicted_categories().keys()


@st.cache_data(max_entries=1, show_spinner=False)
def predicted_categories() -> dict[str, str]:
    """Return the category that the shipped mel CNN predicted for each clip of ESC-50, by file name."""
    table = read_table(MISTAKES, required=("filename", "predicted"))
    return dict(zip(table["filename"], table["predicted"], strict=True))
