"""The chain's controls: presets, a box with sliders for each step, the seed, and the second sound of a mixture."""

from __future__ import annotations

from typing import Any

import streamlit as st

from esc_core.augment import REGISTRY
from esc_core.augment.base import PairTransform, names
from esc_core.augment.chain import MAX_STEPS
from esc_core.augment.presets import PRESETS
from esc_core.augment.ranges import Parameter
from esc_core.dataset import Clip, Dataset
from esc_core.errors import ParameterError
from ui import state
from ui.augment import steps as steps
from ui.augment.names import in_menu, menu_order, slider_format, title
from ui.augment.result import PLAY
from ui.augment.second import choose_second
from ui.augment.steps import Step

MAX_OPEN = 2
"""Longest chain whose boxes are all open at first."""

_SEED, _FIELD = "augment:kept_seed", "augment:seed_field"
"""Streamlit keys of the seed, and of the number of the field that shows it."""


def edit_chain(dataset: Dataset | None, sound_clip: Clip | None) -> tuple[list[dict[str, Any]], int, Clip | None]:
    """Show the controls and return their settings.

    Parameters
    ----------
    dataset : Dataset or None
        The data set from which the second sound of a mixture comes.
    sound_clip : Clip or None
        The clip to be changed, which is not mixed with itself.

    Returns
    -------
    chain : list of dict
        The chain as in JSON; its settings may contradict each other.
    seed : int
        Seed of the draws.
    second : Clip or None
        The second sound, if a step needs one.
    """
    chain = steps.selected_steps()
    _show_presets()
    if not chain:
        st.markdown("The chain is empty: before and after are the same. Add a transform.")
    second = None
    for number, step in enumerate(chain, start=1):
        heading = f"**{number}** · {title(step.name)}"
        with st.expander(heading, expanded=len(chain) <= MAX_OPEN, key=f"augment:step:{step.uid}"):
            _show_step(step)
            if second is None and dataset is not None and issubclass(REGISTRY[step.name], PairTransform):
                second = choose_second(dataset, sound_clip)  # once for all steps that need one
    _show_add()
    seed = _show_seed()
    return steps.chain_json(), seed, second


def _show_presets() -> None:
    try:
        selected = steps.selected_preset()
    except ParameterError:  # two sliders contradict each other
        selected = None
    options = list(PRESETS)
    # another chain is another widget, so that it never shows the name of a preset that has been changed
    key = f"augment:preset:{selected}"
    st.selectbox(
        "Preset", options, index=options.index(selected) if selected else None,
        format_func=lambda name: PRESETS[name].title, placeholder="A chain of your own", key=key,
        on_change=_use_preset, args=(key,), help=PRESETS[selected].why if selected else "Chains to begin with.",
    )  # fmt: skip


def _use_preset(key: str) -> None:
    if name := st.session_state[key]:
        steps.use_chain(PRESETS[name].steps)


def _show_step(step: Step) -> None:
    cls = REGISTRY[step.name]
    for name, parameter in step.parameters.items():
        step.values[name] = _control(step, name, parameter)
    can_vary = any(not p.single for p in step.parameters.values())
    if can_vary:
        st.toggle(
            "Drawn from ranges", value=step.vary, key=f"augment:vary:{step.uid}", on_change=_vary, args=(step,),
            help="On: each draw takes its values from these ranges, as in training. Off: the values are fixed.",
        )  # fmt: skip
    if step.vary or step.values["p"] < 1:
        step.values["p"] = st.slider(
            "Probability", 0.0, 1.0, float(step.values["p"]), 0.05, format="percent", key=f"augment:p:{step.uid}",
            help="Probability with which a draw applies this step.",
        )  # fmt: skip
    st.caption(f"**Imitates:** {cls.imitates}  \n**Destroys the label:** {cls.destroys_label}")
    with st.container(horizontal=True, gap="small"):
        for label, icon, by in (("Earlier", "arrow_upward", -1), ("Later", "arrow_downward", 1)):
            st.button(
                label, icon=f":material/{icon}:", type="tertiary", key=f"augment:{label}:{step.uid}",
                disabled=steps.moved(step.uid, by) is None, on_click=steps.move, args=(step.uid, by),
                help="Steps act from top to bottom; those on the waveform come before those on the spectrogram.",
            )  # fmt: skip
        st.button(
            "Remove", icon=":material/close:", type="tertiary", key=f"augment:remove:{step.uid}",
            on_click=steps.remove, args=(step.uid,),
        )  # fmt: skip


