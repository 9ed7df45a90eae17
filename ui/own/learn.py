"""Learning in seconds, and what came of it: accuracy on held-out samples, mistakes to hear, the learning curve."""

from __future__ import annotations

import re
from functools import partial

import pandas as pd
import streamlit as st

from esc_core import colours
from esc_core.dataset.own import OwnSet, Sample
from esc_core.dataset.own.names import is_background
from esc_core.dataset.provenance import state_of
from esc_core.disk.tables import defused
from esc_core.errors import EscError
from esc_core.inference.certainty import NOT_SURE, none_of
from esc_core.models.card import Card
from esc_core.plots.training import confusion_figure
from esc_core.training import quick
from esc_core.training.quick import compared
from esc_core.training.quick.result import NO_TEST, Result, from_dict
from esc_core.training.quick.scores import Scores
from esc_core.training.runs.listing import list_runs
from esc_core.training.runs.run import Run
from esc_core.words import counted, percent, percent_interval, percent_number, readable, rough_duration
from ui import loaders, state
from ui.answer.matrix import cell_of, click, options
from ui.answer.prediction import PLOTLY
from ui.classroom.rights import Action, may
from ui.frame.navigation import PAGES, turn_to
from ui.literal import literal, show_error
from ui.own.cards import CONTAINER, chosen_sample, play_sample, sample_cards

ALL = "all mistakes"
"""Option for the samples of all cells off the diagonal."""


WITH_MODEL = ("classify", "live", "augment")
"""Pages that a model can be used on, as far as there are such pages."""


def use_links(card: Card, own: OwnSet) -> None:
    """Lead to the pages that use a model, with the model in use there."""
    link = {state.MODEL.name: card.name, state.MODEL_SET.name: own.key}
    for page in (PAGES[name] for name in WITH_MODEL if name in PAGES):
        st.page_link(page.file, label=page.title, icon=page.symbol, query_params=link)


def learnt_model(own: OwnSet) -> Card | None:
    """Return the card of the model that learnt a set last, even if the set has changed since; it has the result."""
    return next(iter(loaders.cards_of(own.key)), None)


def show_learn(own: OwnSet) -> None:
    """Show the button that learns, and the result.

    Parameters
    ----------
    own : OwnSet
        The set.
    """
    with_samples = [name for name, (n, _) in own.counts().items() if n and not is_background(name)]
    if len(with_samples) < 2:
        st.info(
            "A model needs at least two categories with samples to tell apart, beside the background.",
            icon=":material/mic:",
        )
        return
    pressed = _buttons(own)
    if pressed:
        _learn(own)
    card = learnt_model(own)
    learnt = from_dict(card.details.get("result")) if card else None
    if card is None or learnt is None:
        for remark in own.remarks():
            st.caption(f":material/info: {literal(remark)}")
        return
    if learnt.learnt_from != state_of(own.dataset()):
        st.warning("The data set has changed since the model learnt. Learn again.", icon=":material/update:")
    _show(own, card, learnt)


def _buttons(own: OwnSet) -> bool:
    """Show the quick way and the slow way side by side; return whether the quick one was pressed."""
    with st.container(horizontal=True, vertical_alignment="center", key="own_learn"):
        pressed = st.button(
            "Learn", icon=":material/school:", type="primary", key="own:learn",
            help="A network that has heard many other sounds learns yours on top. This takes seconds.",
        )  # fmt: skip
        scratch = may(Action.START_RUN) and st.button(
            "Train from scratch", icon=":material/model_training:", type="tertiary", key="own:scratch",
            help="The slow way: a network that has never heard anything. It takes minutes, on the Train page. Everyone "
            "who can open this app can see and hear a run there.",
        )  # fmt: skip
    if scratch:
        turn_to(PAGES["train"], {state.DATA.name: own.key, state.SHOW.name: "Set it up"})
    return pressed


