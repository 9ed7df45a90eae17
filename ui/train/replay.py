"""A recorded lesson, replayed at a selectable speed."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from esc_core.config import ASSETS_DIR
from esc_core.disk.files import read_rows
from esc_core.training.lessons.teach import ArmCurve, curves_of
from ui.dialog import rerun_page
from ui.train.lesson_charts import show_arms

POLL_SECONDS = 0.5

PACES = {"as it was": 1.0, "5 times as fast": 5.0, "20 times as fast": 20.0, "at once": 1e9}


def recorded(name: str) -> Path | None:
    """Return the path of a lesson's recording; None if none is shipped."""
    path = ASSETS_DIR / "lessons" / f"{name}.jsonl"
    return path if path.is_file() else None


def show_replay(name: str) -> None:
    """Show a recorded lesson as if it were training now.

    Parameters
    ----------
    name : str
        "leak" or "augmentation"; there must be a recording.
    """
    pace = st.segmented_control(
        "Pace", PACES, default="20 times as fast", required=True, key=f"pace:{name}",
        persist_state="session",
        help="How fast the recorded epochs appear.",
    )  # fmt: skip
    key = f"replay:{name}:start"
    if st.button("From the beginning", icon=":material/replay:", key=f"{key}:again") or key not in st.session_state:
        st.session_state[key] = time.monotonic()
    arms = _arms(str(recorded(name)))
    end = max((row["seconds"] for arm in arms for row in arm.rows), default=0.0)
    done = (time.monotonic() - st.session_state[key]) * PACES[pace] >= end
    st.fragment(_show, run_every=None if done else POLL_SECONDS)(name, arms, key, PACES[pace], end, done)


def _show(name: str, arms: list[ArmCurve], key: str, pace: float, end: float, done: bool) -> None:
    passed = min(end, (time.monotonic() - st.session_state[key]) * pace)
    if passed >= end and not done:
        rerun_page()
    st.progress(min(1.0, passed / end) if end else 1.0, f"recorded · {passed:.0f} of {end:.0f} s of training")
    begun = [replace(arm, rows=[row for row in arm.rows if row["seconds"] <= passed]) for arm in arms]
    about = _about(name)
    if about:
        st.caption(f"Recorded on {about['data']}, {about['machine']}, {about['date']}.")
    show_arms(
        name, begun, n_epochs=max(row["epoch"] for arm in arms for row in arm.rows),
        n_categories=about.get("n_categories", 50),
    )  # fmt: skip


@st.cache_data(max_entries=4, show_spinner=False)
def _arms(path: str) -> list[ArmCurve]:
    return curves_of(read_rows(Path(path)))


def _about(name: str) -> dict[str, Any]:
    path = ASSETS_DIR / "lessons" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
