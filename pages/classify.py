"""Classify: record, upload or choose a sound, and see the model's answer."""

import pandas as pd
import streamlit as st

from esc_core.config import CONTAINER_NAMES, AudioLimits
from esc_core.errors import EscError
from esc_core.inference import Prediction
from esc_core.inference.background import NOTHING
from esc_core.inference.certainty import NOT_SURE
from esc_core.words import readable
from ui import loaders, state
from ui.clip.bar import clip_bar
from ui.clip.picker import pick_clip
from ui.header import header
from ui.literal import literal
from ui.microphone import record_clip
from ui.prediction import show_answer

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
        st.error(str(error), icon=":material/hearing_disabled:")
        return
    if recording.filtered:
        st.warning(
            "The browser kept its voice filter on, which can remove sounds such as rain and fans.",
            icon=":material/mic_alert:",
        )
    show_answer(recording.y, recording.sr, prediction, card, label="recording", known_as=None, key="recorded")


def from_files() -> None:
    """Classify files: show one answer for one file, and a table for several."""
    files = st.file_uploader(
        "Sound files", accept_multiple_files=True, key="files", label_visibility="collapsed",
        help=f"Up to {AudioLimits().largest_file} each.",
    )  # fmt: skip
    st.caption(f"{CONTAINER_NAMES}. {PRIVACY}")
    answers = {}
    rows = []
    for i, file in enumerate(files):
        try:
            answers[i] = loaders.answer(file.getvalue(), name=file.name, model=card.name)
            rows.append(row(file.name, answers[i].prediction))
        except EscError as error:
            st.error(f"**{literal(file.name)}** – {error}", icon=":material/hearing_disabled:")
            rows.append({"file": file.name, "error": str(error)})
    if len(files) > 1:
        table(rows)
    if answers:
        chosen = next(iter(answers))
        if len(answers) > 1:
            chosen = st.selectbox("Show in detail", answers, format_func=lambda i: files[i].name)
        answer = answers[chosen]
        known_as = answer.known_as
        show_answer(
            answer.y, answer.sr, answer.prediction, card, label=files[chosen].name, known_as=known_as, key="file",
            seen_in_training=known_as is not None and card.seen_in_training(known_as),
        )  # fmt: skip


def row(name: str, prediction: Prediction) -> dict[str, object]:
    """Return a file's row of the table and of the CSV file."""
    values: dict[str, object] = {"file": name, NOT_SURE: prediction.not_sure, NOTHING: prediction.nothing}
    for i, (category, prob) in enumerate([] if prediction.nothing else prediction.top(3), start=1):
        values |= {f"guess {i}": readable(category), f"probability {i}": round(prob, 4)}
    return values | {"remarks": " ".join(prediction.remarks), "error": ""}


def table(rows: list[dict[str, object]]) -> None:
    """Show the answers to all files, and the table as a download."""
    frame = pd.DataFrame(rows)
    st.dataframe(frame, hide_index=True, placeholder="–")
    st.download_button(
        "Download as CSV",
        frame.to_csv(index=False),
        "guesses.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def from_clip() -> None:
    """Classify a clip of the data set; one of ESC-50 by the network that was not trained on its fold."""
    clip = pick_clip(dataset)
    if clip is None:
        return
    clip_bar(clip, here="classify")
    try:
        y, sr, prediction, known_as = loaders.clip_answer(dataset, clip, model=card.name)
    except EscError as error:
        st.error(str(error), icon=":material/hearing_disabled:")
        return
    seen = card.seen_in_training(clip.clip_id, synthetic=dataset.synthetic)
    show_answer(y, sr, prediction, card, label=clip.clip_id, known_as=known_as, key="clip", seen_in_training=seen)


{"microphone": from_microphone, "files": from_files, "clip": from_clip}[source]()
st.caption(f"**Try this:** {TRY_THIS[source]}")