def _learn(own: OwnSet) -> None:
    """Learn, with the progress in sight, and store the model, which keeps the result."""
    before = learnt_model(own)
    bar = st.progress(0.0, "Loading the network – only the first time takes this long.")

    def tell(doing: str, done: int, total: int) -> None:
        bar.progress(done / max(total, 1), f"{doing.capitalize()}: {done} of {total}")

    try:
        learnt = quick.learn(own.dataset(), progress=tell)
        bar.progress(1.0, "Storing the model")
        name = loaders.model_folder(before.name).name if before else model_name(own.name)
        quick.save(learnt, own.models_dir / name)
    except EscError as error:
        bar.empty()
        show_error(error)
        return
    bar.empty()


def model_name(name: str) -> str:
    """Return a name as that of a model's folder: "My sounds" becomes "my-sounds"."""
    return re.sub(r"[^\w.-]+", "-", name.lower()).strip("-._") or "my-sounds"


def _show(own: OwnSet, card: Card, learnt: Result) -> None:
    st.subheader(headline(learnt), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", key="own_try"):
        st.markdown("**Try it in**", width="content")
        use_links(card, own)
    st.markdown(literal(_chance(learnt)))
    st.caption(
        f"Learnt in {rough_duration(learnt.seconds)} on what {literal(readable(learnt.base))} has heard before "
        f"({literal(learnt.heard)})."
    )
    for remark in learnt.remarks:
        if remark != NO_TEST:
            st.caption(f":material/info: {literal(remark)}")
    _against_scratch(own, card, learnt)
    scores = learnt.scores
    if scores is None:
        return
    _mistakes(own, learnt, scores)
    left, right = st.columns(2, gap="large")
    with left:
        _curve(scores)
    with right:
        _recall(learnt, scores)
    st.caption(
        f"The model answers {percent(scores.answered)} of the held-out samples, and {percent(scores.wrong)} of these "
        f"answers are wrong. To the others it says “{NOT_SURE}” or “{none_of(learnt.categories)}”."
    )


def headline(learnt: Result) -> str:
    """Return the result in one line: "94% of 30 held-out samples are correct"."""
    scores = learnt.scores
    if scores is None:
        return "It has learnt your sounds, but no test was possible"
    n = counted(scores.n, "held-out sample is", "held-out samples are")
    return f"{percent(scores.accuracy)} of {n} correct"


def _chance(learnt: Result) -> str:
    scores = learnt.scores
    if scores is None:
        return NO_TEST
    return (
        f"On other recordings the share is probably {percent_interval(scores.interval)} (95% interval). "
        f"Chance: {percent(1 / len(learnt.categories))}. Each sample was answered by a network that had not heard its "
        "recording."
    )


def _mistakes(own: OwnSet, learnt: Result, scores: Scores) -> None:
    """Show the confusion matrix, and beside it the mistakes of the selected cell, to hear."""
    key = f"own:cell:{own.key}"
    cells = {ALL: ALL} | options(scores.confusion, learnt.categories)
    if st.session_state.get(key, ALL) not in cells:
        st.session_state[key] = ALL
    chosen = st.session_state.get(key, ALL)
    cell = None if chosen == ALL else cell_of(chosen)
    left, right = st.columns([6, 5], gap="large")
    with left:
        st.markdown("**Confusion** – click a cell, or choose it in the list, to hear its mistakes")
        chart = f"own:confusion:{own.key}"
        n_correct = int(scores.confusion.trace())
        st.plotly_chart(
            confusion_figure(scores.confusion, learnt.categories, chosen=cell), key=chart, config=PLOTLY,
            on_select=partial(click, chart, key), selection_mode="points",
            alt=f"Confusion matrix: {n_correct} of {scores.n} samples are classified correctly",
        )  # fmt: skip
    with right:
        st.selectbox(
            "Samples", cells, format_func=lambda name: cells[name], key=key, persist_state="session",
            help="The cells of the matrix that hold samples; the most frequent mistake comes first.",
        )  # fmt: skip
        _hear(own, learnt, scores, cell)


def _hear(own: OwnSet, learnt: Result, scores: Scores, cell: tuple[int, int] | None) -> None:
    """Show the held-out samples of a cell as cards, or all mistakes."""
    wrong = {mistake.clip_id: mistake for mistake in scores.mistakes}
    learnt_as = dict(zip(scores.ids, scores.categories, strict=True))
    by_id = {sample.id: sample for sample in own.samples if sample.id in learnt_as}
    if cell is None:
        shown = [by_id[name] for name in wrong if name in by_id]
    else:
        true, guess = learnt.categories[cell[0]], learnt.categories[cell[1]]
        of_true = [sample for sample in by_id.values() if learnt_as[sample.id] == true]
        shown = [s for s in of_true if (wrong[s.id].taken_for if s.id in wrong else true) == guess]
    if not shown:
        st.success("There are no mistakes on these samples.", icon=":material/check_circle:")
        return

    def says(sample: Sample) -> str:
        if mistake := wrong.get(sample.id):
            return f"✗ {readable(mistake.taken_for)}, {percent(mistake.prob)}"
        return f"✓ {readable(learnt_as[sample.id])}"

    above = st.container(key=CONTAINER)
    sample_cards(own, shown, key=f"own:mistakes:{own.key}", label="Samples of the cell", says=says)
    if chosen := chosen_sample(shown):
        with above:
            play_sample(own, chosen)


def _curve(scores: Scores) -> None:
    """Show accuracy against samples per category."""
    st.markdown("**Accuracy by samples per category** – in percent, on the same held-out samples")
    rows = [
        {
            "samples per category": point.n,
            "accuracy": percent_number(point.accuracy),
            "lowest": percent_number(point.interval[0]),
            "highest": percent_number(point.interval[1]),
        }
        for point in scores.curve
    ]
    if len(rows) < 2:
        st.caption("With more samples, a curve here shows how much each new one helps.")
        return
    said = ", ".join(f"{row['samples per category']}: {row['accuracy']:.0f}%" for row in rows)
    st.line_chart(
        pd.DataFrame(rows), x="samples per category", y=["accuracy", "lowest", "highest"], y_label="percent",
        color=[colours.BLUE, colours.GREY, colours.GREY], height=260, alt=f"Accuracy by samples per category: {said}",
    )  # fmt: skip
    st.caption("The grey lines bound the 95% interval.")


def _recall(learnt: Result, scores: Scores) -> None:
    st.markdown("**Each category** – share of its held-out samples that are classified correctly")
    recall = {name: scores.recall.get(name) for name in learnt.categories}
    table = pd.DataFrame(
        {
            "category": [readable(name) for name in recall],
            "recall": [None if value is None else percent_number(value) for value in recall.values()],
            "samples": scores.confusion.sum(axis=1),
        }
    )
    st.dataframe(
        defused(table), hide_index=True, alt="Recall of each category", placeholder="not tested",
        column_config={"recall": st.column_config.ProgressColumn(format="%.0f%%", min_value=0, max_value=100)},
    )  # fmt: skip


def _against_scratch(own: OwnSet, card: Card, learnt: Result) -> None:
    """Say what hearing other sounds before brings, where networks were trained from scratch on the same set."""
    runs = [run for run in list_runs() if _is_of(run, own) and run.status().state == "done"]
    if not runs or learnt.scores is None:
        return
    try:
        text = compared.sentence(learnt, compared.correct_from_scratch(reversed(runs), own.dataset(), like=card))
    except EscError as error:
        text = str(error)
    st.markdown(f":material/compare_arrows: {literal(text)}")


def _is_of(run: Run, own: OwnSet) -> bool:
    try:
        return run.data_dir.resolve() == own.folder.resolve()
    except (EscError, OSError, KeyError):  # a damaged run
        return False
