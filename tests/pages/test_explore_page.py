"""The Explore page without a browser: filters, pages of cards, table, overview, guessing, and errors."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from esc_core.dataset import Dataset, load_dataset
from esc_core.escape import WORD_JOINER
from tests.browser.serve import ROOT
from tests.small_runs import write_tones
from tests.small_starter import write_small_starter
from ui import loaders
from ui.answer.people import human_recall, people_sentence
from ui.clip.choices import five_choices
from ui.explore.filters import matching

SECONDS = 170  # AppTest's limit; the machine may be busy


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_starter(tmp_path_factory.mktemp("data") / "starter")


@pytest.fixture(scope="module")
def dataset(folder: Path) -> Dataset:
    return load_dataset(folder)


@pytest.fixture
def app(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Make the app on a part of the starter set, without a model; not yet run."""
    monkeypatch.setenv("ESC50_DIR", str(folder))
    monkeypatch.setattr(loaders, "cards", list)
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)


@pytest.fixture
def app_with_model(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Make the app on the same clips, with the models on this machine."""
    monkeypatch.setenv("ESC50_DIR", str(folder))
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)


def opened(app: AppTest, **parameters: str | list[str]) -> AppTest:
    """Run the app by a link with these parameters."""
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def count_line(app: AppTest) -> str:
    """Return the line that says which clips are shown."""
    return next(caption.value for caption in app.caption if " clips" in caption.value)


def button(app: AppTest, label: str):
    """Find a button by its label."""
    return next(button for button in app.button if button.label == label)


def in_url(app: AppTest, name: str) -> str | None:
    """Return a parameter of the URL."""
    value = app.query_params.get(name)
    return value[0] if isinstance(value, list) else value


def texts(elements) -> str:
    """Join the texts of some elements."""
    return "\n".join(element.value for element in elements)


def test_opens_on_cards_of_synthetic_sounds(app: AppTest, dataset: Dataset) -> None:
    """The first page of cards, clearly labelled, with the button for the real data beside it."""
    opened(app)
    assert app.title[0].value == "Explore"
    assert count_line(app) == f"1–24 of {len(dataset.clips)} clips"
    assert "synthetic" in texts(app.markdown)
    assert button(app, "Get ESC-50")
    assert "Synthetic" in app.button(key="data_chip").label


@pytest.mark.parametrize(
    ("parameters", "passes"),
    [
        ({"group": "animals"}, lambda clip: clip.group == "animals"),
        ({"group": ["animals", "urban"]}, lambda clip: clip.group in ("animals", "urban")),
        ({"category": "door wood knock"}, lambda clip: clip.category == "door_wood_knock"),
        ({"fold": "2"}, lambda clip: clip.fold == 2),
        ({"subset": "ESC-10"}, lambda clip: clip.esc10),
        ({"search": "WOOD door"}, lambda clip: clip.category == "door_wood_knock"),
        ({"search": "90001001"}, lambda clip: clip.src_file == "90001001"),
        (
            {"group": "nature", "fold": "1", "subset": "ESC-10"},
            lambda c: c.group == "nature" and c.fold == 1 and c.esc10,
        ),
    ],
)
def test_a_link_filters(app: AppTest, dataset: Dataset, parameters: dict, passes) -> None:
    """A link shows the clips of its filters."""
    expected = sum(map(passes, dataset.clips))
    assert 0 < expected < len(dataset.clips)
    assert f"of {expected} clips" in count_line(opened(app, **parameters))


def test_a_file_name_is_found(dataset: Dataset) -> None:
    """With its ending, as the table of the data set has it; letters may be small or large."""
    wanted = dataset.clips[7]
    found = matching(dataset, groups=[], category=None, folds=[], esc10=False, text=wanted.filename.upper())
    assert found == [wanted]


def test_a_nonsense_link_shows_everything(app: AppTest, dataset: Dataset) -> None:
    """Unknown names and pages are ignored."""
    opened(app, group="planets", fold="9", view="hologram", page="many", category="unicorn")
    assert count_line(app).startswith(f"1–24 of {len(dataset.clips)}")


def test_a_page_beyond_the_last_is_the_last(app: AppTest) -> None:
    """An old link to page 99 shows the last page."""
    assert count_line(opened(app, page="99")).startswith("121–136 of 136")
    assert count_line(opened(app, page="9" * 5000)).startswith("121–136 of 136")


def test_a_clip_that_is_not_here_is_named_as_it_is(app: AppTest) -> None:
    """A picture in the link's clip is not fetched from another machine."""
    opened(app, clip="![a](http://nowhere.test/a.png)")
    shown = rf"The clip \!\[a\](http://{WORD_JOINER}nowhere.test/a.png) is not in this data set"
    assert shown in app.warning[0].value


def test_filters_work_by_hand_and_start_at_the_first_page(app: AppTest) -> None:
    """A filter that is changed on page 2 leads to page 1."""
    opened(app, page="2")
    app.pills(key="group").set_value(["animals"]).run()
    assert count_line(app) == "1–20 of 20 clips"
    assert in_url(app, "page") is None


def test_categories_follow_the_group(app: AppTest) -> None:
    """With a group selected, only its categories are offered."""
    opened(app, group="human")
    assert app.selectbox(key="category").options == ["crying baby", "sneezing", "clapping", "breathing", "footsteps"]


def test_nothing_matches_and_one_click_helps(app: AppTest, dataset: Dataset) -> None:
    """An empty result gives a message and a button."""
    opened(app, search="no such sound")
    assert "No clip passes" in texts(app.info)
    button(app, "Clear the filters").click().run()
    assert not app.info
    assert f"of {len(dataset.clips)} clips" in count_line(app)


def test_pages_turn(app: AppTest) -> None:
    """Next and Previous turn, and stop at the ends."""
    opened(app)
    assert button(app, "Previous").disabled
    button(app, "Next").click().run()
    assert count_line(app).startswith("25–48 of")
    assert in_url(app, "page") == "2"
    opened(app, page="6")
    assert button(app, "Next").disabled


def test_clip_in_the_url_is_shown(app: AppTest, dataset: Dataset) -> None:
    """A link to a clip opens it, whatever page it is on; a synthetic one has no link to Freesound."""
    clip = dataset.clips[-1]
    opened(app, clip=clip.clip_id)
    assert clip.clip_id in texts(app.markdown)
    assert "freesound" not in texts(app.markdown)


def test_siblings_are_counted(app: AppTest, dataset: Dataset) -> None:
    """A clip with a sibling says so."""
    clip = next(clip for clip in dataset.clips if clip.take == "B")
    opened(app, clip=clip.clip_id)
    assert f"recording {clip.src_file} (2 clips)" in texts(app.markdown)
    assert "Same recording" in texts(app.markdown)


def test_unknown_clip_is_told(app: AppTest) -> None:
    """A link to a clip that is not in the data set gives a message."""
    opened(app, clip="9-1-A-1")
    assert "9-1-A-1 is not in this data set" in texts(app.warning)


@pytest.mark.parametrize("view", ["cards", "guess first"])
def test_broken_file_is_a_sentence(app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, view: str) -> None:
    """A file that is not sound breaks neither the grid nor the page nor the quiz."""
    (tmp_path / "audio").mkdir()
    (tmp_path / "meta").mkdir()
    (tmp_path / "audio" / "1-1-A-0.wav").write_bytes(b"no sound")
    table = "filename,fold,target,category,esc10,src_file,take\n1-1-A-0.wav,1,0,dog,True,1,A\n"
    (tmp_path / "meta" / "esc50.csv").write_text(table, encoding="utf-8")
    monkeypatch.setenv("ESC50_DIR", str(tmp_path))
    opened(app, clip="1-1-A-0", view=view)
    assert "1 of 1 clip can't be read: `python -m esc_core data validate` names it." in texts(app.markdown)
    if view == "cards":
        assert "1-1-A-0.wav can't be read" in texts(app.error)
    else:
        assert "None of these clips can be read" in texts(app.info)


@pytest.fixture
def damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    """Let a data set be in use in which the first clip of each category can't be read, and its table has semicolons."""
    root = write_tones(tmp_path / "tones", per_fold=1)
    for path in sorted((root / "audio").glob("1-*")):
        path.write_bytes(b"")
    table = root / "meta" / "esc50.csv"
    table.write_text(table.read_text().replace(",", ";"))
    monkeypatch.setenv("ESC50_DIR", str(root / "audio"))
    monkeypatch.setattr(loaders, "cards", list)
    return load_dataset(root)


def test_some_clips_cannot_be_read(damaged: Dataset) -> None:
    """They are counted, the others are shown, and the quiz never draws them."""
    app = opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS), view="guess first")
    assert "3 of 15 clips can't be read: `python -m esc_core data validate` names them." in texts(app.markdown)
    for _ in range(15):
        assert damaged.by_id[app.session_state["explore:round"].clip_id].fold > 1
        button(app, "Another sound").click().run()
    assert not app.exception
    app.button(key="data_chip").click().run()
    said = texts(app.markdown)
    assert "The columns of meta/esc50.csv are separated by semicolons." in said
    assert f"{damaged.root}/audio was named; the data set is in {damaged.root}." in said.replace("\\", "")


