"""The Train page without a browser: presets, own settings, every state of a run, comparison, lessons."""

from __future__ import annotations

import shlex
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from esc_core import cli
from esc_core.cli.training import train_config
from esc_core.config import TrainConfig
from esc_core.dataset import load_dataset
from esc_core.dataset.categories import ESC10_CATEGORIES
from esc_core.disk.files import append_row, write_json
from esc_core.errors import ModelError
from esc_core.training.data.inputs import READING
from esc_core.training.finished.envelope import Envelope
from esc_core.training.lessons.teach import ArmCurve
from esc_core.training.presets import PRESETS
from esc_core.training.process import control
from esc_core.training.process.create import create_run
from esc_core.training.process.measure import start_measuring
from esc_core.training.runs.listing import list_runs
from esc_core.training.runs.run import Run
from esc_core.training.timing import expected
from esc_core.training.timing.preparation import Stopwatch, remember_preparation
from esc_core.words import date_and_time, rough_duration
from tests.browser.serve import ROOT
from tests.small_finished_run import write_run
from tests.small_runs import TINY, write_tones
from ui import state
from ui.answer.people import human_recall
from ui.train.curves import people_score
from ui.train.lesson_charts import sentences
from ui.train.lessons import AUGMENTATION, LEAK

SECONDS = 120  # AppTest's limit, on a busy machine


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the data once for all tests."""
    return write_tones(tmp_path_factory.mktemp("data") / "tones")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """Collect the runs that are started, and start no process."""
    runs: list[Run] = []
    monkeypatch.setattr(control, "start_worker", runs.append)
    return runs


@pytest.fixture
def app(tones: Path, started: list[Run], monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Open the app on the tones, not yet on the page."""
    monkeypatch.setenv("ESC50_DIR", str(tones))
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)


def opened(app: AppTest, *, show: str = "Watch", run: Run | None = None) -> AppTest:
    """Run the page by a link."""
    app.run()
    app.switch_page("pages/train.py")
    app.query_params["show"] = show
    if run is not None:
        app.query_params["run"] = run.id
    app.run()
    assert not app.exception
    return app


def texts(elements) -> str:
    """Join what some elements say."""
    return "\n".join(element.value for element in elements)


def button(app: AppTest, label: str):
    """Return the button of a label."""
    return next(one for one in app.button if one.label == label)


def test_an_empty_value_in_a_link(app: AppTest) -> None:
    """`show=` opens the runs to watch, although the control then has nothing chosen."""
    assert texts(opened(app, show="").markdown) == texts(opened(app).markdown)


def test_no_run_yet(app: AppTest) -> None:
    """Without a run the page says what to press."""
    assert "Press one of the buttons above" in texts(opened(app).info)


def test_preset_starts_and_shows_its_run(app: AppTest, started: list[Run]) -> None:
    """A preset's button queues a run with the preset's settings; the page shows it and puts it into the link."""
    button(opened(app), PRESETS["one-minute"].title).click().run()
    assert not app.exception
    assert [run.about["preset"] for run in started] == ["one-minute"]
    config = started[0].config
    assert (config.n_epochs, config.warmup_epochs, config.no_mix_epochs, config.learning_rate) == (40, 3, 10, 3e-3)
    assert started[0].id in app.query_params["run"]
    assert any(one.label == "Stop the run" for one in app.button)


def test_presets_tell_their_time(app: AppTest, tones: Path) -> None:
    """Before a step was measured the page says so; afterwards it shows the time that the library expects."""
    assert texts(opened(app).caption).count("not measured yet") == len(PRESETS)
    config = PRESETS["one-minute"].config(load_dataset(tones))
    expected.remember_steps(config, {"float32": 0.4, "mixed_bfloat16": 0.5})
    assert "not measured yet" in texts(app.run().caption), "what comes before the first step was not measured"
    watch = Stopwatch(clock=iter((0.0, 0.0, 2.0)).__next__)
    watch(READING, 1, 2)
    watch(READING, 2, 2)
    remember_preparation(config, watch, overhead=30.0)
    seconds = expected.known_seconds(config, load_dataset(tones))
    assert seconds is not None
    assert f"about **{rough_duration(seconds)}** here, with preparation" in texts(app.run().caption)