def _vary(step: Step) -> None:
    steps.set_vary(step, st.session_state[f"augment:vary:{step.uid}"])


def _control(step: Step, name: str, parameter: Parameter) -> Any:
    """Show the widget of one parameter and return its value as in JSON."""
    value, label = step.values[name], parameter.label
    ranged = step.vary and not parameter.single
    # a range and a number are two widgets
    key = f"augment:{step.uid}:{name}:{'range' if ranged else 'value'}"
    if parameter.choices:
        return _choice(parameter, value, label, key, several=ranged)
    low, high = step.limits[name]
    number = int if parameter.whole else float
    if ranged:
        ends = value if isinstance(value, list) else [value, value]
        start: Any = tuple(number(end) for end in ends)
    else:
        start = number(value)
    chosen = st.slider(
        label, number(low), number(high), start, number(parameter.step), format=slider_format(parameter), key=key,
        help=parameter.help,
    )  # fmt: skip
    if not ranged:
        return _rounded(chosen)
    first, last = map(_rounded, chosen)
    return first if first == last and not isinstance(value, list) else [first, last]


def _choice(parameter: Parameter, value: str | list[str], label: str, key: str, *, several: bool) -> str | list[str]:
    if not several:
        first = value if isinstance(value, str) else value[0]
        return st.segmented_control(
            label, parameter.choices, default=first, required=True, key=key, help=parameter.help
        )  # fmt: skip
    given = [value] if isinstance(value, str) else value
    chosen = st.segmented_control(
        label, parameter.choices, default=given, selection_mode="multi", key=key, help=parameter.help
    )
    chosen = chosen or given  # at least one
    return chosen[0] if len(chosen) == 1 else list(chosen)


def _rounded(value: float) -> float:
    return round(value, 6)


def _show_add() -> None:
    can = [name for name in sorted(names(), key=menu_order) if steps.position_for(name) is not None]
    key = f"augment:add:{len(steps.selected_steps())}"
    st.selectbox(
        "Add a transform", can, index=None, format_func=in_menu, key=key,
        placeholder=f"Add one of {len(can)} transforms" if can else f"A chain has at most {MAX_STEPS} transforms",
        on_change=_add, args=(key,), label_visibility="collapsed",
        disabled=not can,
    )  # fmt: skip


def _add(key: str) -> None:
    if name := st.session_state[key]:
        steps.add(name)


def use_seed(seed: int) -> None:
    """Use another seed from the next run of the page on."""
    st.session_state[_SEED] = seed
    st.session_state[_FIELD] = st.session_state.get(_FIELD, 0) + 1


def _show_seed() -> int:
    # Between two files the field is not drawn, and Streamlit forgets it. So the seed is kept beside it: a field that is
    # drawn again begins with it, and a seed from elsewhere gets a new field.
    kept = st.session_state.setdefault(_SEED, state.SEED.read())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed = int(
            st.number_input(
                "Seed", 0, state.MAX_SEED, kept, 1, key=f"augment:seed:{st.session_state.get(_FIELD, 0)}", width=150,
                help="The same seed draws the same values anywhere.",
            )
        )  # fmt: skip
        st.session_state[_SEED] = seed
        st.button(
            "Draw again", icon=":material/casino:", on_click=use_seed, args=((seed + 1) % state.MAX_SEED,),
        )  # fmt: skip
    st.toggle(
        "Play each change", key=PLAY, persist_state="session",
        help="On: each change is played as soon as it is made. Off: nothing plays until you press play.",
    )  # fmt: skip
    state.SEED.write(seed)
    return seed