def test_a_bad_clip_is_not_offered_first(damaged: Dataset) -> None:
    """On other pages the first choice, and a random one, can be read; the bad ones are marked in the list."""

    def page() -> None:
        import streamlit as st

        from ui import loaders
        from ui.clip.picker import pick_clip

        st.text(pick_clip(loaders.dataset()).clip_id)

    app = AppTest.from_function(page, default_timeout=SECONDS).run()
    assert not app.exception
    assert app.text[0].value == "2-200-A-0"
    assert app.selectbox[1].options[:2] == ["1-100-A-0 · can't be read", "2-200-A-0 · fold 2"]
    for _ in range(15):
        button(app, "Random clip").click().run()
        assert not app.text[0].value.startswith("1-")


def test_table_lists_what_passes(app: AppTest, dataset: Dataset) -> None:
    """One row per clip, with the siblings counted."""
    opened(app, view="table", group="urban")
    table = app.dataframe[0].value
    expected = {clip.clip_id for clip in dataset.clips if clip.group == "urban"}
    assert set(table["clip"]) == expected
    assert set(table["siblings"]) == {0, 1}


def test_overview_sums_up_what_passes(app: AppTest, dataset: Dataset) -> None:
    """Groups, categories, and folds of the clips that pass."""
    opened(app, view="overview", fold="1")
    n_clips = sum(clip.fold == 1 for clip in dataset.clips)
    groups, categories, folds = (element.value for element in app.dataframe)
    assert groups["clips"].sum() == categories["clips"].sum() == folds["fold 1"].sum() == n_clips
    assert folds["fold 2"].sum() == 0
    assert categories["category"].tolist()[0] == "dog"
    assert {metric.label: metric.value for metric in app.metric}["Clips"] == str(n_clips)