def test_step_is_measured_in_a_process_of_its_own(tones: Path) -> None:
    """The process stores what the page needs for an estimate; this one has not loaded the network."""
    config, dataset = TINY, load_dataset(tones)
    assert expected.known_seconds(config, dataset) is None
    assert start_measuring(config, tones).wait(timeout=SECONDS) == 0
    assert expected.known_seconds(config, dataset) is not None


def test_own_settings_are_what_is_trained(app: AppTest, started: list[Run]) -> None:
    """What the widgets say is what the run's config holds."""
    opened(app, show="Set it up")
    app.number_input(key="own:epochs").set_value(7)
    app.number_input(key="own:seed").set_value(5)
    app.select_slider(key="own:batch").set_value(16)
    app.multiselect(key="own:rare").set_value(["dog"]).run()
    app.number_input(key="own:kept").set_value(3)
    app.selectbox(key="own:balance").set_value("sampling").run()
    button(app, "Start").click().run()
    assert not app.exception
    config = started[0].config
    assert (config.n_epochs, config.seed, config.batch_size) == (7, 5, 16)
    assert (config.limits, config.balance) == ({"dog": 3}, "sampling")


SET_UP = {
    "own:which": "chosen",
    "own:categories": ["rain", "dog"],
    "own:val_fold": 2,
    "own:test_fold": 4,
    "own:rare": ["rain"],
    "own:kept": 3,
    "own:balance": "sampling",
    "own:model": "wave_cnn",
    "own:width": 8,
    "own:augmentation": "my own chain",
    "own:chain:wave_cnn": '[{"name": "gain"}]',
    "own:epochs": 7,
    "own:batch": 16,
    "own:rate": 5e-3,
    "own:seed": 5,
    "draw_network": True,
}
"""Another value for each widget of "Set it up", in an order in which each is there when its turn comes."""


def not_drawn(*settings: object) -> None:
    """Stand for a network that would load TensorFlow."""
    raise ModelError("not drawn in this test")


def widgets(app: AppTest) -> list[Any]:
    """Return every widget of the page that holds a choice and has a key."""
    kinds = (
        app.segmented_control, app.multiselect, app.number_input, app.selectbox, app.slider, app.text_area,
        app.select_slider, app.toggle, app.checkbox, app.radio, app.text_input,
    )  # fmt: skip
    return [one for kind in kinds for one in kind if one.key]


def settings_shown(app: AppTest) -> dict[str, object]:
    """Return the value of every widget of "Set it up"."""
    return {one.key: one.value for one in widgets(app) if one.key not in ("show",)}


