"""The scorer without a browser: good tables, planted faults, bad files, a comparison, and this app's own model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from esc_core.dataset.categories import CATEGORIES
from esc_core.escape import WORD_JOINER, for_markdown
from esc_core.scoring.predictions import empty_form
from esc_core.scoring.report import CLEAN
from esc_core.words import percent
from tests.browser.serve import ROOT
from tests.prediction_tables import CLIPS, as_bytes, clean_training, table
from tests.small_runs import write_tones
from ui.results.scorer import BEST, LAST

SECONDS = 120  # AppTest's limit, on a busy machine
PREDICTIONS, TRAINING, OTHER = range(3)
"""The uploaders, in their order."""

VIEW = "Score your own"


@pytest.fixture
def app() -> AppTest:
    """Open the scorer."""
    return AppTest.from_file(str(ROOT / "tests" / "browser" / "demo_results_score.py"), default_timeout=SECONDS).run()


def give(app: AppTest, data: bytes, *, to: int = PREDICTIONS, name: str = "predictions.csv") -> AppTest:
    """Upload a table."""
    app.file_uploader[to].set_value((name, data, "text/csv")).run()
    assert not app.exception
    return app


def texts(elements) -> str:
    """Join what some elements say."""
    return "\n".join(element.value for element in elements)


def figures(app: AppTest) -> dict[str, tuple[str, str]]:
    """Return each figure with what stands below it."""
    return {one.label: (one.value, one.delta) for one in app.metric}


def frame(app: AppTest, column: str) -> pd.DataFrame:
    """Return the table that has a column."""
    return next(one.value for one in app.dataframe if column in one.value.columns)


def with_probabilities() -> pd.DataFrame:
    """All correctly classified, each with half of the probability."""
    probs = np.full((len(CLIPS), 50), 0.5 / 49)
    probs[np.arange(len(CLIPS)), [clip.target for clip in CLIPS]] = 0.5
    return pd.concat([table(), pd.DataFrame(probs, columns=list(CATEGORIES))], axis=1)


def test_nothing_given_yet(app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At first the page says what it needs; without its table the own model is not offered."""
    assert not app.exception
    assert "Nothing to score yet" in texts(app.info)
    assert [one.label for one in app.file_uploader][PREDICTIONS] == "Predictions"
    assert not app.metric
    monkeypatch.setattr("ui.results.scorer.OWN", tmp_path / "none.csv")
    assert len(app.button) - len(app.run().button) == 1


def test_perfect_predictions(app: AppTest) -> None:
    """With everything declared the verdict is green, and every figure is full."""
    give(app, as_bytes(clean_training()), to=TRAINING)
    give(app, as_bytes(with_probabilities()))
    app.segmented_control[0].set_value(LAST).run()
    assert [one.value for one in app.success] == [CLEAN]
    assert not app.warning
    assert "Could not be checked" not in texts(app.caption)
    shown = figures(app)
    assert shown["Accuracy"] == ("100.0%", "95% interval 99.8% to 100.0%")
    assert shown["Macro recall"] == ("100.0%", "95% interval 99.8% to 100.0%")
    assert shown["People"][0] == "81.3%"
    assert shown["Chance"][0] == "2%"
    assert shown["Top-5 accuracy"][0] == "100.0%"
    assert shown["Calibration error"][0] == "50.0%"
    assert shown["Log loss"][0] == f"{np.log(2):.3f} nats"
    assert "Missing clips as wrong" not in shown
    assert frame(app, "fold")["accuracy"].tolist() == [100] * 5
    assert len(frame(app, "people")) == 50


def test_what_is_not_declared_is_said(app: AppTest) -> None:
    """A table alone leaves the training files and the epoch open; the hardest category comes first."""
    rows = table()
    rows.loc[(rows.fold == 3) & (rows.predicted == "dog"), "predicted"] = "cat"
    give(app, as_bytes(rows))
    assert "training files were not given" in texts(app.caption)
    assert "not declared whether the last epoch" in texts(app.caption)
    assert "This table has no probabilities" in texts(app.caption)
    recall = frame(app, "people").iloc[0]
    assert (recall["category"], recall["recall"]) == ("dog", 80)
    assert recall["people"] == pytest.approx(100)
    assert frame(app, "fold")["accuracy"].tolist() == [100, 100, 98, 100, 100]


