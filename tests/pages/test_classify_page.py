"""The Classify page without a browser: sources, answers, and bad files."""

from __future__ import annotations

import re
from functools import partial

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from esc_core.audio import to_wav_bytes
from esc_core.config import FeatureConfig
from esc_core.dataset import load_dataset
from esc_core.inference import Prediction
from esc_core.inference.background import NOTHING, NOTHING_SENTENCE
from esc_core.inference.certainty import UNKNOWN
from esc_core.inference.compare import ModelAnswer
from esc_core.inference.events import find_events
from esc_core.inference.events_out import FORMATS, event_rows
from esc_core.models.card import Calibration
from esc_core.models.installed import own_models_dir
from tests.bad_audio import bad_files, encode, tone
from tests.browser.serve import ROOT
from tests.small_model import write_small_model
from tests.small_runs import write_tones
from tests.test_events_out import answer
from ui.answer.prediction import headline
from ui.classify import files
from ui.classify.all_models import summary
from ui.microphone import Recording

SECONDS = 120  # AppTest's limit; the first run loads TensorFlow and five networks


@pytest.fixture
def app() -> AppTest:
    """Make the app, not yet run."""
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)


def opened(app: AppTest, source: str) -> AppTest:
    """Run the app with a source chosen by link."""
    app.run()
    app.query_params["from"] = source
    return app.switch_page("pages/classify.py").run()


def texts(elements) -> str:
    """Join what some elements say."""
    return "\n".join(element.value for element in elements)


def noise(seconds: float) -> bytes:
    """White noise as WAV."""
    y = 0.1 * np.random.default_rng(0).standard_normal(int(seconds * 16_000))
    return to_wav_bytes(y.clip(-1, 1).astype(np.float32), 16_000)


def test_opens_on_the_microphone(app: AppTest) -> None:
    """Without a link the page asks for the microphone and loads no data."""
    app.run()
    app.switch_page("pages/classify.py").run()
    assert not app.exception
    assert app.title[0].value == "Classify"
    assert "stays with the computer that runs this app" in texts(app.caption)


def test_clip_without_data_says_what_helps(app: AppTest) -> None:
    """A clip of the data set can't be chosen where there is none; a sentence names the button that helps."""
    opened(app, "clip")
    assert "There is no data set yet" in texts(app.info)
    assert not app.exception


def test_one_file_is_classified(app: AppTest) -> None:
    """One file gives a headline, and says that all five networks answered."""
    opened(app, "files").file_uploader[0].upload("noise.wav", noise(2.0)).run()
    assert not app.exception
    assert "%" in app.subheader[0].value
    assert "the mean of five networks" in texts(app.caption)


def test_a_quiet_room_is_nothing(app: AppTest) -> None:
    """No guess leads the page, and the model's stays closed; a table of files says so in one word."""
    hiss = 10 ** (-67 / 20) * np.random.default_rng(0).standard_normal(4 * 16_000)
    room = to_wav_bytes(hiss.astype(np.float32), 16_000)
    uploader = opened(app, "files").file_uploader[0]
    uploader.upload("room.wav", room)
    uploader.upload("noise.wav", noise(2.0))
    app.run()
    assert not app.exception
    assert app.subheader[0].value == NOTHING_SENTENCE
    boxes = [(box.label, box.proto.expanded) for box in app.expander]
    assert boxes == [("The model's raw guess", False), ("All models", False)]
    table = app.dataframe[0].value
    assert table[NOTHING].tolist() == [True, False]
    assert table["guess 1"].notna().tolist() == [False, True]


def test_name_of_a_clip_asks_the_network_that_held_it_out(app: AppTest) -> None:
    """A file with the name of a clip of fold 3 is answered by fold 3's network alone."""
    opened(app, "files").file_uploader[0].upload("3-100018-A-18.wav", noise(5.0)).run()
    assert "by the one network of five that was not trained on fold 3" in texts(app.caption)


def test_several_files_give_a_table_with_the_bad_one_in_it(app: AppTest) -> None:
    """A bad file gets its sentence and its row; the others are classified all the same."""
    uploader = opened(app, "files").file_uploader[0]
    uploader.upload("a.wav", noise(1.0))
    uploader.upload("bad.wav", b"no sound at all")
    uploader.upload("b.flac", encode(tone(2.0), kind="FLAC"))
    app.run()
    table = app.dataframe[0].value
    assert table["file"].tolist() == ["a.wav", "bad.wav", "b.flac"]
    assert table["error"].astype(bool).tolist() == [False, True, False]
    assert "bad.wav" in app.error[0].value
    assert app.subheader