def test_every_setting_outlives_other_views_and_pages(
    app: AppTest, started: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each choice is there again after every other view and another page, and a run is trained with it."""
    monkeypatch.setattr("ui.train.network._layers", not_drawn)
    opened(app, show="Set it up")
    before = settings_shown(app)
    for key, value in SET_UP.items():
        next(one for one in widgets(app) if one.key == key).set_value(value).run()
    assert settings_shown(app) == SET_UP, "a widget of the page has no other value here"
    assert not {key for key, value in before.items() if SET_UP[key] == value}
    for view in state.SHOW.allowed:
        app.segmented_control(key="show").set_value(view).run()
        app.segmented_control(key="show").set_value("Set it up").run()
        assert settings_shown(app) == SET_UP, view
    for page in ("augment", "explore"):
        app.switch_page(f"pages/{page}.py").run()
        app.switch_page("pages/train.py").run()
        app.segmented_control(key="show").set_value("Set it up").run()
        assert settings_shown(app) == SET_UP, page
    button(app, "Start").click().run()
    config = started[0].config
    assert (config.categories, config.limits, config.val_fold, config.test_fold) == (("rain", "dog"), {"rain": 3}, 2, 4)
    assert config.augment[0]["name"] == "gain"


def test_a_rare_category_outlives_another_choice_of_categories(app: AppTest, started: list[Run]) -> None:
    """One that is not learnt is not made rare, which is said; it is rare again when it is learnt again."""
    opened(app, show="Set it up")
    app.multiselect(key="own:rare").set_value(["rain"]).run()
    app.segmented_control(key="own:which").set_value("chosen").run()
    app.multiselect(key="own:categories").set_value(["dog", "rooster"]).run()
    assert "Not in this run, so not made rare: rain." in texts(app.caption)
    button(app, "Start").click().run()
    assert started[0].config.limits == {}
    app.segmented_control(key="show").set_value("Set it up").run()
    app.segmented_control(key="own:which").set_value("all").run()
    button(app, "Start").click().run()
    assert started[1].config.limits == {"rain": 5}


@pytest.mark.parametrize(
    ("chain", "sentence"),
    [
        ("[{", "The chain is not valid JSON"),
        ('{"name": "noise"}', "The chain must be a list of steps"),
        ('[{"name": "no_such_step"}]', "no_such_step"),
        ('[{"name": "crop_stretch", "n_frames": "many"}]', "n_frames"),
    ],
)
def test_bad_chain_gets_one_sentence(app: AppTest, started: list[Run], chain: str, sentence: str) -> None:
    """A chain that can't be trained with gets one sentence, at once or at the start; nothing is written."""
    opened(app, show="Set it up").segmented_control(key="own:augmentation").set_value("my own chain").run()
    app.text_area[0].set_value(chain).run()
    start = button(app, "Start")
    if not start.disabled:
        start.click().run()
    assert not app.exception
    assert len(app.error) == 1
    assert sentence in app.error[0].value
    assert not started
    assert not list_runs()


def test_chain_of_the_augment_page_gets_the_crop_it_lacks(app: AppTest, started: list[Run]) -> None:
    """A chain without a crop gets the usual one, since no network can be trained without."""
    opened(app, show="Set it up").segmented_control(key="own:augmentation").set_value("my own chain").run()
    app.text_area[0].set_value('[{"name": "mel_gain", "gain_db": [-3, 3]}]').run()
    button(app, "Start").click().run()
    assert [step["name"] for step in started[0].config.augment] == ["mel_gain", "crop_stretch"]


def test_chain_comes_over_from_the_augment_page(app: AppTest, started: list[Run]) -> None:
    """What was built there is one click away here."""
    app.session_state["kept:chain"] = '[{"name":"mel_gain","gain_db":[-3,3]}]'
    opened(app, show="Set it up").segmented_control(key="own:augmentation").set_value("from the Augment page").run()
    assert "mel gain" in texts(app.caption)
    button(app, "Start").click().run()
    assert [step["name"] for step in started[0].config.augment] == ["mel_gain", "crop_stretch"]


def test_same_fold_twice_gets_one_sentence(app: AppTest) -> None:
    """A fold can't be watched and sealed at once."""
    opened(app, show="Set it up").segmented_control(key="own:test_fold").set_value(1).run()
    assert "Test_fold must differ from val_fold" in texts(app.error)
    assert button(app, "Start").disabled


@pytest.mark.parametrize("n_epochs", [5, 40, 85])
def test_page_and_command_line_train_one_recipe(
    app: AppTest, started: list[Run], tmp_path: Path, n_epochs: int
) -> None:
    """The same epochs and the same chain give equal settings, to the last one."""
    path, words = tmp_path / "chain.json", ["train", "--data", "x", "--val-fold", "1", "--epochs", str(n_epochs)]
    path.write_text('[{"name": "mel_gain", "gain_db": [-3, 3]}]')
    app.session_state["kept:chain"] = path.read_text()
    opened(app, show="Set it up").segmented_control(key="own:augmentation").set_value("from the Augment page")
    app.number_input(key="own:epochs").set_value(n_epochs).run()
    button(app, "Start").click().run()
    arguments = cli.command_parser().parse_args([*words, "--chain", str(path)])
    assert started[0].config == train_config(arguments)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("stopped", "what it has learnt so far is kept"),
        ("interrupted", "Its process ended unexpectedly"),
        ("failed", "the disk is full"),
    ],
)
def test_run_that_ended_early_can_go_on(
    app: AppTest, tones: Path, started: list[Run], state: str, sentence: str
) -> None:
    """Each way of ending early has its sentence and a button to go on, which queues the run again."""
    run = write_run(TINY, tones, state=state, error="the disk is full" if state == "failed" else None)
    opened(app, run=run)
    assert sentence in texts(app.markdown)
    button(app, "Resume").click().run()
    assert [one.id for one in started] == [run.id]
    assert run.status().state == "queued"


