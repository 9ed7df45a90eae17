"""The Own sounds page without a browser: from an empty page to a set with samples, and what can go wrong."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from esc_core.audio import load, to_wav_bytes
from esc_core.dataset import own, remember_folder
from esc_core.dataset.own import OwnSet, write_zip
from esc_core.dataset.own.names import group_of_file
from esc_core.errors import DatasetError
from tests.browser.serve import ROOT
from tests.small_model import write_small_model
from tests.small_runs import write_tones
from ui.microphone import Recording
from ui.own import cards
from ui.own.cards import _letter, colour_of

SR = 16_000


def texts(elements) -> str:
    """Join what some elements say."""
    return "\n".join(element.value for element in elements).replace("\\", "").replace("\u2060", "")


def said(app: AppTest) -> str:
    """Join all sentences of the page; it must not have failed."""
    assert not app.exception
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error, app.success)
    return "\n".join(texts(kind) for kind in kinds)


def burst(*, seconds: float = 1.0, seed: int = 0) -> np.ndarray:
    """Return a burst of noise."""
    return (0.2 * np.random.default_rng(seed).uniform(-1, 1, round(seconds * SR))).astype(np.float32)


def in_a_row(n: int) -> np.ndarray:
    """Return n bursts of half a second, a second apart, in a quiet room."""
    y = 1e-3 * np.random.default_rng(9).standard_normal((n + 1) * 2 * SR).astype(np.float32)
    for i in range(n):
        start = (2 * i + 1) * SR
        y[start : start + SR // 2] += burst(seconds=0.5, seed=i)
    return y


def opened(own_set: OwnSet | None = None, **parameters: str) -> AppTest:
    """Open the page, by the link to a set if there is one."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.run()
    app.switch_page("pages/own.py")
    if own_set is not None:
        app.query_params["set"] = own_set.key
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()


@pytest.fixture
def doors() -> OwnSet:
    """Make a set with a category and no samples."""
    made = own.create("Doors")
    for category in ("background", "door"):
        made.add_category(category)
    return made


def filled(made: OwnSet, category: str, n: int) -> OwnSet:
    """Add bursts, each a recording of its own."""
    for i in range(n):
        made.add_sample(
            burst(seed=100 * len(category) + i), SR, category=category, title=f"{category} {i + 1}", source="microphone"
        )
    return made


def listed(app: AppTest) -> list[str]:
    """Return the sets that the page offers."""
    return next((box.options for box in app.selectbox if box.label == "Data set"), [])


def sound_files(app: AppTest):
    """Return the uploader of samples; that of zips is another one."""
    return next(one for one in app.file_uploader if one.label == "Sound files")


def button(app: AppTest, label: str):
    """Return the only button with a label."""
    found = [one for one in app.button if one.label == label]
    assert len(found) == 1, [one.label for one in app.button]
    return found[0]


@pytest.fixture
def microphone(monkeypatch: pytest.MonkeyPatch) -> Callable[[np.ndarray, str], None]:
    """Have the next run of the page receive a recording."""

    def record(y: np.ndarray, recording_id: str) -> None:
        recording = Recording(recording_id, y, SR)
        monkeypatch.setattr("ui.microphone.record_clip", lambda key, max_seconds: recording)
        monkeypatch.setattr("ui.own.sources.record_clip", lambda key, max_seconds: recording)

    return record


def test_an_empty_page_makes_a_set() -> None:
    """A suggested name and one button; then the room is asked for, and its key stands in the link."""
    app = opened()
    assert app.title[0].value == "Own sounds"
    assert app.text_input(key="own:new_name").value == "My sounds"
    button(app, "Make it").click()
    app.run()
    assert "First the room" in said(app)
    (made,) = own.list_sets()
    assert made.name == "My sounds"
    assert app.query_params["set"] == made.key


def test_the_room_comes_first(microphone) -> None:
    """Its recording becomes a sample of the background, and then the first category is asked for."""
    made = own.create("Room")
    made.add_category("background")
    microphone(burst(seconds=2.0), "room")
    app = opened(made)
    assert "Saved to background: 2.0 s." in said(app)
    (sample,) = own.open_set(made.key).samples
    assert (sample.category, sample.source, sample.seconds) == ("background", "microphone", 2.0)
    assert "First the room" not in said(app)