def test_long_file_has_events(app: AppTest) -> None:
    """Noise in the middle of 12 quiet seconds is put on a timeline."""
    y = 1e-4 * np.random.default_rng(1).standard_normal(12 * 16_000)
    y[6 * 16_000 : 9 * 16_000] += 0.2 * np.random.default_rng(2).standard_normal(3 * 16_000)
    data = to_wav_bytes(y.clip(-1, 1).astype(np.float32), 16_000)
    opened(app, "files").file_uploader[0].upload("long.wav", data).run()
    assert not app.exception
    assert "What happens when" in texts(app.markdown)


def show_events() -> None:
    """Show the part of an answer that lists events, of a fake answer."""
    from tests.test_events_out import answer
    from ui.answer.prediction import _show_events

    _show_events(answer(), "fake")


def test_events_have_a_table_and_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start, end, category and highest probability; one button, whose format one chooses."""
    files: list[tuple[object, ...]] = []
    monkeypatch.setattr("ui.answer.prediction.st.download_button", lambda *arguments, **_: files.append(arguments))
    app = AppTest.from_function(show_events, default_timeout=SECONDS).run()
    assert not app.exception
    table = app.dataframe[0].value
    assert list(table) == ["start", "end", "category", "highest probability"]
    assert table.iloc[0].tolist() == [0.988, 4.5, "dog", 91.0]
    assert table["category"][1] == "'=1+1"
    app.segmented_control(key="fake:format").set_value("audacity").run()
    app.segmented_control(key="fake:format").set_value("json").run()
    expected = [(FORMATS[name].write(event_rows(answer())), name) for name in ("csv", "audacity", "json")]
    assert [(content, name) for _, content, name, _ in files] == [
        (text, {"csv": "events.csv", "audacity": "events.txt", "json": "events.json"}[name]) for text, name in expected
    ]


@pytest.mark.parametrize("name", [name for name in bad_files() if name != "too_big.wav"])
def test_bad_file_gets_one_sentence(app: AppTest, name: str) -> None:
    """Each bad file gets its sentence, and the page stands."""
    data, sentence = bad_files()[name]
    opened(app, "files").file_uploader[0].upload(name, data).run()
    assert not app.exception
    assert len(app.error) == 1
    assert re.search(sentence, app.error[0].value)


@pytest.mark.real_data
def test_clip_in_the_url_is_selected(app: AppTest, esc50_dir) -> None:
    """A link to a clip shows it and answers out of fold."""
    app.query_params["clip"] = "4-102844-A-49"
    opened(app, "clip")
    assert not app.exception
    assert "not trained on fold 4" in texts(app.caption)
    assert app.query_params["clip"] in ("4-102844-A-49", ["4-102844-A-49"])


@pytest.mark.real_data
def test_unknown_clip_is_told_and_replaced(app: AppTest, esc50_dir) -> None:
    """A link to a clip that is not here shows another, and says so."""
    app.query_params["clip"] = "9-1-A-1"
    opened(app, "clip")
    assert "9-1-A-1 is not in this data set" in texts(app.warning)
    assert app.subheader


@pytest.mark.parametrize("source", ["nowhere", "", "![](http://nowhere.test/a.png)"])
def test_a_nonsense_source_is_the_microphone(app: AppTest, source: str) -> None:
    """A link with a source that there is not opens what the page opens on."""
    opened(app, source)
    assert not app.exception
    assert app.segmented_control(key="source").value == "microphone"


def test_uploads_are_there_after_a_look_at_another_page(app: AppTest) -> None:
    """They are answered again when the page comes back, until they are removed."""
    opened(app, "files").file_uploader[0].upload("noise.wav", noise(2.0)).run()
    headline = app.subheader[0].value
    app.switch_page("pages/results.py").run()
    app.switch_page("pages/classify.py").run()
    assert not app.exception
    assert "1 file is kept from before" in texts(app.markdown)
    assert app.subheader[0].value == headline
    app.file_uploader[0].upload("other.wav", noise(1.0)).run()
    assert app.dataframe[0].value["file"].tolist() == ["noise.wav", "other.wav"]
    next(button for button in app.button if button.label == "Remove").click().run()
    assert "kept from before" not in texts(app.markdown)
    assert len(app.dataframe) == 0


def test_uploads_that_are_kept_have_the_limit_of_uploads(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest go, and the page says so; otherwise each visit would leave its files behind."""
    monkeypatch.setenv("ESC_MAX_UPLOADS", "2")
    opened(app, "files")
    for name in ("first.wav", "second.wav", "third.wav"):
        app.file_uploader[0].upload(name, noise(1.0)).run()
        seen = texts(app.caption)
        app.switch_page("pages/results.py").run()
        app.switch_page("pages/classify.py").run()
    assert not app.exception
    assert "1 file from before had to go" in seen
    assert "2 files are kept from before" in texts(app.markdown)
    assert app.dataframe[0].value["file"].tolist() == ["second.wav", "third.wav"]


