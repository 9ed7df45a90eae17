"""A long recording cut into its sounds: shown as bars, each to keep or to drop before anything is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from esc_core import audio, colours, features
from esc_core.dataset.own import NewSound, OwnSet
from esc_core.dataset.own.cuts import PAUSE, PAUSES, Cut, find_cuts
from esc_core.errors import EscError
from esc_core.words import counted, duration
from ui import loaders, memory
from ui.clip.picture import TOP_DB, for_the_eye
from ui.clip_grid import MAX_CARDS, ClipCard, clip_grid
from ui.literal import named
from ui.own.cards import key_of
from ui.own.notes import failed, quoted, say
from ui.player import Guess, player
from ui.player.make_track import make_track

KEEP, DROP = "keep", "drop"

_WAITING = "own:waiting"


@dataclass(frozen=True, eq=False)
class Long:
    """A recording that waits to be cut.

    Attributes
    ----------
    id : str
        Differs between recordings.
    title : str
        Its name for the user.
    y : numpy.ndarray, shape (n,), float32
        Waveform.
    sr : int
        Its rate in Hz.
    key : str
        Key of the set to which its sounds will be added.
    category : str
        Their category.
    source : str
        Where it comes from, as a sample's `source`.
    group : str or None
        Group of its sounds; one of its own if None.
    """

    id: str
    title: str
    y: np.ndarray
    sr: int
    key: str
    category: str
    source: str
    group: str | None = None


def wait(recording: Long) -> None:
    """Have a recording cut, after those that wait already; it is kept until it is saved or discarded."""
    _waiting().append(recording)


def _waiting() -> list[Long]:
    things: list[Long] = memory.kept().setdefault(_WAITING, [])
    return things


def show_waiting(own: OwnSet) -> None:
    """Show the first recording of a set that waits to be cut."""
    mine = [recording for recording in _waiting() if recording.key == own.key]
    if not mine:
        return
    first = mine[0]
    with st.container(border=True, key="own_cutting"):
        more = f" {counted(len(mine) - 1, 'more recording waits', 'more recordings wait')}." if len(mine) > 1 else ""
        st.markdown(
            f"**Cut {quoted(first.title)}** ({duration(first.y.size / first.sr)}) into sounds for "
            f"**{named(first.category)}**. Nothing is stored yet.{more}"
        )
        pause = st.slider(
            "Pause that parts two sounds", *PAUSES, PAUSE, 0.1, format="%.1f s", key=f"own:pause:{first.id}", width=320,
            persist_state="session", help="A longer pause joins sounds that follow each other quickly, such as knocks.",
        )  # fmt: skip
        cuts = find_cuts(first.y, first.sr, pause=pause)
        _show(own, first, cuts, pause)


def _show(own: OwnSet, recording: Long, cuts: Sequence[Cut], pause: float) -> None:
    kept: list[int] = []
    if cuts:
        kept = _choose(recording, cuts, pause)
    else:
        st.warning("There is no sound in this recording.", icon=":material/hearing_disabled:")
    with st.container(horizontal=True):
        if cuts:
            n = counted(len(kept), "sound", "sounds")
            st.button(
                f"Save {n}", icon=":material/save:", type="primary", disabled=not kept, key="own:save_cuts",
                on_click=_save, args=(own, recording, [cuts[i] for i in kept]),
            )  # fmt: skip
        st.button(
            "Discard the recording", icon=":material/close:", key="own:discard_cuts", on_click=_forget,
            args=(recording,),
        )  # fmt: skip


def _choose(recording: Long, cuts: Sequence[Cut], pause: float) -> list[int]:
    """Let the user keep or drop each cut, and show both kinds as bars below the recording; return those kept."""
    above, numbers = st.container(), list(range(len(cuts)))
    kept = st.pills(
        "Keep these; press one to drop it", numbers, selection_mode="multi", default=numbers,
        format_func=lambda i: f"{i + 1} · {cuts[i].seconds:.1f} s", key=f"own:keep:{recording.id}:{pause}",
        persist_state="session",
    )  # fmt: skip
    with above:
        press = _cards(recording, cuts, kept)
        _player(recording, cuts, kept, heard=press)
    return sorted(kept)


def _cards(recording: Long, cuts: Sequence[Cut], kept: Sequence[int]) -> tuple[int, str] | None:
    """Show the first cuts as cards; return which one was asked for with ▸, and the token of the press."""
    cards = [
        ClipCard(
            card_id=str(i),
            title=str(i + 1),
            subtitle=KEEP if i in kept else DROP,
            picture=_picture(recording.id, cut, _recording=recording),
            color=colours.CORRECT if i in kept else colours.GREY,
            tip=f"Sound {i + 1}, from {cut.start:.1f} to {cut.end:.1f} s: {KEEP if i in kept else DROP}",
        )
        for i, cut in enumerate(cuts[:MAX_CARDS])
    ]
    press = clip_grid(cards, key=f"own:cuts:{recording.id}", label="Sounds of the recording")
    return (int(press.card_id), press.token) if press is not None and press.play else None


@st.cache_data(scope="session", max_entries=200, show_spinner=False)
def _picture(recording_id: str, cut: Cut, _recording: Long) -> bytes:
    return loaders.thumbnail(cut.of(_recording.y, _recording.sr), _recording.sr)


def _player(recording: Long, cuts: Sequence[Cut], kept: Sequence[int], *, heard: tuple[int, str] | None) -> None:
    """Show the whole recording with its cuts, or the one cut that was asked for."""
    if heard is not None:
        cut = cuts[heard[0]]
        y, label, guesses = cut.of(recording.y, recording.sr), f"sound {heard[0] + 1}", []
    else:
        y, label = recording.y, recording.title
        colour = {KEEP: colours.CORRECT, DROP: colours.GREY}
        named_cuts = [(cut, KEEP if i in kept else DROP) for i, cut in enumerate(cuts)]
        guesses = [Guess(cut.start, cut.end, what, 1.0, colour[what]) for cut, what in named_cuts]
    config = for_the_eye(recording.sr)
    level = features.mel_power(audio.resample(y, orig_sr=recording.sr, target_sr=config.sr), config)
    level_db = features.log_mel_db(level, top_db=TOP_DB)
    track = make_track(y, recording.sr, level_db, config, label=label, color=colours.GREY)
    player(
        key="own:cut_player", tracks=[track], guesses=guesses, height=120, autoplay_token=heard[1] if heard else None
    )


def _save(own: OwnSet, recording: Long, cuts: Sequence[Cut]) -> None:
    """Store the cuts in one group, all of them or none; then the recording still waits."""
    before = own.counts().get(recording.category, (0, 0.0))[0] if recording.source == "microphone" else 0
    group = recording.group or f"row-{key_of(recording.id)}"
    sounds = [
        NewSound(
            y=cut.of(recording.y, recording.sr), sr=recording.sr, category=recording.category,
            title=f"{recording.title} {before + i}", source=recording.source, group=group,
        )
        for i, cut in enumerate(cuts, start=1)
    ]  # fmt: skip
    there = {sample.id for sample in own.samples}
    try:
        saved = {sample.id for sample in own.add_samples(sounds)} - there
    except EscError as error:
        failed(str(error))
        return
    _forget(recording)
    if len(saved) < len(cuts):
        failed(f"{recording.category} has {counted(len(cuts) - len(saved), 'of the sounds', 'of the sounds')} already.")
    if saved:
        say(
            f"{counted(len(saved), 'sound was', 'sounds were')} saved to {named(recording.category)}, as one recording."
        )


def _forget(recording: Long) -> None:
    things = memory.kept()
    things[_WAITING] = [other for other in _waiting() if other.id != recording.id]
    _picture.clear()