def test_planted_leak_is_found(app: AppTest) -> None:
    """A copy of a test clip in the training files, gaps, and the best epoch turn the verdict amber."""
    leak = pd.concat([clean_training(), pd.DataFrame({"filename": ["aug/1-100032-A-0_x2.wav"], "fold": [1]})])
    give(app, as_bytes(leak), to=TRAINING)
    give(app, as_bytes(table().iloc[10:]))
    app.segmented_control[0].set_value(BEST).run()
    assert not app.success
    [warning] = app.warning
    assert "10 clips of ESC-50 are missing, in fold 1" in warning.value
    assert "best epoch" in warning.value
    assert "copy" not in warning.value  # the copied clip is one of the ten
    assert figures(app)["Missing clips as wrong"] == ("99.5%", "10 clips missing")
    give(app, as_bytes(table()))
    assert "trained on 1 copy of a clip of its test fold" in texts(app.warning)


def test_esc10_is_compared_with_its_own_people(app: AppTest) -> None:
    """Ten categories have another chance and another listening test."""
    give(app, as_bytes(table()[[clip.esc10 for clip in CLIPS]]))
    shown = figures(app)
    assert (shown["People"][0], shown["Chance"][0]) == ("95.7%", "10%")
    assert "all fifty categories" in texts(app.caption)
    assert len(frame(app, "people")) == 10


def test_comparison_in_words(app: AppTest) -> None:
    """Another table is compared clip by clip; one without a common clip gets its sentence and leaves the score."""
    give(app, as_bytes(table(wrong=100)))
    give(app, as_bytes(table(wrong=140)), to=OTHER)
    assert "+2.0 points on 2000 clips" in texts(app.markdown)
    assert "more than chance" in texts(app.markdown)
    give(app, as_bytes(table().iloc[:100]))
    give(app, as_bytes(table().iloc[100:]), to=OTHER, name="rest.csv")
    assert "rest.csv" in texts(app.error)
    assert "share no clip" in texts(app.error)
    assert figures(app)["Accuracy"][0] == "100.0%"


BAD_TABLES = {
    "empty": (b"", "the file is empty"),
    "text": ("Dear Sir,\nplease find…".encode(), "lacks the column filename"),
    "binary": (b"\x89PNG\r\n\x1a\n\xff\xfe" + bytes(range(256)), "can't be read as a CSV table"),
    "zeros": (bytes(4096), "lacks the column filename"),
    "no filename": (b"file,predicted\n1-100032-A-0.wav,dog\n", "lacks the column filename"),
    "wrong columns": (b"filename,label\n1-100032-A-0.wav,dog\n", "needs a column predicted"),
    "twice": (b"filename,predicted,Predicted\n1-100032-A-0.wav,dog,cat\n", "one column predicted, got 2"),
    "other files": (b"filename,predicted\nIMG_1.jpg,dog\nIMG_2.jpg,cat\n", "no row names a clip of ESC-50"),
    "empty form": (empty_form().encode(), "got an empty column"),
    "too big": (b"filename,predicted\n" + bytes(51 * 2**20), "at most 50 MB"),
    "too many rows": (b"filename,predicted\n" + 500_001 * b"x,y\n", "at most 500000 rows"),
}


@pytest.mark.parametrize("kind", BAD_TABLES)
def test_bad_table_gets_one_sentence(app: AppTest, kind: str) -> None:
    """A bad table gets one sentence with its name, and nothing else changes."""
    data, sentence = BAD_TABLES[kind]
    give(app, data, name="bad.csv")
    assert len(app.error) == 1
    assert app.error[0].value.startswith("**bad.csv** – ")
    assert sentence in app.error[0].value
    assert "Nothing to score yet" in texts(app.info)


def test_good_table_after_a_bad_one(app: AppTest) -> None:
    """Nothing of a bad table is left once a good one has taken its place."""
    give(app, b"nothing")
    give(app, as_bytes(table()))
    assert not app.error
    assert figures(app)["Accuracy"][0] == "100.0%"