def test_a_recording_is_saved_once(doors: OwnSet, microphone) -> None:
    """The recorder returns it in every run; the sound on disk is that of the microphone."""
    filled(doors, "background", 1)
    y = burst(seconds=1.5)
    microphone(y, "first")
    app = opened(doors)
    app.run().run()
    assert not app.exception
    (sample,) = [s for s in own.open_set(doors.key).samples if s.category == "door"]
    assert sample.title == "door 1"
    stored, sr = load(doors.path(sample))
    assert sr == SR
    np.testing.assert_allclose(stored, y, atol=1 / 32_000)


def test_a_muted_microphone_is_told(doors: OwnSet, microphone) -> None:
    filled(doors, "background", 1)
    microphone(np.zeros(SR, np.float32), "silent")
    app = opened(doors)
    assert "only silence" in said(app)
    assert len(own.open_set(doors.key).samples) == 1


def test_several_in_a_row_are_cut_and_chosen(doors: OwnSet, microphone) -> None:
    """Nothing is stored until it is saved; a dropped one is not; what is saved shares a group."""
    filled(doors, "background", 1)
    app = opened(doors)
    app.segmented_control(key="own:source").set_value("row")
    microphone(in_a_row(3), "row")
    app.run()
    assert "Nothing is stored yet" in said(app)
    assert len(own.open_set(doors.key).samples) == 1
    keep = next(group for group in app.button_group if group.key and group.key.startswith("own:keep:"))
    assert keep.value == [0, 1, 2]
    keep.set_value([0, 2])
    app.run()
    button(app, "Save 2 sounds").click()
    app.run()
    saved = [s for s in own.open_set(doors.key).samples if s.category == "door"]
    assert [round(s.seconds, 1) for s in saved] == [0.7, 0.7]
    assert len({s.group for s in saved}) == 1
    assert "Nothing is stored yet" not in said(app)


def test_files_short_and_long(doors: OwnSet) -> None:
    """A short one is stored at once, a long one is cut first, a bad one gets its sentence; each has its own group."""
    filled(doors, "background", 1)
    app = opened(doors)
    app.segmented_control(key="own:source").set_value("files").run()
    uploader = sound_files(app)
    knock, yard = to_wav_bytes(burst(), SR), to_wav_bytes(in_a_row(4), SR)
    uploader.upload("knock.wav", knock)
    uploader.upload("yard.wav", yard)
    uploader.upload("bad.wav", b"no sound")
    app.run()
    text = said(app)
    assert "1 file was saved to door" in text
    assert "bad.wav: " in text
    assert "Cut “yard”" in text
    assert [s.title for s in own.open_set(doors.key).samples if s.category == "door"] == ["knock"]
    assert not sound_files(app).value
    button(app, "Save 4 sounds").click()
    app.run()
    assert "Cut “yard”" not in said(app)
    groups = [s.group for s in own.open_set(doors.key).samples if s.category == "door"]
    assert groups == [group_of_file("knock.wav", knock), *[group_of_file("yard.wav", yard)] * 4]


def test_clips_of_the_data_set(doors: OwnSet, tmp_path: Path) -> None:
    """They are drawn from different recordings, and keep their recording as the group."""
    remember_folder(write_tones(tmp_path / "tones", per_fold=2))
    filled(doors, "background", 1)
    app = opened(doors)
    app.segmented_control(key="own:source").set_value("clips").run()
    app.number_input(key="own:n_clips").set_value(3)
    button(app, "Take them").click()
    app.run()
    assert "3 clips of" in said(app)
    taken = [s for s in own.open_set(doors.key).samples if s.category == "door"]
    assert len({s.group for s in taken}) == 3
    assert all(s.source == "ESC-50" for s in taken)


def test_delete_and_undo(doors: OwnSet) -> None:
    filled(doors, "door", 2)
    app = opened(doors)
    app.session_state["own:chosen"] = own.open_set(doors.key).samples[0].id
    app.run()
    assert "door 1" in [field.value for field in app.text_input]
    app.button(key="own:delete").click().run()
    assert "“door 1” was deleted" in said(app)
    assert [s.title for s in own.open_set(doors.key).samples] == ["door 2"]
    app.button(key="own:undo_button").click().run()
    assert [s.title for s in own.open_set(doors.key).samples] == ["door 1", "door 2"]


