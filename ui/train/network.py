"""A network drawn layer by layer, and the first filters of a trained one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from esc_core.config import TrainConfig
from esc_core.errors import EscError
from esc_core.models import architecture
from esc_core.models.folder import model_path
from esc_core.models.layers import LayerRow, first_filters, input_shape, list_layers
from esc_core.models.network import load_network
from esc_core.plots.training import filters_svg, layers_svg
from esc_core.training.runs.run import Run
from esc_core.words import percent_number
from ui.answer.prediction import theme
from ui.literal import show_error

MAX_FILTERS = 64


def show_network(config: TrainConfig, *, n_classes: int) -> None:
    """Draw the network of some settings; TensorFlow is loaded only here, and only on request.

    Parameters
    ----------
    config : TrainConfig
        Settings.
    n_classes : int
        Number of categories.
    """
    if not st.toggle(
        "Draw the network",
        key="draw_network",
        persist_state="session",
        help="Layer by layer: shape, weights, multiply-adds for a clip of 5 s.",
    ):
        return
    try:
        rows = _layers(config.model, config.width, n_classes)
    except EscError as error:
        show_error(error)
        return
    total, work = sum(row.parameters for row in rows), sum(row.multiply_adds for row in rows)
    st.markdown(f"**{total:,}** weights, **{work / 1e6:,.1f}** million multiply-adds for a clip of 5 s")
    st.image(layers_svg(rows, theme=theme()), width="content", alt="The network as a row of blocks")
    st.caption("Each block shows the output of a layer: its height is time, its width and number are the channels.")
    table = pd.DataFrame(
        {
            "layer": [row.name.replace("_", " ") for row in rows],
            "kind": [row.kind for row in rows],
            "shape": [" × ".join(map(str, row.shape)) for row in rows],
            "weights": [row.parameters for row in rows],
            "multiply-adds": [row.multiply_adds for row in rows],
            "share": [percent_number(row.multiply_adds / max(1, work)) for row in rows],
        }
    )
    column = st.column_config
    st.dataframe(
        table, hide_index=True, height=300, alt="The network's layers",
        column_config={
            "weights": column.NumberColumn(format="localized", help="Numbers that training changes."),
            "multiply-adds": column.NumberColumn(format="localized", help="For a clip of 5 s."),
            "share": column.ProgressColumn("of the work", format="%.0f%%", min_value=0, max_value=100),
        },
    )  # fmt: skip


@st.cache_data(max_entries=64, show_spinner="Building the network – the first time loads TensorFlow.")
def _layers(model: str, width: int, n_classes: int) -> list[LayerRow]:
    config = TrainConfig(model=model, width=width)
    network = architecture(model).build(config, n_classes=n_classes)
    return list_layers(network, input_shape(network, config.features))


def show_filters(run: Run) -> None:
    """Show the first filters of a finished run's network.

    Parameters
    ----------
    run : Run
        Done.
    """
    if not st.toggle(
        "Show its first filters",
        key="show_filters",
        persist_state="session",
        help="The patterns that its first layer detects.",
    ):
        return
    path = model_path(run.model_dir, run.config.val_fold)
    try:
        filters = _filters(str(path), path.stat().st_mtime_ns if path.exists() else 0)
        what = architecture(run.config.model).filters
    except EscError as error:
        show_error(error)
        return
    shown = f" (the first {MAX_FILTERS})" if len(filters) > MAX_FILTERS else ""
    colours = " Blue weights are positive, amber ones negative." if filters.ndim > 2 else ""
    st.caption(f"{len(filters)} filters{shown}, {what}.{colours}")
    st.image(filters_svg(filters[:MAX_FILTERS]), width="content", alt="The filters of the first layer")


@st.cache_data(max_entries=16, show_spinner="Opening the network – the first time loads TensorFlow.")
def _filters(path: str, changed: int) -> np.ndarray:
    return first_filters(load_network(Path(path)))
