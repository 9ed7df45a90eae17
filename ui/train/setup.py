"""A run with the user's own settings: data, folds, network, augmentation, training, each with a help text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields
from typing import Any

import streamlit as st

from esc_core.augment import REGISTRY
from esc_core.augment.files import steps_from_json
from esc_core.config import BALANCES, TrainConfig
from esc_core.dataset import Dataset
from esc_core.dataset.remarks import fold_remarks
from esc_core.errors import EscError, ParameterError
from esc_core.models import ARCHITECTURES, architecture, recipe
from esc_core.training.data.notes import split_notes
from esc_core.training.data.splits import split_for
from esc_core.training.presets import ten_categories
from esc_core.training.timing import expected
from esc_core.words import listed, readable, rough_duration
from ui import loaders, state
from ui.classroom.rights import Action, may
from ui.literal import literal
from ui.train.network import show_network
from ui.train.start import start

TEN, EVERY, SOME = "ten", "all", "chosen"
RECIPE, AUGMENT, OWN = "usual chain", "from the Augment page", "my own chain"
BALANCE_WORDS = {
    "none": "none",
    "class_weights": "weights in the loss",
    "sampling": "balanced sampling",
    "augment_rare": "repeated rare clips",
}


def show_setup(dataset: Dataset, *, ready: bool) -> None:
    """Show the settings, a summary of them, and the button that starts the run.

    Parameters
    ----------
    dataset : Dataset
        The data in use.
    ready : bool
        Whether all its clips exist.
    """
    if not dataset.fold_numbers:
        st.warning(f"{fold_remarks(dataset)[0]} A run needs a fold to validate on.", icon=":material/block:")
        return
    left, middle, right = st.columns(3, gap="large")
    with left:
        st.markdown("**Data**")
        categories = _categories(dataset)
        values = {
            "categories": categories,
            **_folds(dataset.fold_numbers),
            **_imbalance(dataset.categories, trained=categories or dataset.categories),
        }
    with middle:
        st.markdown("**Network and augmentation**")
        values |= _network()
    with right:
        st.markdown("**Training**")
        values |= _training()
    try:
        config = _config(values)
        facts, remarks = _facts(config, dataset)
    except EscError as error:
        st.error(literal(_sentence(error)), icon=":material/block:")
        st.button("Start", icon=":material/play_circle:", disabled=True, key="start_own")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        # no callback: it would hold the settings of the previous script run, without the latest input
        pressed = may(Action.START_RUN) and st.button(
            "Start", icon=":material/play_circle:", type="primary", key="start_own", disabled=not ready
        )
        st.markdown(facts, width="stretch")
    for remark in remarks:
        st.markdown(f":material/warning: {literal(remark)}")
    if pressed:
        start(dataset, lambda: config)
        st.rerun()
    show_network(config, n_classes=len(config.categories or dataset.categories))


def _categories(dataset: Dataset) -> tuple[str, ...] | None:
    ten = ten_categories(dataset)
    words = {TEN: "ten", EVERY: f"all {len(dataset.categories)}", SOME: "choose"}
    choices = [EVERY, SOME] if ten is None else [TEN, EVERY, SOME]
    which = st.segmented_control(
        "Categories", choices, format_func=lambda name: words[name], default=choices[0], required=True, key="own:which",
        persist_state="session",
        help="The categories that the network learns. Ten are those of ESC-10, as far as the data has them. Fewer "
        "categories are quicker to train and easier to classify.",
    )  # fmt: skip
    if which != SOME:
        return ten if which == TEN else None
    chosen = st.multiselect(
        "Which", dataset.categories, default=dataset.categories[:3], format_func=readable, key="own:categories",
        persist_state="session", help="At least two.", label_visibility="collapsed",
    )  # fmt: skip
    return tuple(chosen)


def _folds(folds: Sequence[int]) -> dict[str, Any]:
    for key in ("own:val_fold", "own:test_fold"):
        if st.session_state.get(key) not in (None, *folds):  # chosen for other data
            del st.session_state[key]
    val_fold = st.segmented_control(
        "Validation fold", folds, default=folds[0], required=True, key="own:val_fold", persist_state="session",
        help="The run is evaluated on this fold while it trains. The fold is never used for training.",
    )  # fmt: skip
    test_fold = st.segmented_control(
        "Sealed test fold", folds, key="own:test_fold", persist_state="session",
        help="This fold is used neither for training nor for validation; its envelope is opened once, when the run is "
        "done. Without a selection, no fold is sealed.",
    )  # fmt: skip
    return {"val_fold": val_fold, "test_fold": test_fold}


def _imbalance(categories: Sequence[str], *, trained: Sequence[str]) -> dict[str, Any]:
    rare = st.multiselect(
        # all categories, so that a choice outlives another choice of the categories to learn
        "Make rare", categories, format_func=readable, key="own:rare", persist_state="session",
        help="Only a few training clips of these categories are kept; validation and test clips are unaffected.",
    )  # fmt: skip
    limits = {}
    if without := [readable(name) for name in rare if name not in trained]:
        st.caption(f"Not in this run, so not made rare: {listed(without)}.")
    if rare:
        kept = st.number_input(
            "Training clips kept per category", 1, 40, 5, key="own:kept", persist_state="session",
            help="Number of training clips left of each category that is made rare.",
        )  # fmt: skip
        limits = dict.fromkeys((name for name in rare if name in trained), int(kept))
    balance = st.selectbox(
        "Strategy for rare categories", BALANCES, format_func=lambda name: BALANCE_WORDS.get(name, name),
        key="own:balance", persist_state="session",
        help="How training helps the rare categories. Compare their recall.",
    )  # fmt: skip
    return {"limits": limits, "balance": balance}


def _network() -> dict[str, Any]:
    model = st.selectbox(
        "Network", ARCHITECTURES, format_func=lambda name: architecture(name).title, key="own:model",
        persist_state="session",
        help="Networks on waveforms learn from the samples themselves, and take longer to train.",
    )  # fmt: skip
    entry = architecture(model)
    st.caption(entry.summary)
    width = st.slider(
        "Width", 4, 64, TrainConfig.width, step=4, key="own:width", persist_state="session",
        help="Channels of the first block; the others grow with it. Twice the width means about four times the work.",
    )  # fmt: skip
    chain = state.CHAIN.kept()
    which = st.segmented_control(
        "Augmentation", (RECIPE, AUGMENT, OWN) if chain else (RECIPE, OWN), default=RECIPE, required=True,
        key="own:augmentation", persist_state="session",
        help="How the sounds are changed during training. Only clips of the training folds are augmented.",
    )  # fmt: skip
    if which == RECIPE:
        st.caption(_in_words(entry.chain))
        return {"model": model, "width": width, "augment": list(entry.chain)}
    if which == AUGMENT and chain:
        with suppress(ParameterError):  # the button below says what is wrong with it
            st.caption(_in_words(steps_from_json(chain)))
        return {"model": model, "width": width, "augment": chain}
    text = st.text_area(
        "Chain", json.dumps(list(entry.chain), indent=1), height=180, key=f"own:chain:{model}",
        persist_state="session",
        help="A list of steps as JSON, as the Augment page writes it. A chain without a crop gets the usual one.",
    )  # fmt: skip
    return {"model": model, "width": width, "augment": text}


def _in_words(chain: Sequence[dict[str, Any]]) -> str:
    """Name a chain's steps as the Augment page does; one that is not registered keeps the name that it came with."""
    names = [str(step.get("name")) for step in chain]
    return ", then ".join(REGISTRY[name].title.lower() if name in REGISTRY else readable(name) for name in names) + "."