def test_finished_run_shows_mistakes_and_recall(app: AppTest, tones: Path) -> None:
    """The cells of the matrix can be chosen from a list, mistakes first, with their counts."""
    run = write_run(TINY, tones)
    opened(app, run=run)
    assert "Confusion after epoch 4" in texts(app.markdown)
    cells = app.selectbox(key=f"cell:{run.id}")
    # the last validation clip is the one that is still wrong
    assert cells.options[:2] == ["all mistakes", "rain, taken for dog: 1 clip"]
    assert "1 mistake" in texts(app.caption)
    cells.set_value("0 0").run()
    assert "2 clips, the most confident first" in texts(app.caption)
    recall = next(table.value for table in app.dataframe if "recall" in table.value.columns)
    assert recall.set_index("category")["recall"].to_dict() == {"dog": 100.0, "rooster": 100.0, "rain": 50.0}


def test_what_a_score_cannot_say_stands_beside_it(
    app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clips left out, and a category without training clips, which has no recall: before the run, and with it."""
    root = write_tones(tmp_path / "tones")
    table = root / "meta" / "esc50.csv"
    rows = table.read_text().splitlines(keepends=True)
    table.write_text("".join(row for row in rows if ",rain," not in row or row.startswith("1-")))
    sorted((root / "audio").glob("3-*"))[0].unlink()
    monkeypatch.setenv("ESC50_DIR", str(root))
    never = "Never trained on: rain, since all clips lie in a fold that is held out."
    left_out = "1 of 22 clips can't be read and is left out: `python -m esc_core data validate` names it."
    run = write_run(TINY, root)
    assert run.notes().never_trained == ("rain",)
    opened(app, run=run)
    assert texts(app.markdown).replace("\\", "").count(never) == 1
    assert texts(app.markdown).count(left_out) == 2  # of the data, and of the run
    recall = next(table.value for table in app.dataframe if "recall" in table.value.columns)
    recalls = recall.set_index("category")["recall"]
    assert recalls["dog"] == 100
    assert np.isnan(recalls["rain (never trained on)"])
    app.segmented_control(key="show").set_value("Set it up").run()
    assert never in texts(app.markdown).replace("\\", "")
    assert texts(app.markdown).count(left_out) == 1


def test_envelope_is_offered_once(app: AppTest, tones: Path) -> None:
    """A sealed fold has a button; once opened, the score stands there with the moment, and the button is gone."""
    run = write_run(replace(TINY, test_fold=2), tones)
    assert any(one.label == "Open the envelope" for one in opened(app, run=run).button)
    scores = {"accuracy": 0.5, "macro_recall": 0.5, "interval": (0.25, 0.75)}
    clips = {"filenames": ("a.wav", "b.wav"), "labels": (0, 1), "predicted": (0, 0), "confidence": (0.9, 0.8)}
    write_json(run.folder / "envelope.json", asdict(Envelope(opened_at=0.0, fold=2, **scores, **clips)))
    app.run()
    assert not any(one.label == "Open the envelope" for one in app.button)
    assert "Sealed fold 2: **50%** of 2 clips (95% interval 25%–75%)" in texts(app.markdown)
    assert f"Opened {date_and_time(0.0)}" in texts(app.markdown)


def test_one_can_go_back_to_an_earlier_epoch(app: AppTest, tones: Path) -> None:
    """The matrix after an earlier epoch has that epoch's mistakes."""
    run = write_run(TINY, tones)
    opened(app, run=run).select_slider(key=f"epoch:{run.id}").set_value(1).run()
    assert "Confusion after epoch 1" in texts(app.markdown)
    assert "4 mistakes" in texts(app.caption)


def test_run_whose_data_is_gone_still_shows_its_curves(app: AppTest, tmp_path: Path) -> None:
    """Without its clips a run says so, and keeps what does not need them."""
    data = write_tones(tmp_path / "gone")
    run = write_run(TINY, data)
    (data / "meta" / "esc50.csv").unlink()
    opened(app, run=run)
    assert len(app.warning) == 1
    assert "**Accuracy**" in texts(app.markdown)


def test_unknown_run_in_the_link(app: AppTest, tones: Path) -> None:
    """A link to a run that is gone shows the newest, and says so."""
    write_run(TINY, tones, name="amber fox")
    app.run()
    app.switch_page("pages/train.py")
    app.query_params["run"] = "20200101-000000-nobody"
    app.run()
    assert "20200101-000000-nobody" in texts(app.warning)
    assert "amber fox" in texts(app.markdown)


def test_runs_are_listed_without_lessons(app: AppTest, tones: Path) -> None:
    """The table holds a row a run; a lesson has its own place."""
    write_run(TINY, tones, name="amber fox")
    control.submit_lesson("leak", tones)
    table = opened(app, show="All runs").dataframe[0].value
    assert table["run"].tolist() == ["amber fox"]


def test_the_command_that_is_shown_can_be_run(tones: Path, tmp_path: Path) -> None:
    """It is right usage, also with a blank in the folder's name, and says the fold that the settings hold out."""
    from ui.train.manage import shell_line

    run = write_run(replace(TINY, val_fold=3), write_tones(tmp_path / "my sounds"))
    arguments = cli.command_parser().parse_args(shlex.split(shell_line(run))[3:])
    assert (arguments.data, arguments.val_fold, arguments.config) == (run.data_dir, 3, Path("config.json"))


def test_names_of_runs_do_not_hide_lines(tones: Path) -> None:
    """A run that is called as the chart's own line, or as the table's first column, is shown by its id."""
    from ui.train.runs import names_of

    a, b = (write_run(TINY, tones, name=name) for name in ("chance", "blue crab"))
    assert names_of(a, b) == [a.id, b.id]
    assert names_of(b, write_run(TINY, tones, name="amber fox")) == ["blue crab", "amber fox"]


def guessed(run: Run, correct: str) -> Run:
    """Write an evaluation of a run that is correct for the clips with a "1"."""
    watched = run.watched()
    assert watched is not None
    wrong = (watched.labels + 1) % len(watched.categories)
    predicted = [int(k if one == "1" else w) for one, k, w in zip(correct, watched.labels, wrong, strict=True)]
    append_row(run.folder / "guesses.jsonl", {"epoch": 4, "predicted": predicted, "confidence": [0.5] * len(predicted)})
    return run


def test_comparison_names_what_differs(tones: Path, tmp_path: Path) -> None:
    """Settings that differ, each with both values; the data folder is one of them."""
    from ui.train.runs import comparison, differences

    a = write_run(TINY, tones, name="amber fox")
    b = write_run(replace(TINY, seed=3, n_epochs=5, limits={"dog": 3}), tones, name="blue crab")
    table = differences([a, b], ["amber fox", "blue crab"])
    rows = [["limits", "–", '{"dog": 3}'], ["n epochs", "4", "5"], ["seed", "0", "3"]]
    assert sorted(table.to_numpy().tolist()) == rows
    elsewhere = write_run(TINY, write_tones(tmp_path / "elsewhere"))
    assert differences([a, elsewhere], ["a", "b"])["setting"].tolist() == ["data"]
    assert "They were trained on different clips" in comparison(a, b)[1]
    assert "different clips" not in comparison(a, write_run(replace(TINY, width=3), tones))[1]


def test_comparison_says_nothing_false(tones: Path) -> None:
    """Runs with one validation fold compare, whatever is sealed; with another fold, or without a score, they don't."""
    from ui.train.runs import comparison

    a = write_run(TINY, tones, name="amber fox")
    assert comparison(a, write_run(TINY, tones)) == (
        True,
        "On the same 6 validation clips both are correct for the same ones.",
    )
    sealed = comparison(a, write_run(replace(TINY, test_fold=3), tones))
    assert sealed[0]
    assert "They were trained on different clips" in sealed[1]
    assert comparison(a, write_run(replace(TINY, val_fold=2), tones)) == (
        False,
        "The runs were validated on different clips, so their scores cannot be compared.",
    )
    waiting = create_run(TrainConfig(), tones, name="slow owl")
    assert comparison(a, waiting) == (False, "Nothing to compare yet: slow owl has no score.")
    stopped = write_run(TINY, tones, name="blue crab", state="stopped", epoch=2)
    assert "blue crab is at epoch 2 of 4, so this is not its final score" in comparison(a, stopped)[1]


def test_comparison_tells_chance_from_more(tmp_path: Path) -> None:
    """By the sign-flip test over recordings: five against none could be chance, six are more."""
    from ui.train.runs import comparison

    data = write_tones(tmp_path / "many", per_fold=16)  # eight recordings of each of three categories
    a, b, c = (write_run(TINY, data, name=name) for name in ("amber fox", "blue crab", "calm seal"))
    n = len(a.watched().labels)
    firsts = [i for i, name in enumerate(a.watched().filenames) if name.split("-")[2] == "A"]
    for run, n_lost in ((a, 0), (b, 5), (c, 6)):
        guessed(run, "".join("0" if i in firsts[:n_lost] else "1" for i in range(n)))
    assert f"On the same {n} validation clips, amber fox scores +{500 / n:.1f} points" in comparison(a, b)[1]
    assert "could be chance: 5 clips are classified correctly by amber fox only, 0 by blue crab" in comparison(a, b)[1]
    assert "is more than chance: 6 clips" in comparison(a, c)[1]
    assert "is more than chance: 0 clips" in comparison(c, a)[1]


@pytest.mark.parametrize(("show", "lesson"), [(LEAK, "leak"), (AUGMENTATION, "augmentation")])
def test_lesson_is_queued_as_a_run(app: AppTest, started: list[Run], show: str, lesson: str) -> None:
    """The button of a lesson starts it; the page then shows how far it is."""
    button(opened(app, show=show), "Start the lesson").click().run()
    assert not app.exception
    assert [run.lesson for run in started] == [lesson]
    assert any(one.label == "Stop the run" for one in app.button)


def arm(name: str, own: float, unseen: float | None) -> ArmCurve:
    """Make an arm of a lesson with two epochs, the last of them evaluated."""
    row = {"epoch": 2, "seconds": 9.0, "loss": 0.25, "accuracy": own, "interval": [own - 0.05, own + 0.05]}
    scores = {"sealed_accuracy": unseen, "sealed_interval": unseen and [unseen - 0.05, unseen + 0.05]}
    return ArmCurve(name, name, 90, 60, 30 if unseen else 0, 40, 11, [{"epoch": 1, "seconds": 4.0}, {**row, **scores}])


def test_recorded_lesson_is_replayed(app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a recording there is none to show; with one it comes at a chosen pace, with what it was recorded on."""
    folder = tmp_path / "lessons"
    folder.mkdir()
    monkeypatch.setattr("ui.train.replay.ASSETS_DIR", tmp_path)
    assert not any(one.label == "Show a recorded run" for one in opened(app, show=LEAK).toggle)
    for one in (arm("scattered", 0.9, 0.5), arm("copies_kept", 0.7, 0.52), arm("whole_folds", 0.5, 0.55)):
        facts = {key: value for key, value in vars(one).items() if key not in ("name", "rows")}
        append_row(folder / "leak.jsonl", {"arm": one.name, **facts})
        for row in one.rows:
            append_row(folder / "leak.jsonl", {"arm": one.name, **row})
    about = {"data": "ESC-50", "machine": "two cores", "date": "2026-01-01", "n_categories": 50}
    write_json(folder / "leak.json", about)
    app.run().toggle(key="replay:leak").set_value(True).run()
    app.segmented_control(key="pace:leak").set_value("at once").run()
    assert not app.exception
    assert "Recorded on ESC-50, two cores, 2026-01-01" in texts(app.caption)
    assert "+40, +18 and −5 points" in texts(app.markdown)


@pytest.mark.parametrize("lesson", [LEAK, AUGMENTATION])
def test_shipped_recordings_are_replayed(app: AppTest, lesson: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is shown from before its first epoch to its last, and says what it was measured on."""
    opened(app, show=lesson)
    [toggle] = [one for one in app.toggle if one.label == "Show a recorded run"]
    with monkeypatch.context() as patch:
        patch.setattr("ui.train.replay.time", SimpleNamespace(monotonic=lambda: 0.0))
        toggle.set_value(True).run()
    assert not app.exception, "before the first epoch"
    assert ("Each on its own test" in texts(app.markdown)) == (lesson == LEAK)
    app.segmented_control(key=toggle.key.replace("replay", "pace")).set_value("at once").run()
    assert not app.exception
    assert "16 kHz, 8-bit copy" in texts(app.caption)


def test_sentences_of_the_leak_tell_what_was_measured() -> None:
    """The sentences hold the measured numbers, and come only when all arms have some."""
    arms = [arm("scattered", 0.9, 0.5), arm("copies_kept", 0.7, 0.52), arm("whole_folds", 0.5, 0.55)]
    assert sentences("leak", arms[:2]) == []
    first, second, third = sentences("leak", arms)
    assert "51 of 60 test sounds" in first
    assert all(number in first for number in ("90%", "70%", "50%"))
    assert "50%, 52% and 55%" in second
    assert "+40, +18 and −5 points" in third


@pytest.mark.parametrize(
    ("unseen", "doubt"),
    [
        ((0.5, 0.52, 0.55), "The first is the effect of the leak, and more than chance. The third could be chance"),
        ((0.85, 0.52, 0.55), "points. The first and the third could be chance"),
        ((0.85, 0.65, 0.55), "All three could be chance"),
        ((0.5, 0.52, 0.7), "None of them could be chance"),
    ],
)
def test_the_leak_says_what_could_be_chance(unseen: tuple[float, float, float], doubt: str) -> None:
    """A difference between own test and unseen fold could be chance where their intervals (± 0.05) overlap."""
    own = {"scattered": 0.9, "copies_kept": 0.7, "whole_folds": 0.5}
    arms = [arm(name, score, other) for (name, score), other in zip(own.items(), unseen, strict=True)]
    assert doubt in sentences("leak", arms)[2]


def test_sentences_of_an_old_lesson_on_augmentation() -> None:
    """Without predictions the intervals decide; nothing is said about training, where unlike losses were kept."""
    gain = sentences("augmentation", [arm("without", 0.5, None), arm("with", 0.65, None)])
    assert gain[1:] == ["That is +15 points, which is more than chance."]
    loss = sentences("augmentation", [arm("without", 0.5, None), arm("with", 0.45, None)])
    assert loss[1:] == ["That is −5 points, which could be chance."]


def compared(name: str, correct: str, *, train: float) -> ArmCurve:
    """Make an arm of the lesson on augmentation with its predictions for clips that each have their own recording."""
    share = correct.count("1") / len(correct)
    row = {"epoch": 1, "accuracy": share, "interval": [0.0, 1.0], "train_accuracy": train, "correct": correct}
    return ArmCurve(name, name, 90, len(correct), 0, 0, 0, [row], tuple(map(str, range(len(correct)))))


@pytest.mark.parametrize(("n_gained", "verdict"), [(6, "is more than chance"), (5, "could be chance")])
def test_augmentation_is_compared_clip_by_clip(n_gained: int, verdict: str) -> None:
    """Six clips against none are more than chance, five are not (p = 0.031 and 0.0625), however wide both intervals."""
    without = compared("without", "1" * 10 + "0" * 10, train=1.0)
    augmented = compared("with", "1" * (10 + n_gained) + "0" * (10 - n_gained), train=0.9)
    _, gain, training = sentences("augmentation", [without, augmented])
    assert f"That is +{5 * n_gained}.0 points (95% interval" in gain
    assert f"which {verdict}: {n_gained} of 20 clips are classified correctly only with augmentation, 0 only" in gain
    assert "the first classifies 100% correctly, the second 90%" in training
    assert f"lie 50 points without and {90 - 50 - 5 * n_gained} points with augmentation" in training


def test_people_are_compared_where_they_were_asked() -> None:
    """ESC-10 has its own listening test, other categories the mean of their recalls, synthetic sounds none."""
    assert people_score(sorted(ESC10_CATEGORIES), synthetic=False) == 0.957
    known = human_recall()
    assert people_score(["dog", "wind"], synthetic=False) == pytest.approx((known["dog"] + known["wind"]) / 2)
    assert people_score(["dog", "no_such_sound"], synthetic=False) is None
    assert people_score(sorted(ESC10_CATEGORIES), synthetic=True) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (83, "1 min 23 s"),
        (720, "12 min"),
        (3599, "1 h"),
        (4000, "1 h 7 min"),
    ],
)
def test_times_in_words(seconds: float, words: str) -> None:
    """A duration is as exact as is useful."""
    assert rough_duration(seconds) == words
