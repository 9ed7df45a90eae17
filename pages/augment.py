"""What does a change to the sound do to the model's mind."""

import streamlit as st

from ui import starter
from ui.augment.bench import bench
from ui.augment.sound import selected_sound
from ui.header import header

starter.start_if_needed()
dataset, card = header("Augment", "What does a change to the sound do to the model's mind?")
starter.show_progress(dataset)
sound = selected_sound(dataset)
if sound is None:
    st.stop()
bench(sound, dataset, card)
st.caption(
    "**Try this:** take a clock, open “What the model thinks”, and stretch the time. At which tempo is it no clock any "
    "more – for the model, and for you?"
)