@pytest.mark.filterwarnings("ignore:Empty filters:UserWarning")  # the page says it in its own words
def test_own_settings_stand_beside_the_models(app: AppTest, dataset: Dataset) -> None:
    """Sliders for everything, each with the model's value; an impossible choice is corrected, with a message."""
    opened(app, clip=dataset.clips[0].clip_id)
    app.segmented_control(key="picture").set_value("own settings").run()
    assert not app.exception
    assert "model: 1024 at 16 kHz" in texts(app.caption)
    app.select_slider(key="n_fft").set_value(128)
    app.select_slider(key="hop_length").set_value(2048)
    app.select_slider(key="n_mels").set_value(256)
    app.select_slider(key="edges:22050").set_value(("4 kHz", "4 kHz")).run()
    assert not app.exception
    assert "longer than the frame" in texts(app.caption)
    assert "Dark rows" in texts(app.caption)
    app.segmented_control(key="picture").set_value("the model's input").run()
    assert "64 mel bands from 20 to 8000 Hz" in texts(app.caption)


class TestGuess:
    def test_a_correct_answer_counts(self, app: AppTest, dataset: Dataset) -> None:
        """Five categories, one of them correct; the user's score is shown beside other people's."""
        opened(app, view="guess first")
        choices = [app.button(key=f"choice:{i}").label for i in range(5)]
        assert len(set(choices)) == 5
        answer = dataset.by_id[app.session_state["explore:round"].clip_id].category.replace("_", " ")
        app.button(key=f"choice:{choices.index(answer)}").click().run()
        assert not app.exception
        assert f"Correct:] {answer}" in texts(app.subheader)
        assert people_sentence(answer, human_recall()[answer.replace(" ", "_")], synthetic=True) in texts(app.markdown)
        tally = {metric.label: metric.value for metric in app.metric}
        assert tally["You"] == "1 of 1"
        assert tally["People"].endswith("of 1")
        assert "The model" not in tally

    def test_a_wrong_answer_is_told_and_the_next_round_is_another(self, app: AppTest, dataset: Dataset) -> None:
        """Both categories are shown; the clip is then selected; the next sound is a new one."""
        opened(app, view="guess first")
        first = app.session_state["explore:round"].clip_id
        answer = dataset.by_id[first].category.replace("_", " ")
        wrong = next(i for i in range(5) if app.button(key=f"choice:{i}").label != answer)
        app.button(key=f"choice:{wrong}").click().run()
        assert f"it is {answer}" in texts(app.subheader)
        assert in_url(app, "clip") == first
        button(app, "Play the next sound").click().run()
        assert app.session_state["explore:round"].clip_id != first
        assert app.session_state["explore:round"].token
        assert app.button(key="choice:0")

    def test_the_first_sound_is_the_first_question(self, app: AppTest) -> None:
        """The first press plays the sound that is shown, with the same choices; only "Another sound" draws again."""
        opened(app, view="guess first")
        first = app.session_state["explore:round"].clip_id
        choices = [app.button(key=f"choice:{i}").label for i in range(5)]
        button(app, "Play the sound").click().run()
        assert app.session_state["explore:round"].clip_id == first
        assert app.session_state["explore:round"].token
        assert [app.button(key=f"choice:{i}").label for i in range(5)] == choices
        button(app, "Another sound").click().run()
        assert app.session_state["explore:round"].clip_id != first
        assert not app.metric, "a sound that was skipped does not count"

    def test_the_answer_is_nowhere_before_it_is_given(self, app: AppTest) -> None:
        """Neither the clip's id nor the player of the selected clip is on the page."""
        opened(app, view="guess first")
        assert app.session_state["explore:round"].clip_id not in texts(app.markdown) + texts(app.caption)
        assert in_url(app, "clip") is None

    def test_sounds_come_from_what_passes_the_filters(self, app: AppTest, dataset: Dataset) -> None:
        """With a group selected, its sounds are asked, and categories of all groups are offered."""
        opened(app, view="guess first", group="nature")
        for _ in range(3):
            assert dataset.by_id[app.session_state["explore:round"].clip_id].group == "nature"
            button(app, "Another sound").click().run()

    def test_the_model_guesses_too(self, app_with_model: AppTest) -> None:
        """After the answer, the model shows its guess and has a score of its own."""
        if not loaders.cards():
            pytest.skip("no trained model is here")
        app = opened(app_with_model, view="guess first")
        app.button(key="choice:0").click().run()
        assert not app.exception
        assert "The model says" in texts(app.markdown)
        assert "The model" in {metric.label for metric in app.metric}


