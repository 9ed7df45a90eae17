"""The Augment page: how a change to the sound affects the model's response."""

import streamlit as st

from ui.augment.bench import bench
from ui.augment.sound import selected_sound
from ui.frame import starter
from ui.frame.header import header
from ui.frame.notebooks import offer_notebooks

starter.start_if_needed()
dataset, card = header("Augment", "How does a change to the sound affect the model's response?")
starter.show_progress(dataset)
sound = selected_sound(dataset)
if sound is None:
    st.stop()
bench(sound, dataset, card)
st.caption(
    "**Try this:** choose a clock, open “The model's response”, and stretch the time. At which tempo is it no longer a "
    "clock – for the model, and for you?"
)
offer_notebooks("augment")
