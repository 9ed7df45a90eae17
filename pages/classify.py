"""Classify: record, upload or choose a sound, and see the model's answer."""

from functools import partial

import streamlit as st

from esc_core import audio
from esc_core.errors import EscError
from esc_core.inference.classify import was_trained_on
from ui import loaders, state
from ui.answer.prediction import mark_wrong, show_answer
from ui.classify.all_models import all_models
from ui.classify.files import show_files
from ui.classify.uploads import uploads
from ui.clip.bar import clip_bar
from ui.clip.picker import pick_clip
from ui.frame.header import header
from ui.frame.notebooks import offer_notebooks
from ui.literal import show_error
from ui.microphone import record_clip

SOURCES = {
    "microphone": ":material/mic: Microphone",
    "files": ":material/upload_file: Files",
    "clip": ":material/library_music: A clip of the data set",
}
TRY_THIS = {
    "microphone": "clap three times, then knock on the table. Of which sound is the model less sure?",
    "files": "take a sound that belongs to no category, such as a flute. Does the model admit that it does not know?",
    "clip": "find a clip of wind that the model takes for something else. Would you have recognised it?",
}
PRIVACY = "The sound stays with the computer that runs this app."

dataset, card = header("Classify", "Which sound does the model recognise, and how sure is it?")
if card is None:
    st.info("There is no trained model here yet.", icon=":material/neurology:")
    st.stop()
source = st.segmented_control(
    "Where the sound comes from", state.SOURCE.allowed, format_func=SOURCES.get,
    default=state.SOURCE.read(), required=True, key="source", label_visibility="collapsed",
)  # fmt: skip
state.SOURCE.write(source)


def from_microphone() -> None:
    """Record a sound and show the answer."""
    st.caption(PRIVACY)
    try:
        recording = record_clip(key="microphone")
        loaders.predictor(card.name)  # now, so that it is ready when the recording is
        if recording is None:
            return
        prediction = loaders.predictor(card.name).predict(recording.y, recording.sr)
    except EscError as error:
        show_error(error, icon=":material/hearing_disabled:")
        return
    if recording.filtered:
        st.warning(
            "The browser kept its voice filter on, which can remove sounds such as rain and fans.",
            icon=":material/mic_alert:",
        )
    show_answer(recording.y, recording.sr, prediction, card, label="recording", known_as=None, key="recorded")
    all_models(recording.y, recording.sr, card, key="recorded", known_as=None)
    st.download_button(
        "Download the recording", partial(audio.to_wav_bytes, recording.y, recording.sr), "recording.wav", "audio/wav",
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def from_files() -> None:
    """Classify files."""
    if files := uploads(PRIVACY):
        show_files(files, card)


def from_clip() -> None:
    """Classify a clip of the data set; one of ESC-50 by the network that was not trained on its fold."""
    clip = pick_clip(dataset)
    if clip is None:
        return
    clip_bar(clip, here="classify")
    try:
        y, sr, prediction, known_as = loaders.clip_answer(dataset, clip, model=card.name)
    except EscError as error:
        show_error(error, icon=":material/hearing_disabled:")
        return
    siblings = dataset.sibling_ids(clip)
    clip_id = known_as or clip.clip_id
    seen = was_trained_on(card, clip_id, name=clip.filename, siblings=siblings, synthetic=dataset.synthetic)
    mark_wrong(prediction, clip.category)
    show_answer(y, sr, prediction, card, label=clip.clip_id, known_as=known_as, key="clip", seen_in_training=seen)
    all_models(
        y, sr, card, key="clip", known_as=known_as,
        clip_id=clip_id, name=clip.filename, siblings=siblings, category=clip.category, synthetic=dataset.synthetic,
    )  # fmt: skip


{"microphone": from_microphone, "files": from_files, "clip": from_clip}[source]()
st.caption(f"**Try this:** {TRY_THIS[source]}")
offer_notebooks("classify")