@pytest.mark.parametrize("uploader", [TRAINING, OTHER])
def test_bad_further_table_leaves_the_score(app: AppTest, uploader: int) -> None:
    """A bad second or third table gets its sentence; the score is the same as without it."""
    give(app, as_bytes(table(wrong=100)))
    before = figures(app), [one.value for one in app.caption]
    give(app, b"filename,fold\n1-100032-A-0.wav,9\n", to=uploader, name="bad.csv")
    assert len(app.error) == 1
    assert (figures(app), [one.value for one in app.caption]) == before


def test_own_model(app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its button scores the shipped predictions, of the last epoch; what is uploaded later is scored instead."""
    own = tmp_path / "mel_cnn-predictions.csv"
    own.write_bytes(as_bytes(with_probabilities()[["filename", "fold", "predicted", *CATEGORIES]]))
    monkeypatch.setattr("ui.results.scorer.OWN", own)
    give(app, as_bytes(table(wrong=200)))
    app.button[0].click().run()
    assert not app.exception
    assert "this app's own model" in texts(app.caption)
    assert app.segmented_control[0].value == LAST
    assert figures(app)["Accuracy"][0] == "100.0%"
    give(app, b"nothing", name="bad.csv")
    assert len(app.error) == 1
    assert figures(app)["Accuracy"][0] == "100.0%"
    give(app, as_bytes(table(wrong=100)), name="mine.csv")
    assert "Scored: **mine.csv**" in texts(app.caption)
    assert figures(app)["Accuracy"][0] == "95.0%"
    assert "not declared" in texts(app.caption)


def test_names_in_a_table_stay_text(app: AppTest) -> None:
    """A picture, a link or a formula in a strange file's name is shown as it was written."""
    name = "![x](http://x.invalid/a.png) <b> $a$"
    rows = pd.concat([table(), pd.DataFrame({"filename": [name], "predicted": ["dog"], "fold": [1]})])
    give(app, as_bytes(rows))
    assert for_markdown(name) in texts(app.warning)
    assert for_markdown(name) == rf"\!\[x\](http://{WORD_JOINER}x.invalid/a.png) \<b\> \$a\$"


def test_no_tensorflow() -> None:
    """The scorer does without the networks' library."""
    code = "import sys, ui.results.scorer; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_numbers_are_read_as_the_page_is_told(app: AppTest) -> None:
    """Numbers in alphabetical order are wrong as targets, and the page says which numbering fits; chosen, it counts."""
    names = sorted(CATEGORIES)
    rows = table().assign(predicted=[names.index(clip.category) for clip in CLIPS])
    give(app, as_bytes(rows))
    numbering = app.selectbox(key="score:numbering")
    assert numbering.value == "by ESC-50's target"
    same = np.mean([names.index(clip.category) == clip.target for clip in CLIPS])
    assert figures(app)["Accuracy"][0] == percent(same, digits=1)
    assert "by “alphabetical” it would be 100.0%" in texts(app.warning)
    numbering.set_value("alphabetical").run()
    assert not app.exception
    assert figures(app)["Accuracy"][0] == "100.0%"
    assert "numbering" not in texts(app.warning)


def test_tables_are_there_after_a_look_at_another_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are scored again when the view comes back, until they are removed or others take their place."""
    monkeypatch.setenv("ESC50_DIR", str(write_tones(tmp_path / "tones")))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS).run()
    app.switch_page("pages/results.py").run()
    app.segmented_control[0].set_value(VIEW).run()
    give(app, as_bytes(table(wrong=100)), name="mine.csv")
    give(app, as_bytes(table(wrong=200)), name="theirs.csv", to=OTHER)
    score = figures(app)
    for name in ("mine.csv", "theirs.csv"):
        assert f"**{name}** is kept" not in texts(app.markdown)
    app.switch_page("pages/explore.py").run()
    app.switch_page("pages/results.py").run()
    assert not app.exception
    assert figures(app) == score
    for name in ("mine.csv", "theirs.csv"):
        assert f"**{name}** is kept from before" in texts(app.markdown)
    give(app, as_bytes(table(wrong=300)), name="later.csv")
    assert "**mine.csv**" not in texts(app.markdown)
    assert figures(app) != score
    next(button for button in app.button if button.key == "score:other:remove").click().run()
    assert "**theirs.csv**" not in texts(app.markdown)