def test_rename_and_move(doors: OwnSet) -> None:
    filled(doors, "door", 1).add_category("keys")
    (sample,) = doors.samples
    app = opened(doors)
    app.session_state[f"own:category:{doors.key}"] = "door"
    app.session_state["own:chosen"] = sample.id
    app.run()
    app.text_input(key=f"own:title:{sample.id}:door 1").set_value("knock").run()
    assert own.open_set(doors.key).samples[0].title == "knock"
    app.selectbox(key=f"own:move:{sample.id}:door").set_value("keys").run()
    assert own.open_set(doors.key).samples[0].category == "keys"
    app.button(key="own:undo_button").click().run()
    assert own.open_set(doors.key).samples[0].category == "door"


def test_groups_are_merged(doors: OwnSet) -> None:
    """Each recording has a letter; two that are merged have one."""
    filled(doors, "door", 3)
    app = opened(doors, step="Groups")
    assert "Three recordings of one door knock are one door" in said(app)
    assert app.dataframe[0].value["recording"].tolist() == ["A", "B", "C"]
    app.multiselect[0].set_value(["A", "C"]).run()
    button(app, "Merge").click()
    app.run()
    assert app.dataframe[0].value["samples"].tolist() == [2, 1]
    groups = [s.group for s in own.open_set(doors.key).samples]
    assert groups[0] == groups[2] != groups[1]
    app.button(key="own:undo_button").click().run()
    assert [s.group for s in own.open_set(doors.key).samples] == ["r1", "r2", "r3"]
    assert app.dataframe[0].value["recording"].tolist() == ["A", "B", "C"]


