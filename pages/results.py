"""What is true: mel or waveform, which augmentation, and how much of a score of 95% comes from a leak."""

import streamlit as st

from ui import state
from ui.frame import starter
from ui.frame.header import header
from ui.frame.notebooks import offer_notebooks
from ui.results.claims import show_claims
from ui.results.people import show_people
from ui.results.published import show_published
from ui.results.questions import show_questions
from ui.results.scorer import show_scorer

CLAIMS, QUESTIONS, PEOPLE = "The claims", "Question by question", "Model and people"
PUBLISHED, SCORER = "Published results", "Score your own"
TRY_THIS = {
    CLAIMS: "before you read the numbers, write down which claims you believe.",
    QUESTIONS: "find a difference whose interval includes zero. What would you need to decide it?",
    PEOPLE: "sort by the largest difference. Which sounds does the model classify better than people, and why?",
    PUBLISHED: "find the best score whose epoch was certainly not chosen on the test fold.",
    SCORER: "fill in the empty form with “dog” in every row, and compare the score with chance.",
}

starter.start_if_needed()
dataset, _ = header("Results", "What is true? Mel or waveform, which augmentation, how much of a 95% is a leak?")
starter.show_progress(dataset)
if dataset is None:
    st.stop()

view = st.segmented_control(
    "Results", state.RESULTS.allowed, default=state.RESULTS.default, required=True, label_visibility="collapsed",
    **state.RESULTS.bind(),
)  # fmt: skip

if view == CLAIMS:
    show_claims()
elif view == QUESTIONS:
    show_questions()
elif view == PEOPLE:
    show_people(dataset)
elif view == PUBLISHED:
    show_published()
else:
    show_scorer()
st.caption(f"**Try this:** {TRY_THIS[view]}")
offer_notebooks("results")
