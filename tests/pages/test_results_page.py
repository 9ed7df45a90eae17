"""The Results page without a browser: every view on invented tables, on some of them, on none, and on damaged ones."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from esc_core.dataset.categories import CATEGORIES
from esc_core.findings.measured import RESULTS_DIR
from esc_core.findings.questions import QUESTIONS
from esc_core.findings.words import FAILS, HOLDS, OPEN, PARTLY, UNMEASURED
from esc_core.generate.worth.arms import ARMS
from tests.browser.serve import ROOT
from tests.small_results import write_small_results, write_some
from tests.small_runs import write_tones
from ui import state
from ui.results import data, source
from ui.results.claims import BADGES
from ui.results.people import CELL
from ui.results.questions import ALL_CHARTS, chart_key

SECONDS = 120  # AppTest's limit, on a busy machine


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the tables of the whole study once."""
    folder = write_small_results(tmp_path_factory.mktemp("results"))
    for name in ("literature.csv", "mel_cnn-predictions.csv"):
        shutil.copy(RESULTS_DIR / name, folder)
    return folder


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the data once for all tests."""
    return write_tones(tmp_path_factory.mktemp("data") / "tones")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder for tables, empty but for what others have published."""
    (tmp_path / "results").mkdir()
    shutil.copy(RESULTS_DIR / "literature.csv", tmp_path / "results")
    return tmp_path / "results"