def test_sentence_about_people() -> None:
    """Whole sentences, of the listening test's real recordings where the sound itself is synthetic."""
    assert people_sentence("door_wood_knock", 0.905, synthetic=False) == (
        "People classify 91% of the clips of door wood knock correctly, with all fifty categories to choose from."
    )
    assert people_sentence("rain", 0.9, synthetic=True) == (
        "People classify 90% of real recordings of rain correctly, with all fifty categories to choose from. "
        "This one is synthetic."
    )


@pytest.mark.parametrize("n_categories", [2, 5, 9])
def test_choices_hold_the_answer_once(dataset: Dataset, n_categories: int) -> None:
    """The correct category, those that people confuse with it, and others, each once; fewer if there are fewer."""
    clip = dataset.clips[0]
    categories = dataset.categories[:n_categories]
    for seed in range(20):
        choices = five_choices(clip, categories, ["cat", "unicorn", "rooster"], random.Random(seed))
        assert len(choices) == len(set(choices)) == min(5, n_categories)
        assert clip.category in choices
        assert "rooster" in choices


def test_an_empty_view_in_a_link(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`view=` opens the cards, although the control then has nothing chosen."""
    monkeypatch.setenv("ESC50_DIR", str(folder))
    app = opened(AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS), view="")
    assert "1–24 of" in count_line(app)


def test_tensorflow_is_not_loaded(folder: Path, tmp_path: Path) -> None:
    """Cards, table, overview and an open clip don't load it."""
    script = f"""
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file({str(ROOT / "app.py")!r}, default_timeout={SECONDS})
for view in ("cards", "table", "overview", "guess first"):
    app.query_params["view"] = view
    app.query_params["clip"] = "1-90001001-A-0"
    app.run()
    assert not app.exception, app.exception
assert "tensorflow" not in sys.modules and "keras" not in sys.modules
"""
    env = {**os.environ, "ESC50_DIR": str(folder), "ESC_HOME": str(tmp_path), "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=env, check=True, timeout=SECONDS)


@pytest.mark.real_data
def test_esc50_names_its_source(esc50_dir: Path) -> None:
    """Real clips link to Freesound, and nothing is called synthetic."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
    opened(app, clip="1-100032-A-0")
    assert "1–24 of 2000 clips" in texts(app.caption)
    assert "freesound.org/s/100032" in texts(app.markdown)
    assert "recording 100032" in texts(app.markdown)
    assert "ynthetic" not in texts(app.markdown) + app.button(key="data_chip").label
