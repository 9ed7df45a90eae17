"""Where sounds and models come from: what is never sent, licences, attribution, how to cite."""

from __future__ import annotations

import streamlit as st

import esc_core
from esc_core.dataset import Dataset
from esc_core.dataset.provenance import set_name
from esc_core.errors import ModelError
from esc_core.generate.installed import Installed, shipped_generators
from esc_core.models.card import Card
from esc_core.unsupervised.contrasts import network_path
from esc_core.unsupervised.embedders import NETWORKS_DIR
from esc_core.words import counted, percent
from ui import loaders
from ui.literal import literal, model_named, named, show_error

NEVER_SENT = """
- **No sound leaves the computer that runs this app**: no recording, no upload, no clip, no answer. If your browser
  is on another computer, it sends its sounds to this one, and nowhere else.
- **Nothing is counted.** There are no statistics, no accounts, and no cookies of others. Fonts and scripts come
  from the app itself.
- **Two things are fetched, and nothing is sent with it**: YAMNet, once, when the app is set up or when you ask for
  it, and ESC-50, when you ask for it. Both come from GitHub. All else works without a network.
- **Recordings are kept only where you save them**: in a set on the page "Own sounds", or as a file.
"""

DATA = """
- **ESC-50**, 2000 clips: Karol J. Piczak, 2015, from recordings on Freesound. [CC BY-NC
  3.0](https://creativecommons.org/licenses/by-nc/3.0/): with attribution, and not commercially.
- **ESC-10**, 400 of these clips: [CC BY 3.0](https://creativecommons.org/licenses/by/3.0/): with attribution.
- **The listening test**, how people heard the clips: Karol J. Piczak, 2015, with ESC-50.
- **AudioSet**, which YAMNet has heard: Google, 2017, from YouTube. No sound of it is here.
- **Starter sounds**: computed by this app and recorded nowhere. There are no licence conditions.
- **The voices** of the test with noise: the program espeak-ng, reading sentences of ours.

Each clip of ESC-50 was cut from a recording that somebody gave to [Freesound](https://freesound.org). The second
part of a clip's name is its number there: `1-100032-A-0` is from
[freesound.org/s/100032](https://freesound.org/s/100032). The file `LICENSE` of ESC-50 names the author and the
licence of every recording.
"""

PICZAK = """\
@inproceedings{piczak2015dataset,
  author    = {Piczak, Karol J.},
  title     = {{ESC}: Dataset for Environmental Sound Classification},
  booktitle = {Proceedings of the 23rd Annual ACM Conference on Multimedia},
  year      = {2015},
  pages     = {1015--1018},
  publisher = {ACM Press},
  doi       = {10.1145/2733373.2806390},
}
"""

YAMNET = "**YAMNet** itself: Google, Apache License 2.0. It is not part of the app; it is fetched once, from GitHub."


WITHOUT_LABELS = (
    "**Network trained without labels**, for the map of Explore: five networks, one per fold; heard in training: "
    "ESC-50 without its labels. Weights trained on ESC-50 (K. J. Piczak), CC BY-NC 3.0: with attribution, not "
    "commercially."
)

GENERATED = "Weights trained on ESC-10 (K. J. Piczak), CC BY 3.0: with attribution."


def app_entry() -> str:
    """Return the app's own entry in BibTeX, with its version."""
    return (
        "@software{esc50soundlab,\n"
        "  author  = {{ESC-50 Sound Lab authors}},\n"
        "  title   = {{ESC-50 Sound Lab}},\n"
        f"  version = {{{esc_core.__version__}}},\n"
        "  year    = {2026},\n"
        "}\n"
    )


def show_sources(dataset: Dataset | None) -> None:
    """Show what is never sent, the data, the models, and how to cite them.

    Parameters
    ----------
    dataset : Dataset or None
        The data in use.
    """
    st.subheader("What is never sent", anchor="never-sent")
    st.markdown(NEVER_SENT)
    st.subheader("Data", anchor="data")
    if dataset is not None:
        st.markdown(f"In use now: **{named(set_name(dataset))}**.")
        _offer_authors(dataset)
    st.markdown(DATA)
    st.subheader("Models", anchor="models")
    for card in loaders.cards():
        st.markdown(_model(card))
    for one in shipped_generators():
        _generator(one)
    if network_path(NETWORKS_DIR, 1).is_file():
        st.markdown(f"- {WITHOUT_LABELS}")
    st.markdown(f"- {YAMNET}")
    st.subheader("How to cite", anchor="cite")
    st.markdown("Who uses the clips or a model that was trained on them cites the data set:")
    st.code(PICZAK, language=None)
    st.markdown("This app, whose code is under the MIT licence:")
    st.code(app_entry(), language=None)


def _offer_authors(dataset: Dataset) -> None:
    path = dataset.root / "LICENSE"
    if dataset.official and path.is_file():
        st.download_button(
            "The authors of all recordings", path.read_bytes, "ESC-50-LICENSE.txt", "text/plain",
            icon=":material/download:", on_click="ignore", help="ESC-50's file LICENSE, as it is on this computer.",
        )  # fmt: skip


def _generator(one: Installed) -> None:
    try:
        card = loaders.generator_at(one.path).card
    except ModelError as error:
        show_error(error, icon=":material/broken_image:")
        return
    heard = f"{counted(card.n_clips, 'clip', 'clips')} in {counted(card.epochs, 'epoch', 'epochs')}"
    st.markdown(
        f"- **{named(one.name)}**, makes sounds up: heard in training: {heard}, never fold {card.val_fold}. {GENERATED}"
    )


def _model(card: Card) -> str:
    score = card.details.get("accuracy", card.mean_accuracy())
    known = "not scored" if score is None else f"{percent(score, digits=1)} of held-out clips"
    licence = literal(str(card.details.get("licence", "no licence is named")))
    return f"- **{model_named(card.name)}**: {known}; heard in training: {literal(card.heard)}. {licence}"
