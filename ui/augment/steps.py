"""The chain of the Augment page: steps with their settings, kept in the link."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from esc_core.augment import REGISTRY, Compose, from_dict
from esc_core.augment.presets import PRESETS
from esc_core.augment.ranges import Parameter
from esc_core.errors import ParameterError
from ui import state
from ui.literal import literal

FIRST = "pitch"
"""The preset that the page opens with."""

_STEPS, _TEXT, _COUNT = "augment:steps", "augment:text", "augment:count"
WIDEN = 0.1
"""Share of the slider by which a number is extended in both directions when it becomes a range."""


@dataclass
class Step:
    """One transform of the chain.

    Attributes
    ----------
    uid : int
        Unique number, so that the step keeps its sliders when steps move.
    name : str
        Name in the registry.
    values : dict
        Its parameters and `p`, as in JSON.
    vary : bool
        Whether values are drawn from ranges; else they are single numbers.
    limits : dict
        Lowest and highest value of each slider; a link may hold values outside the slider's usual range.
    """

    uid: int
    name: str
    values: dict[str, Any]
    vary: bool
    limits: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def parameters(self) -> dict[str, Parameter]:
        """The transform's parameters."""
        return REGISTRY[self.name].parameters

    def to_json(self) -> dict[str, Any]:
        """Return the step as in a JSON chain."""
        values = dict(self.values)
        if values.get("p") == 1:
            del values["p"]
        return {"name": self.name, **values}


def make_step(step: dict[str, Any]) -> Step:
    """Make a step of the page from a step of a chain.

    Raises
    ------
    ParameterError
        If it is not valid.
    """
    transform = from_dict(step)
    st.session_state[_COUNT] = uid = st.session_state.get(_COUNT, 0) + 1
    values = {"p": 1.0} | {key: value for key, value in transform.to_dict().items() if key != "name"}
    made = Step(uid, transform.name, values, any(isinstance(value, list) for value in values.values()))
    for name, parameter in made.parameters.items():
        if not parameter.choices:
            given = values[name] if isinstance(values[name], list) else [values[name]]
            made.limits[name] = min(parameter.low, *given), max(parameter.high, *given)
    return made


def selected_steps() -> list[Step]:
    """Return the chain: that of the link, or the last one of this session, or the first preset."""
    text = state.CHAIN.read()
    if _STEPS not in st.session_state or (text is not None and text != st.session_state.get(_TEXT)):
        try:
            chain = json.loads(text) if text is not None else PRESETS[FIRST].steps
            Compose.from_json(chain)
            use_chain(chain)
        except (ValueError, RecursionError) as error:
            why = literal(str(error)) if isinstance(error, ParameterError) else "it is not JSON"
            st.warning(f"The chain in the link can't be used: {why}.", icon=":material/link_off:")
            use_chain(PRESETS[FIRST].steps)
        st.session_state[_TEXT] = text
    return st.session_state[_STEPS]


def use_chain(chain: Any) -> None:
    """Replace the chain."""
    st.session_state[_STEPS] = [make_step(step) for step in chain]


def keep_in_link() -> None:
    """Write the chain into the link."""
    st.session_state[_TEXT] = text = json.dumps(chain_json(), separators=(",", ":"))
    state.CHAIN.write(text)


def chain_json() -> list[dict[str, Any]]:
    """Return the chain as in JSON."""
    return [step.to_json() for step in st.session_state[_STEPS]]


def selected_preset() -> str | None:
    """Return the name of the preset that equals the chain; None if there is none."""
    now = Compose.from_json(chain_json())
    return next((name for name, preset in PRESETS.items() if Compose.from_json(preset.steps) == now), None)


def position_for(name: str) -> int | None:
    """Return the last position at which a transform can be added; None if there is none."""
    chain = chain_json()
    for i in range(len(chain), -1, -1):
        if _fits([*chain[:i], {"name": name}, *chain[i:]]):
            return i
    return None


def _fits(chain: list[dict[str, Any]]) -> bool:
    try:
        Compose.from_json(chain)
    except ParameterError:
        return False
    return True


def add(name: str) -> None:
    """Add a transform with its default values."""
    if (at := position_for(name)) is not None:
        st.session_state[_STEPS].insert(at, make_step({"name": name}))


def remove(uid: int) -> None:
    """Remove a step."""
    st.session_state[_STEPS] = [step for step in st.session_state[_STEPS] if step.uid != uid]


def moved(uid: int, by: int) -> list[Step] | None:
    """Return the chain with one step moved; None if that chain is not valid."""
    steps: list[Step] = list(st.session_state[_STEPS])
    at = next(i for i, step in enumerate(steps) if step.uid == uid)
    if not 0 <= at + by < len(steps):
        return None
    steps.insert(at + by, steps.pop(at))
    return steps if _fits([step.to_json() for step in steps]) else None


def move(uid: int, by: int) -> None:
    """Move a step within the chain, if the result is valid."""
    st.session_state[_STEPS] = moved(uid, by) or st.session_state[_STEPS]


def set_vary(step: Step, vary: bool) -> None:
    """Turn numbers into ranges to draw from, or ranges into their midpoint."""
    step.vary = vary
    for name, parameter in step.parameters.items():
        if parameter.single:
            continue
        value = step.values[name]
        if parameter.choices:
            step.values[name] = value[0] if isinstance(value, list) and not vary else value
        elif vary and not isinstance(value, list):
            step.values[name] = _widened(value, parameter, step.limits[name])
        elif not vary and isinstance(value, list):
            step.values[name] = _snapped(sum(value) / 2, parameter)


def _widened(value: float, parameter: Parameter, limits: tuple[float, float]) -> list[float]:
    by = max(parameter.step, WIDEN * (limits[1] - limits[0]))
    ends = (max(limits[0], value - by), min(limits[1], value + by))
    return [_snapped(end, parameter) for end in ends]


def _snapped(value: float, parameter: Parameter) -> float:
    number = round(round(value / parameter.step) * parameter.step, 6)
    return int(number) if parameter.whole else float(number)
