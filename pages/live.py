"""Live: listen to what is around, and see what the model recognises while it sounds."""

import streamlit as st

from esc_core.errors import EscError
from ui import state
from ui.frame.header import header
from ui.literal import show_error
from ui.live import file, log, pick
from ui.live.board import board
from ui.live.session import heard
from ui.live.settings import choose_settings
from ui.microphone import is_listening, listen

SOURCES = {"microphone": ":material/mic: Microphone", "file": ":material/audio_file: A file as if it were live"}
PAUSED = "live:paused"
PRIVACY = "The sound stays with the computer that runs this app. Nothing is saved unless you save it."

dataset, card = header("Live", "What is around you now?")
if card is None:
    st.info("There is no trained model here yet.", icon=":material/neurology:")
    st.stop()
try:
    session = heard(card)
except EscError as error:
    show_error(error)
    st.stop()
with st.container(horizontal=True, vertical_alignment="center"):
    source = st.segmented_control(
        "Where the sound comes from", state.HEAR.allowed, format_func=SOURCES.get, default=state.HEAR.read(),
        required=True, key="live:source", label_visibility="collapsed",
    )  # fmt: skip
    state.HEAR.write(source)
    st.toggle("Pause", key=PAUSED, persist_state="session", help="Nothing is listened to meanwhile.")
    large = st.toggle("Large", **state.LARGE.bind(), help="For a projector.")
    with st.popover("Settings", icon=":material/tune:", help="Which sounds to listen for, how sure, and alarms."):
        session.apply(choose_settings(card))
upload = file.choose_file() if source == "file" else None
listed = bool(session.log)


@st.fragment(run_every=0.5 if upload else None)
def now() -> None:
    """Listen to what has come in since the last run, and show it."""
    # read here: the switch takes effect with the next piece of sound, before the whole page has run again
    paused = bool(st.session_state.get(PAUSED))
    try:
        if source == "microphone":
            session.take_chunks(listen(key="live"), paused=paused)
            if not is_listening(key="live"):
                session.finish()
        elif upload:
            file.play(session, upload, paused=paused)
    except EscError as error:
        show_error(error, icon=":material/hearing_disabled:")
    pressed = board(session, card, large=large, paused=paused, beep=bool(st.session_state.get(state.BEEP.name)))
    if pressed is not None:
        pick.pick(pressed)
        st.rerun()
    if bool(session.log) != listed:  # the list below is not empty any more, or it is again
        st.rerun()


now()
st.caption(PRIVACY)
pick.show_picked(session, card)
log.offer_log(session)
st.caption("**Try this:** snap your fingers, cough, then knock on the table. How long does a name take to appear?")