def _training() -> dict[str, Any]:
    default = {f.name: f.default for f in fields(TrainConfig)}
    n_epochs = st.number_input(
        "Epochs", 1, 5000, 40, key="own:epochs", persist_state="session",
        help="Number of passes over all training clips. In the last quarter of them, at most 15, clips are not mixed.",
    )  # fmt: skip
    batch_size = st.select_slider(
        "Batch size", (8, 16, 32, 64, 128), default["batch_size"], key="own:batch", persist_state="session",
        help="Clips per step. Larger batches mean fewer steps with less noise.",
    )  # fmt: skip
    rate = st.select_slider(
        "Learning rate", (1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 5e-2), default["learning_rate"],
        key="own:rate", persist_state="session",
        help="Size of a step. If it is too small, training is slow; if it is too large, the loss jumps.",
    )  # fmt: skip
    seed = st.number_input(
        "Seed", 0, 2**31 - 1, 0, key="own:seed", persist_state="session",
        help="Decides the initial weights, the order and the augmentation. Other seeds show how much is chance.",
    )  # fmt: skip
    return {"n_epochs": int(n_epochs), "batch_size": batch_size, "learning_rate": rate, "seed": int(seed)}


def _config(values: dict[str, Any]) -> TrainConfig:
    chain = values["augment"]
    steps = steps_from_json(chain) if isinstance(chain, str) else chain
    return recipe({**values, "augment": steps, "dtype": "auto"})


def _facts(config: TrainConfig, dataset: Dataset) -> tuple[str, Sequence[str]]:
    """Return the numbers of clips with the expected time of the run, and what is odd about the split."""
    bad = loaders.bad_clips(dataset)
    chosen, split = split_for(dataset, config, unreadable=bad)
    parts = [f"{len(split.train)} clips to train on", f"{len(split.val)} to validate with"]
    if len(split.test):
        parts.append(f"{len(split.test)} sealed")
    seconds = expected.known_seconds(config, dataset)
    time = (
        "time not measured yet for these settings"
        if seconds is None
        else f"about **{rough_duration(seconds)}** here, with preparation"
    )
    return f"{', '.join(parts)} · {time}", split_notes(chosen, split, bad).remarks


def _sentence(error: EscError) -> str:
    text = str(error)
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")