def test_a_row_says_what_the_view_of_its_file_says(app: AppTest) -> None:
    """Also of a long recording, whose headline names its events, and of one with a remark."""
    y = 1e-4 * np.random.default_rng(1).standard_normal(12 * 16_000)
    y[6 * 16_000 : 9 * 16_000] += 0.2 * np.random.default_rng(2).standard_normal(3 * 16_000)
    uploader = opened(app, "files").file_uploader[0]
    uploader.upload("a.wav", noise(1.0))
    uploader.upload("long.wav", to_wav_bytes(y.clip(-1, 1).astype(np.float32), 16_000))
    uploader.upload("clipped.flac", encode(np.clip(3 * tone(2.0, sr=96_000), -0.5, 0.5), sr=96_000, kind="FLAC"))
    app.run()
    table = app.dataframe[0].value
    assert "clipped" in table["remarks"][2]
    for i, row in table.iterrows():
        app.selectbox[-1].select_index(i).run()
        assert app.subheader[0].value.replace("\\", "") == row["answer"]
        assert " ".join(element.value for element in app.warning).replace("\\", "") == row["remarks"]


def test_a_recording_can_be_downloaded(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    y = (0.1 * np.random.default_rng(0).standard_normal(32_000)).astype(np.float32)
    monkeypatch.setattr("ui.microphone.record_clip", lambda key: Recording("a", y, 16_000))
    opened(app, "microphone")
    assert not app.exception
    labels = [button.label for button in app.get("download_button")]
    assert labels == ["Download the recording", "As a notebook: your own recording"]


def test_a_clip_that_is_taken_for_another_is_marked(app: AppTest, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An untrained model takes clips of most categories for others."""
    monkeypatch.setenv("ESC50_DIR", str(write_tones(tmp_path / "tones", per_fold=1)))
    write_small_model(own_models_dir() / "small")
    marked = []
    for clip in load_dataset(tmp_path / "tones").clips[:3]:
        app.query_params |= {"clip": clip.clip_id, "model": "small"}
        opened(app, "clip")
        assert not app.exception
        wrong = clip.category not in app.subheader[0].value.lower()
        marked.append(f"wrong: this clip is {clip.category}" in texts(app.markdown))
        assert marked[-1] == wrong
    assert sum(marked) == 2


def opened_box(app: AppTest, key: str) -> None:
    """Open an expander, as a click does."""
    app.session_state[key] = True
    app.run()


def test_why_is_said_when_it_is_asked(app: AppTest) -> None:
    """Closed, it computes nothing; open, it says which part decides, and how often the model was asked."""
    opened(app, "files").file_uploader[0].upload("noise.wav", noise(2.0)).run()
    assert "Why this answer?" in [box.label for box in app.expander]
    assert "was covered" not in texts(app.caption)
    opened_box(app, "file:why")
    assert not app.exception
    assert re.search(r"Without .+ it is no .+ any more|No single part decides: the answer stays", texts(app.markdown))
    assert "the model asked again (50 times)" in texts(app.caption)


def test_an_event_of_a_long_file_is_explained(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five seconds around it, taken alone; times count from the beginning of the file."""
    # no model is sure of noise, which is none of the fifty
    monkeypatch.setattr("esc_core.inference.predictor.rule_of", lambda card, fold: None)
    monkeypatch.setattr(Calibration, "event_threshold", 0.1)
    monkeypatch.setattr("esc_core.inference.timeline.find_events", partial(find_events, least_windows=0.1))
    y = 1e-4 * np.random.default_rng(1).standard_normal(12 * 16_000)
    y[6 * 16_000 : 9 * 16_000] += 0.2 * np.random.default_rng(2).standard_normal(3 * 16_000)
    data = to_wav_bytes(y.clip(-1, 1).astype(np.float32), 16_000)
    opened(app, "files").file_uploader[0].upload("long.wav", data).run()
    opened_box(app, "file:why")
    assert not app.exception
    start, end = map(float, re.search(r"From ([0-9.]+) to ([0-9.]+) s alone", texts(app.markdown)).groups())
    first, last = map(float, re.search(r"([0-9.]+)–([0-9.]+) s", app.selectbox(key="file:why:event").value).groups())
    assert (start + end) / 2 == pytest.approx((first + last) / 2, abs=0.15)
    assert end - start == pytest.approx(5, abs=0.1)


def test_a_sound_that_is_nothing_has_no_why(app: AppTest) -> None:
    """A raw guess about hiss is not explained."""
    hiss = 10 ** (-67 / 20) * np.random.default_rng(0).standard_normal(4 * 16_000)
    opened(app, "files").file_uploader[0].upload("room.wav", to_wav_bytes(hiss.astype(np.float32), 16_000)).run()
    assert app.subheader[0].value == NOTHING_SENTENCE
    assert "Why this answer?" not in [box.label for box in app.expander]


def test_all_models_answer_one_sound(app: AppTest) -> None:
    """A row each, the model in use first; below the table is said which model is damaged or lacks good weights."""
    for name in ("broken", "lacking", "small"):
        write_small_model(own_models_dir() / name)
    (own_models_dir() / "broken" / "fold2.keras").write_bytes(b"no weights")
    (own_models_dir() / "lacking" / "card.json").write_text("{")
    opened(app, "files").file_uploader[0].upload("3-100018-A-18.wav", noise(2.0)).run()
    assert not app.dataframe
    opened_box(app, "file:all")
    assert not app.exception
    table = app.dataframe[0].value.set_index("model")
    assert table.index[0] == "mel CNN"
    assert {"broken", "lacking", "small", "mel CNN"} <= set(table.index)
    remarks = " ".join(caption.value for caption in app.caption)
    assert "**broken**: " in remarks
    assert "broken can't be used" in remarks
    assert "card of lacking is damaged" in remarks
    assert "remark" not in table.columns
    assert table.loc["small", "correct"] == "– has no category toilet flush"
    assert re.fullmatch(r"[✓✗] .+ \d+%", table.loc["mel CNN", "first guess"])
    assert table.loc["mel CNN", "correct"][0] == table.loc["mel CNN", "first guess"][0]
    assert table.loc["small", "has heard"] == "ESC-50 only"
    assert re.fullmatch(r"\d+ ms", table.loc["small", "time"])
    assert re.search(r"\d of \d models say .+ This clip is toilet flush: \d of \d are correct", texts(app.markdown))


DOG, CAT = ModelAnswer("a", (("dog", 0.9),)), ModelAnswer("b", (("cat", 0.9),))


@pytest.mark.parametrize(
    ("answers", "category", "words"),
    [
        ([DOG, CAT, DOG], None, "2 of 3 models say dog."),
        ([DOG, CAT, DOG], "cat", "2 of 3 models say dog. This clip is cat: 1 of 3 are correct."),
        ([DOG], "dog", "The only model says dog. This clip is dog: correct."),
        ([DOG], "cat", "The only model says dog. This clip is cat: wrong."),
        ([ModelAnswer("a", problem="damaged")], "dog", "No model can answer."),
    ],
)
def test_what_most_models_say_is_a_sentence(answers: list[ModelAnswer], category: str | None, words: str) -> None:
    """Models that can't answer do not count."""
    assert summary(answers, category) == words


def test_an_unknown_sound_in_words() -> None:
    """The best guess is no answer, in the headline as in the table of files, however probable it is."""
    flute = Prediction(
        labels=("siren", "dog"), probs=np.array([0.93, 0.07], np.float32), not_sure=True, nothing=False, threshold=0.5,
        remarks=(), fold=None, log_mel=np.zeros((4, 8), np.float32), active_part=(0.0, 1.0), features=FeatureConfig(),
        unknown=True, outside=("flute", "music"),
    )  # fmt: skip
    assert headline(flute) == "None of its 2 categories – perhaps siren, 93%"
    cells = files.row("flute.wav", flute)
    assert (cells["answer"], cells[UNKNOWN], cells[NOTHING]) == (headline(flute), True, False)