def test_a_full_disk_is_a_sentence(doors: OwnSet, microphone, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there stays, and the page goes on."""
    filled(doors, "background", 1)

    def full(*args, **options):
        raise DatasetError("the sample can't be stored: the disk is full")

    monkeypatch.setattr(OwnSet, "add_samples", full)
    microphone(burst(), "new")
    app = opened(doors)
    assert "the disk is full" in texts(app.error)
    assert len(own.open_set(doors.key).samples) == 1


def test_a_link_to_a_set_that_is_gone(doors: OwnSet) -> None:
    own.remove(doors.key)
    app = opened(doors)
    assert app.error
    assert app.text_input(key="own:new_name").value == "My sounds"
    assert not app.exception


def test_another_computer_sees_only_its_own_sets(doors: OwnSet, monkeypatch: pytest.MonkeyPatch) -> None:
    """On this computer all sets are listed; elsewhere those whose keys this session has opened."""
    monkeypatch.setattr("ui.loaders.visitor.is_local", lambda address: True)
    other = own.create("Secret")
    assert listed(opened()) == ["Doors", "Secret"]
    monkeypatch.setattr("ui.loaders.visitor.on_this_computer", lambda: False)
    assert listed(opened()) == []
    app = opened(doors)
    assert listed(app) == ["Doors"]
    app.query_params["set"] = other.key
    assert listed(app.run()) == ["Doors", "Secret"]
    namesake = own.create("Secret")
    app.query_params["set"] = namesake.key
    assert listed(app.run()) == ["Doors", "Secret", "Secret (2)"]


@pytest.mark.parametrize(
    ("address", "headers", "here"),
    [
        ("127.0.0.1", {}, True),
        ("localhost", {}, True),
        ("0.0.0.0", {}, False),
        (None, {}, False),
        ("127.0.0.1", {"X-Forwarded-For": "10.0.0.7"}, False),
    ],
)
def test_when_a_browser_is_on_this_computer(address, headers, here, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not if the server listens to others, nor behind a proxy, through which everybody seems to be here."""
    from types import SimpleNamespace

    from ui.loaders import visitor

    fake = SimpleNamespace(
        get_option=lambda name: address, context=SimpleNamespace(headers=headers, ip_address="127.0.0.1")
    )
    monkeypatch.setattr(visitor, "st", fake)
    assert visitor.on_this_computer() is here


def test_letters_go_on_after_z() -> None:
    assert [_letter(i) for i in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
    assert colour_of("A") != colour_of("B")


def test_a_zip_opens_again(doors: OwnSet) -> None:
    """What Use offers for download comes back as an equal set under another key."""
    filled(filled(doors, "door", 3), "background", 1)
    file = BytesIO()
    write_zip(doors, file)
    app = opened(doors, step="Use")
    assert "Download Doors" in [one.label for one in app.get("download_button")]
    uploader = next(one for one in app.file_uploader if "zip" in one.label)
    uploader.upload("doors.zip", file.getvalue(), "application/zip")
    app.run()
    assert "4 samples came into “Doors”" in said(app)
    again = next(one for one in own.list_sets() if one.key != doors.key)
    assert app.query_params["set"] == again.key
    assert [(s.title, s.category, s.group) for s in again.samples] == [
        (s.title, s.category, s.group) for s in doors.samples
    ]


def test_a_zip_that_is_none_is_told(doors: OwnSet) -> None:
    app = opened(doors)
    next(one for one in app.file_uploader if "zip" in one.label).upload("bad.zip", b"no zip", "application/zip")
    app.run()
    assert texts(app.error)
    assert [one.key for one in own.list_sets()] == [doors.key]


def test_a_folder_of_this_computer_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A category for each folder; only people at this computer may name one."""
    for category in ("cat", "dog"):
        (tmp_path / "pets" / category).mkdir(parents=True)
        for i in range(2):
            data = to_wav_bytes(burst(seed=10 * len(category) + i), SR)
            (tmp_path / "pets" / category / f"{category}{i}.wav").write_bytes(data)
    assert not [field for field in opened().text_input if "on this computer" in field.label]
    monkeypatch.setattr("ui.loaders.visitor.is_local", lambda address: True)
    app = opened()
    next(field for field in app.text_input if "on this computer" in field.label).set_value(str(tmp_path / "pets"))
    button(app, "Open it").click()
    app.run()
    assert "4 samples came into “pets”" in said(app)
    (made,) = own.list_sets()
    assert {name: n for name, (n, _) in made.counts().items()} == {"cat": 2, "dog": 2}


def tone(hz: float, *, seed: int = 0) -> np.ndarray:
    """Return a second of a tone in a little noise."""
    t = np.arange(SR) / SR
    noise = 0.003 * np.random.default_rng(seed).standard_normal(SR)
    return (0.2 * np.sin(2 * np.pi * hz * t) + noise).astype(np.float32)


def tones_and_noise(made: OwnSet, n: int, *, group: bool = False) -> OwnSet:
    """Add n tones and n bursts of noise; all of a category are one recording if `group`."""
    for category in ("tone", "noise"):
        made.add_category(category)
        for i in range(n):
            y = tone(800 + 20 * i, seed=i) if category == "tone" else burst(seed=i)
            title, one = f"{category} {i + 1}", category if group else None
            made.add_sample(y, SR, category=category, title=title, source="microphone", group=one)
    return made


def test_one_category_can_not_be_learnt(doors: OwnSet) -> None:
    """The background does not count."""
    filled(filled(doors, "door", 3), "background", 2)
    app = opened(doors, step="Learn")
    assert "at least two categories" in said(app)
    assert "Learn" not in [one.label for one in app.button]


def test_learning_shows_what_was_held_out() -> None:
    """Tones and noise are told apart; the result is outdated once a sample comes."""
    made = tones_and_noise(own.create("Signals"), 3)
    app = opened(made, step="Learn")
    button(app, "Learn").click()
    app.run()
    text = said(app)
    assert app.subheader[0].value == "100% of 6 held-out samples are correct"
    assert "Chance: 50%" in text
    assert [link.label for link in app.get("page_link")] == ["Classify", "Live", "Augment"]
    assert "There are no mistakes on these samples" in text
    assert app.dataframe[-1].value["recall"].tolist() == [100, 100]
    assert "has changed" not in text
    again = opened(made, step="Learn")  # another session, as after a reload or a restart
    assert [one.value for one in again.subheader] == [one.value for one in app.subheader]
    assert said(again).replace("Learnt in", "") == text.replace("Learnt in", "")
    filled(made, "tone", 1)
    assert "has changed since the model learnt" in said(app.run())


def test_a_mistake_can_be_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """A noise among the tones is taken for noise, and its card says so."""
    made = tones_and_noise(own.create("Signals"), 4)
    wrong = made.add_sample(burst(seed=50), SR, category="tone", title="odd", source="file")
    shown: list[tuple[str, str]] = []
    real = cards.clip_grid

    def note(grid, **options):
        shown.extend((card.card_id, card.subtitle) for card in grid)
        return real(grid, **options)

    monkeypatch.setattr(cards, "clip_grid", note)
    app = opened(made, step="Learn")
    button(app, "Learn").click()
    app.run()
    assert app.subheader[0].value == "89% of 9 held-out samples are correct"
    assert [(name, text.split(",")[0]) for name, text in shown] == [(wrong.id, "✗ noise")]
    moved = made.samples[0]
    made.move([moved.id], "noise")  # it was classified as what it was then
    shown.clear()
    next(box for box in app.selectbox if box.label == "Samples").select("1 1").run()
    assert {text for _, text in shown} == {"✓ noise"}
    assert moved.id not in {name for name, _ in shown}


def test_too_few_recordings_for_a_test() -> None:
    """It learns all the same, and says plainly that nobody knows how good it is."""
    made = tones_and_noise(own.create("Signals"), 3, group=True)
    app = opened(made, step="Learn")
    button(app, "Learn").click()
    app.run()
    assert app.subheader[0].value == "It has learnt your sounds, but no test was possible"
    assert "it is unknown how good the model is" in said(app)
    assert "held-out" not in app.subheader[0].value


def models(app: AppTest) -> list[str]:
    """Return the models that a page offers."""
    return next((box.options for box in app.selectbox if box.label == "Model"), [])


def test_the_model_is_there_for_who_has_the_key() -> None:
    """Once it has learnt, under the set's name, with links to the pages that use it; Classify answers with it."""
    made = tones_and_noise(own.create("My signals"), 3)
    app = opened(made, step="Learn")
    button(app, "Learn").click()
    app.run()
    app.segmented_control(key="step").set_value("Use").run()
    assert "my-signals" in said(app)
    assert [link.label for link in app.get("page_link")][:1] == ["Classify"]
    assert [one.label for one in app.get("download_button")] == [
        "Keras model", "TensorFlow Lite", "Card", "Download My signals", "As a notebook: learning in seconds",
    ]  # fmt: skip
    stranger = opened()
    stranger.switch_page("pages/classify.py")
    stranger.query_params["model"] = "my-signals"
    stranger.run()
    assert "my signals (" not in " ".join(models(stranger))
    assert "my signals" not in stranger.get("popover")[0].proto.popover.label
    fresh = opened()
    fresh.switch_page("pages/classify.py")
    fresh.query_params["model"], fresh.query_params["from"] = "my-signals", "files"
    fresh.query_params["models"] = made.key
    fresh.run()
    assert any(name.startswith("my-signals (") for name in models(fresh))
    assert fresh.query_params["models"] == [made.key] or fresh.query_params["models"] == made.key
    fresh.file_uploader[0].upload("new.wav", to_wav_bytes(burst(seed=77), SR))
    fresh.run()
    assert not fresh.exception
    assert "oise" in fresh.subheader[0].value


def test_a_shared_model_is_there_for_everyone_without_the_key() -> None:
    """As long as its owner wants; the key of the set stays with its owner."""
    made = tones_and_noise(own.create("My signals"), 2)
    app = opened(made, step="Learn")
    button(app, "Learn").click()
    app.run()
    app.segmented_control(key="step").set_value("Use").run()
    next(one for one in app.toggle if one.label.startswith("Everyone")).set_value(True).run()
    stranger = opened()
    stranger.switch_page("pages/classify.py")
    stranger.query_params["model"] = "my-signals"
    stranger.run()
    assert any(name.startswith("my-signals (") for name in models(stranger))
    assert "models" not in stranger.query_params
    next(one for one in app.toggle if one.label.startswith("Everyone")).set_value(False).run()
    assert not any(name.startswith("my-signals (") for name in models(stranger.run()))


def test_on_this_computer_the_models_of_all_sets_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of one name have two names there; nobody is asked whom to share them with."""
    for _ in range(2):
        made = own.create("Bells")
        write_small_model(made.models_dir / "bells")
    monkeypatch.setattr("ui.loaders.visitor.on_this_computer", lambda: True)
    app = opened(made, step="Use")
    names = [name for name in models(app) if name.startswith("bells")]
    assert len(set(names)) == 2
    assert not [one for one in app.toggle if one.label.startswith("Everyone")]
    assert "It is there again after a restart" in said(app)


def test_a_set_is_the_data_of_every_page() -> None:
    """By the key in the link, for this session only; the data dialog leads back."""
    made = tones_and_noise(own.create("My signals"), 2)
    app = opened()
    app.switch_page("pages/explore.py")
    app.query_params["data"] = made.key
    app.run()
    assert not app.exception
    chip = app.button(key="data_chip")
    assert "4 clips" in chip.label
    chip.click().run()
    app.button(key="leave_own_set").click().run()
    assert "4 clips" not in app.button(key="data_chip").label
