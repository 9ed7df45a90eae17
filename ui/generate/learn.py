"""Training a generator: presets, progress with Stop and Resume, losses, and samples of the same points by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from esc_core import colours
from esc_core.config import GeneratorConfig
from esc_core.dataset import Dataset
from esc_core.errors import EscError
from esc_core.generate.training.expected import known_seconds
from esc_core.generate.training.presets import PRESETS, GeneratorPreset
from esc_core.generate.training.samples import Samples, read_samples, sampled_epochs
from esc_core.training.runs.contents import BUSY
from esc_core.training.runs.listing import list_runs
from esc_core.training.runs.run import Run
from esc_core.words import counted, readable, rough_duration
from ui import state
from ui.classroom import runs as class_runs
from ui.classroom.rights import Action, may
from ui.dialog import rerun_page
from ui.generate.choose import APPROXIMATE
from ui.generate.sounds import colour_of, grid, play
from ui.literal import literal, show_error
from ui.runs import measuring
from ui.runs.chart import line_chart
from ui.runs.delete import ask_to_delete
from ui.runs.progress import show_faults, show_progress

POLL_SECONDS = 2.0

STAGE = "generate_samples"
"""Streamlit key of the container with the player of the samples."""

GENERATOR, CRITIC, EVEN = "generator", "critic", "critic, if it can only guess"
COLOURS = {GENERATOR: colours.BLUE, CRITIC: colours.ORANGE, EVEN: colours.GREY}

LOSSES = (
    "Two networks learn against each other. The **generator** makes sounds, and the **critic** says whether a sound is "
    "real. A low loss of the critic means that it can tell; at 2 it can only guess. These curves do not fall as those "
    "of a classifier do: if one network becomes better, the other one's task becomes harder. So listen to the samples: "
    "only they show whether the sounds become better."
)

_CHOSEN, _TOKEN = "generate:sample", "generate:sample:token"


def show_learn(dataset: Dataset, *, ready: bool) -> None:
    """Show the presets, and the run that the URL names, else the newest.

    Parameters
    ----------
    dataset : Dataset
        The data in use.
    ready : bool
        Whether all its clips are there.
    """
    may_start = may(Action.START_RUN)
    if may_start:
        _offer_presets(dataset, ready=ready)
    runs = list_runs(kind=GeneratorConfig.kind)
    if not runs:
        st.info(
            "Press one of the buttons above. The training goes on when you close this tab, and its samples are here as "
            "they come."
            if may_start
            else "Only the teacher starts trainings. Once one runs, its samples are here as they come.",
            title="No generator is being trained", icon=":material/model_training:",
        )  # fmt: skip
        return
    run = _choose(runs)
    busy = run.status().state in BUSY
    st.fragment(_watch, run_every=POLL_SECONDS if busy else None)(run, busy=busy)


def _offer_presets(dataset: Dataset, *, ready: bool) -> None:
    unknown = _first_unknown(dataset) if ready else None
    waiting = unknown is not None and measuring.measure(f"generate:{unknown.name}", unknown.config(dataset), dataset)
    st.fragment(_presets, run_every=POLL_SECONDS if waiting else None)(dataset, ready=ready, waiting=waiting)


def _first_unknown(dataset: Dataset) -> GeneratorPreset | None:
    for preset in PRESETS.values():
        with suppress(EscError):
            if known_seconds(preset.config(dataset), dataset) is None:
                return preset
    return None


def _presets(dataset: Dataset, *, ready: bool, waiting: bool) -> None:
    for column, preset in zip(st.columns(len(PRESETS)), PRESETS.values(), strict=True):
        if column.button(
            preset.title, icon=":material/play_circle:", key=f"generate:{preset.name}", width="stretch",
            type="primary" if preset is next(iter(PRESETS.values())) else "secondary", disabled=not ready,
            help=preset.summary,
        ):  # fmt: skip
            _start(dataset, preset)
        column.caption(f"{preset.summary} {_facts(dataset, preset, ready=ready, waiting=waiting)}")
    if waiting and not (_first_unknown(dataset) and measuring.measuring()):
        rerun_page()


def _facts(dataset: Dataset, preset: GeneratorPreset, *, ready: bool, waiting: bool) -> str:
    """Return what a preset trains, and how long it takes here."""
    if not ready:
        return "The sounds are still being computed."
    try:
        config = preset.config(dataset)
        seconds = known_seconds(config, dataset)
    except EscError as error:
        return f"Not possible with this data: {literal(str(error))}."
    time = "measuring how long it takes here …" if waiting else "time not measured yet"
    if seconds is not None:
        time = f"about **{rough_duration(seconds)}** on this computer, with preparation"
    return f"{counted(config.n_epochs, 'epoch', 'epochs')}, fold {config.val_fold} never heard · {time}"


def _start(dataset: Dataset, preset: GeneratorPreset) -> None:
    try:
        run = class_runs.submit(preset.config(dataset), dataset.root, preset=preset.name)
    except EscError as error:
        show_error(error, icon=":material/block:")
        return
    state.GENERATOR.write(run.id)
    st.rerun()


def _choose(runs: Sequence[Run]) -> Run:
    by_id = {run.id: run for run in runs}
    run = by_id.get(state.GENERATOR.read() or "", runs[0])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Run", by_id, index=list(by_id).index(run.id), format_func=lambda name: by_id[name].name, width=300,
            help="All trainings of generators on this computer, the newest first.",
        )  # fmt: skip
        if chosen != run.id:
            state.GENERATOR.write(chosen)
            st.rerun()
        if may(Action.CHANGE_RUN) and st.button(
            "Delete", icon=":material/delete:", key="generate:delete", help="Asks for confirmation first."
        ):
            ask_to_delete(run, state.GENERATOR, goes="generator and its samples")
    return run


def _watch(run: Run, *, busy: bool) -> None:
    """Show a run; as long as it is at work, this part of the page reruns by itself."""
    status = run.status()
    if not run.folder.is_dir() or (status.state in BUSY) != busy:
        rerun_page()
    show_progress(run, status)
    if not busy:
        show_faults(run)
    _samples(run, busy=busy)
    rows = run.metrics()
    curves = {
        GENERATOR: {row["epoch"]: row["generator_loss"] for row in rows},
        CRITIC: {row["epoch"]: row["critic_loss"] for row in rows},
    }
    line_chart(
        curves, n_epochs=max(1, status.n_epochs), alt="Losses of generator and critic", colours=COLOURS,
        levels={EVEN: 2.0}, y_label="loss", y_max=None,
    )  # fmt: skip
    with st.expander("How to read these losses", icon=":material/show_chart:"):
        st.markdown(LOSSES)


def _samples(run: Run, *, busy: bool) -> None:
    epochs = sampled_epochs(run)
    if not epochs:
        if busy:
            st.skeleton(height=200)
        return
    epoch = epochs[-1]
    if len(epochs) > 1 and not busy:
        epoch = st.selectbox(
            "After epoch", epochs, index=len(epochs) - 1, key=f"generate:epoch:{run.id}",
            persist_state="session", width=220,
            help="The same points, one for each category, as the network made them after an earlier epoch.",
        )  # fmt: skip
    samples = read_samples(run, epoch)
    if samples is None:
        st.warning(f"The samples of epoch {epoch} can't be read.", icon=":material/broken_image:")
        return
    _show_samples(samples, epoch)


def _show_samples(samples: Samples, epoch: int) -> None:
    n, labels = len(samples.log_mel), samples.card.labels
    names = [readable(name) for name in labels[:n]]
    stage = st.container(key=STAGE)
    chosen = min(st.session_state.get(_CHOSEN, 0), n - 1)
    press = grid(
        samples.log_mel, names, [f"epoch {epoch}"] * n, labels[:n], key="generate:samples", chosen=chosen,
        label=f"Samples after epoch {epoch}", brings=STAGE,
    )  # fmt: skip
    if press is not None:
        chosen = st.session_state[_CHOSEN] = int(press.card_id)
        st.session_state[_TOKEN] = press.token if press.play else None
    with stage:
        play(
            samples.log_mel[chosen], samples.card.features, key="generate_sample", label=names[chosen],
            color=colour_of(labels[chosen]), token=st.session_state.get(_TOKEN),
        )  # fmt: skip
    st.caption(APPROXIMATE)
