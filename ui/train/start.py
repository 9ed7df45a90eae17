"""Starting a run: the presets as large buttons with their expected time, and what every start has in common."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import streamlit as st

from esc_core.config import TrainConfig, environment, esc_home
from esc_core.dataset import Dataset
from esc_core.errors import EscError
from esc_core.training.presets import PRESETS, Preset
from esc_core.training.process import priority
from esc_core.training.timing import expected
from esc_core.words import counted, rough_duration
from ui import state
from ui.classroom import runs as class_runs
from ui.classroom.rights import Action, may
from ui.dialog import rerun_page
from ui.literal import literal
from ui.runs import measuring

WATCH = "Watch"
"""View of the page after a run was started; see `ui.state.SHOW`."""

FIRST = next(iter(PRESETS))
"""Name of the first preset, whose button stands out."""

POLL_SECONDS = 2.0

_PROBLEM, _STARTED = "train:problem", "train:started"


def start(dataset: Dataset, make: Callable[[], TrainConfig], *, preset: str | None = None) -> None:
    """Queue a run; then the page shows it, or `show_problem` says what is wrong with the settings.

    Parameters
    ----------
    dataset : Dataset
        The data in use.
    make : callable
        Returns the settings.
    preset : str, optional
        Name of the preset that they come from.
    """
    try:
        run = class_runs.submit(make(), dataset.root, preset=preset)
    except EscError as error:
        st.session_state[_PROBLEM] = str(error)
        return
    st.session_state[_STARTED] = run.id


def turn_to_started() -> None:
    """Show the run that was just started; call this before the widget that selects the view."""
    if run_id := st.session_state.pop(_STARTED, None):
        state.RUN.write(run_id)
        state.SHOW.write(WATCH)


def show_problem() -> None:
    """Show why the requested run can't be started."""
    if problem := st.session_state.pop(_PROBLEM, None):
        st.error(literal(problem[0].upper() + problem[1:] + "."), icon=":material/block:")


def show_presets(dataset: Dataset, *, ready: bool) -> None:
    """Show the presets; a press starts a run. Who may not start one is told what there is to do.

    Parameters
    ----------
    dataset : Dataset
        The data in use.
    ready : bool
        Whether all its clips are there.
    """
    _say_that_it_gives_way()
    if not may(Action.START_RUN):
        st.info(
            "Your teacher starts the training runs. You can watch them, compare them, listen to their mistakes, and "
            "replay the recorded lesson.",
            icon=":material/school:",
        )
        return
    unknown = _first_unknown(dataset) if ready else None
    waiting = unknown is not None and _measure(unknown, dataset)
    st.fragment(_show, run_every=POLL_SECONDS if waiting else None)(dataset, ready=ready, waiting=waiting)


def _say_that_it_gives_way() -> None:
    """Say in a class what training leaves to the pages, and what that costs."""
    if not environment.GIVE_WAY.value():
        return
    here, n = len(priority.cores()), len(priority.cores_for_training(priority.cores()))
    st.caption(
        f"Training gives way to the class: it has {n} of {counted(here, 'processor core', 'processor cores')} and the "
        "lowest priority. So the pages stay quick, and a run takes up to twice as long."
    )


def _show(dataset: Dataset, *, ready: bool, waiting: bool) -> None:
    # large enough to read from the back of a classroom
    st.html("<style>.st-key-presets button p { font-size: 1.15rem; line-height: 1.7; }</style>")
    with st.container(key="presets"):
        for column, preset in zip(st.columns(len(PRESETS)), PRESETS.values(), strict=True):
            pressed = column.button(
                preset.title, icon=":material/play_circle:", key=f"preset:{preset.name}", width="stretch",
                type="primary" if preset.name == FIRST else "secondary", disabled=not ready, help=preset.summary,
                on_click=start, args=(dataset, partial(preset.config, dataset)), kwargs={"preset": preset.name},
            )  # fmt: skip
            column.caption(_facts(dataset, preset, ready=ready, waiting=waiting))
            if pressed:
                st.rerun()
    if waiting and not (_first_unknown(dataset) and measuring.measuring()):
        rerun_page()


def _facts(dataset: Dataset, preset: Preset, *, ready: bool, waiting: bool) -> str:
    if not ready:
        return "The sounds are still being computed."
    try:
        config = preset.config(dataset)
        seconds = preset_seconds(dataset, preset)
    except EscError as error:
        return f"Not possible with this data: {literal(str(error))}."
    n_categories = len(config.categories or dataset.categories)
    time = (
        f"about **{rough_duration(seconds)}** here, with preparation"
        if seconds is not None
        else "time not measured yet"
    )
    if seconds is None and waiting:
        time = "measuring how long it takes here …"
    return f"{n_categories} categories, {config.n_epochs} epochs, fold {config.val_fold} held out · {time}"


def _first_unknown(dataset: Dataset) -> Preset | None:
    for preset in PRESETS.values():
        with suppress(EscError):
            if preset_seconds(dataset, preset) is None:
                return preset
    return None


def preset_seconds(dataset: Dataset, preset: Preset) -> float | None:
    """Return the expected time of a preset's run in seconds, preparation included; None until it is measured here."""
    # what was measured, and what is in the caches already
    names = ("step_seconds.json", "preparation_seconds.json", "features", "copies")
    paths = [esc_home() / name for name in names]
    changed = tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)
    return _preset_seconds(str(dataset.root), len(dataset.clips), preset.name, changed)


@st.cache_data(max_entries=16, show_spinner=False)
def _preset_seconds(root: str, n_clips: int, name: str, changed: tuple[int, ...]) -> float | None:
    from ui import loaders

    dataset = loaders.dataset_at(Path(root))
    return expected.known_seconds(PRESETS[name].config(dataset), dataset)


def _measure(preset: Preset, dataset: Dataset) -> bool:
    """Time a preset's training step, and return whether a measurement is running."""
    return measuring.measure(preset.name, preset.config(dataset), dataset)