@pytest.fixture
def app(tones: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Open the app on the tones, not yet on the page."""
    monkeypatch.setenv("ESC50_DIR", str(tones))
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)


@pytest.fixture
def show(app: AppTest, monkeypatch: pytest.MonkeyPatch):
    """Open a view of the page on the tables of a folder."""

    def opened(view: str, results: Path) -> AppTest:
        monkeypatch.setattr(data, "RESULTS_DIR", results)
        monkeypatch.setattr(source, "RESULTS_DIR", results)
        if any(title.value == "Results" for title in app.title):
            app.segmented_control(key=state.RESULTS.name).set_value(view)
        else:
            app.run()
            app.switch_page("pages/results.py")
            app.query_params["results"] = view
        app.session_state[ALL_CHARTS] = True
        app.run()
        assert not app.exception
        return app

    return opened


def texts(elements) -> list[str]:
    """Return what some elements say."""
    return [element.value for element in elements]


def verdicts(app: AppTest) -> list[str]:
    """Return the verdicts that the page shows, in order."""
    words = {badge: verdict for verdict, badge in BADGES.items()}
    return [words[text] for text in texts(app.markdown) if text in words]


def test_an_empty_value_in_a_link(show, folder: Path) -> None:
    """`results=` opens the claims, although the control then has nothing chosen."""
    assert verdicts(show("", folder)) == verdicts(show("The claims", folder))


def test_claims_with_their_verdicts(show, whole: Path) -> None:
    """Each of the original study's claims with its measurement, its data, and its command."""
    app = show("The claims", whole)
    assert verdicts(app) == [HOLDS, OPEN, PARTLY, PARTLY, PARTLY, FAILS]
    captions = "\n".join(texts(app.caption))
    assert captions.count("16 kHz, 8-bit copy · ") == 5
    assert captions.count("last epoch") == 6
    assert "`python -m esc_core study studies/networks.toml --data DIR`" in captions


def test_nothing_measured_yet(show, folder: Path) -> None:
    """No verdict is made up, and every view says what is missing."""
    assert verdicts(show("The claims", folder)) == [UNMEASURED] * 6
    app = show("Question by question", folder)
    asked = [question for question in QUESTIONS if not question.only_measured]
    assert texts(app.subheader) == [question.title for question in asked]
    assert "Do generated sounds help a classifier?" not in texts(app.subheader)
    assert sum(text.startswith("Not measured yet") for text in texts(app.info)) == len(asked)
    assert not app.get("plotly_chart")
    assert "There are no predictions yet" in show("Model and people", folder).info[0].value


def test_a_chart_is_drawn_when_it_is_opened(show, app: AppTest, whole: Path) -> None:
    """The first is open; a second one joins it, and every answer and source stands there all the while."""
    show("Question by question", whole)
    app.toggle(key=ALL_CHARTS).set_value(False).run()
    assert len(app.get("plotly_chart")) == 1
    app.session_state[chart_key(QUESTIONS[1], "one")] = True
    app.run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 2
    assert texts(app.subheader) == [question.title for question in QUESTIONS]
    assert {data.answer(question) for question in QUESTIONS if data.answer(question)} <= set(texts(app.markdown))


def test_every_question_has_its_chart_and_source(show, whole: Path) -> None:
    """One chart and one sentence a question; each names data, epoch, machine and command."""
    app = show("Question by question", whole)
    assert not app.info
    assert not app.error
    assert len(app.get("plotly_chart")) == 15  # the networks have two, the pictures a table
    sources = [text for text in texts(app.caption) if "last epoch, never the best one" in text]
    assert len(sources) == 10
    assert all("2 cores" in text and "kHz" in text for text in sources)
    assert any("400 of 2000 clips, the same for all models" in text for text in texts(app.caption))
    assert ["mel_cnn before rooms and noise", "mel_cnn"] in [
        list(frame.value.get("model", ())) for frame in app.dataframe
    ]
    arms = next(frame.value for frame in app.dataframe if "trained on" in frame.value)
    assert arms["trained on"].tolist() == [arm.title for arm in ARMS]
    assert arms["against real clips alone, points"].tolist()[0] == "–"
    assert arms["against real clips alone, points"].tolist()[1].startswith("+10.0 (+")
    judged = next(frame.value for frame in app.dataframe if "named as meant" in frame.value)
    assert judged["named as meant"].tolist() == ["62% (55.1% to 68.4%)"]
    tables = {button.label.removeprefix("Table of ") for button in app.get("download_button")}
    assert {"runs", "clips", "scores", "rules", "embeddings", "generators"} <= tables, "each says what its rows are"
    assert "suffice to classify **20.0%** of the clips correctly" in "\n".join(texts(app.markdown))
    assert {code.value.split()[-3] for code in app.code if "study" in code.value} == {
        f"studies/{name}.toml"
        for name in (
            "augmentation",
            "augmentation-short",
            "ablation",
            "networks",
            "ends",
            "features",
            "leak",
            "imbalance",
        )
    }


def test_a_part_of_a_study(show, folder: Path) -> None:
    """One level on one fold is shown as that, and how much is missing."""
    write_some(folder, "augmentation", {"none": 0.6}, folds=(1,))
    app = show("Question by question", folder)
    assert len(app.get("plotly_chart")) == 2
    assert "so far 1 of 15 runs" in "\n".join(texts(app.caption))
    assert verdicts(show("The claims", folder)) == [UNMEASURED] * 6


def test_damaged_tables_get_a_sentence(show, folder: Path) -> None:
    """The other questions are answered all the same."""
    write_some(folder, "imbalance", {"nothing": 0.6, "sampling": 0.7})
    (folder / "augmentation.json").write_text("{", encoding="utf-8")
    (folder / "generated.csv").write_text("arm\n", encoding="utf-8")
    app = show("Question by question", folder)
    assert any("the tables of augmentation in" in text for text in texts(app.error))
    assert any("the table generated.csv in" in text for text in texts(app.error))
    assert texts(app.subheader)[-1] == "Do generated sounds help a classifier?"
    assert len(app.get("plotly_chart")) == 1
    assert "the tables of augmentation in" in show("The claims", folder).error[0].value


def test_the_model_beside_people(show, whole: Path) -> None:
    """Two matrices and a table in the chosen order; a cell whose clips are not here names them."""
    app = show("Model and people", whole)
    assert len(app.get("plotly_chart")) == 2
    assert re.search(r"classifies \*\*8\d\.\d%\*\* of 2000 clips", "\n".join(texts(app.markdown)))
    table = app.dataframe[0].value
    assert len(table) == 50
    assert table["category"].iloc[0] == "dog"
    app.segmented_control(key="results:order").set_value("hardest for people").run()
    assert app.dataframe[0].value["category"].iloc[0] == "washing machine"
    dog = CATEGORIES.index("dog")
    cells = app.selectbox(key=CELL)
    assert cells.value is None
    counts = [int(re.findall(r": (\d+) clips?$", option)[0]) for option in cells.options if "taken for" in option]
    assert counts == sorted(counts, reverse=True)
    mistakes = app.dataframe[1].value
    assert cells.options[0].startswith(f"{mistakes['category'][0]}, taken for {mistakes['taken for'][0]}: ")
    assert counts[0] == mistakes["clips"][0]
    cells.set_value(f"{dog} {dog}").run()
    assert not app.exception
    assert any("dog, correctly classified" in text for text in cells.options)
    assert "not in the data in use" in app.info[0].value
    app.selectbox(key=CELL).set_value(None).run()
    assert not app.info


@pytest.mark.parametrize("view", ["Published results", "The field"])
def test_published_results(show, whole: Path, view: str) -> None:
    """Our model is among those trained on ESC-50 only, with how their epoch was chosen; an older link works too."""
    app = show(view, whole)
    assert app.segmented_control(key=state.RESULTS.name).value == "Published results"
    table = app.dataframe[0].value
    assert table["accuracy"].is_monotonic_decreasing
    assert "mel CNN of this app" in set(table["system"])
    assert table.set_index("system").loc["ACDNet", "epoch"] == "best on the test fold"
    app.segmented_control(key="results:trained_on").set_value("everything").run()
    assert len(app.dataframe[0].value) > len(table)
    assert (app.dataframe[0].value["source"] != "").all()
