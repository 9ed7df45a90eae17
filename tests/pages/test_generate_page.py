"""The Generate page without a browser: no generator yet, sounds, walks, and a training in each state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from esc_core.config import GeneratorConfig
from esc_core.generate.training.presets import PRESETS
from esc_core.generate.worth.judged import FILE as JUDGED_FILE
from esc_core.generate.worth.judged import fingerprint, write_judged
from esc_core.training.process import control
from esc_core.training.runs.listing import list_runs
from esc_core.training.runs.run import Run
from tests.browser.serve import ROOT
from tests.small_finished_run import write_run
from tests.small_generator import random_generator, write_generator_run
from tests.small_results import JUDGED
from tests.small_runs import TINY, write_tones

SECONDS = 120  # AppTest's limit, on a busy machine

CONFIG = GeneratorConfig(n_epochs=4, features=TINY.features)


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
def app(tones: Path, started: list[Run], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AppTest:
    """Open the app on the tones, without shipped generators."""
    monkeypatch.setenv("ESC50_DIR", str(tones))
    monkeypatch.setattr("esc_core.generate.installed.GENERATORS_DIR", tmp_path)
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)


def opened(app: AppTest, page: str = "generate", **parameters: str) -> AppTest:
    app.run()
    app.switch_page(f"pages/{page}.py")
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def texts(elements) -> str:
    """Join what some elements say."""
    return "\n".join(str(element.value) for element in elements)


def box(app: AppTest, label: str) -> Selectbox:
    return next(one for one in app.selectbox if one.label == label)


def labels(elements) -> list[str]:
    return [element.label for element in elements]


def test_without_a_generator_it_offers_to_train_one(
    app: AppTest, started: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what is missing; a preset queues a run whose last fold is never heard, and shows it."""
    opened(app)
    assert "Choose **Train one**" in texts(app.info)
    app.segmented_control[0].set_value("Train one").run()
    assert "Press one of the buttons" in texts(app.info)
    assert texts(app.caption).count("fold 5 never heard · time not measured yet") == len(PRESETS)
    monkeypatch.setattr("ui.generate.learn.known_seconds", lambda config, dataset: 125.0)
    app.run()
    said = "fold 5 never heard · about **2 min 5 s** on this computer, with preparation"
    assert texts(app.caption).count(said) == len(PRESETS)
    app.button(key="generate:two-categories").click().run()
    assert not app.exception
    (run,) = started
    assert run.kind == "generator"
    settings = run.settings
    assert isinstance(settings, GeneratorConfig)
    assert (settings.val_fold, settings.categories) == (5, ("dog", "rain"))
    assert app.query_params["generator"] in (run.id, [run.id])


def test_sounds_of_a_category_and_a_seed(app: AppTest, tones: Path) -> None:
    """A link opens category and seed, "draw again" takes the next seed, and the page says what the sounds are."""
    run = write_generator_run(CONFIG, tones)
    opened(app, generator=run.id, of="rain", point="7")
    assert box(app, "Category").value == 2
    assert "seed 7" in texts(app.markdown)
    captions = texts(app.caption)
    assert "Made by a network. The waveform is an approximation (Griffin-Lim)" in captions
    assert "never on fold 5" in captions
    next(button for button in app.button if button.label == "Draw again").click().run()
    assert not app.exception
    assert "seed 8" in texts(app.markdown)
    box(app, "Category").set_value(0).run()
    assert app.query_params["of"] in ("dog", ["dog"])


def test_a_fresh_clone_offers_the_shipped_ones_at_once(
    app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any training there are a player and eight pictures; who chooses the other generator hears that one."""
    shown: list[int] = []
    monkeypatch.setattr("ui.generate.listen.grid", lambda made, *_, **__: shown.append(len(made)))
    for epochs, name in ((200, "esc10-short"), (2000, "esc10-long")):
        generator = random_generator(("dog", "rain"), features=TINY.features, seed=epochs)
        generator.card = replace(generator.card, epochs=epochs)
        generator.save(tmp_path / f"{name}.npz")
    write_judged(tmp_path / JUDGED_FILE, replace(JUDGED, file=fingerprint(tmp_path / "esc10-long.npz")))
    monkeypatch.setattr("ui.generate.choose.RESULTS_DIR", tmp_path)
    opened(app)
    assert not app.info
    assert shown == [8]
    assert box(app, "Generator").options == [
        "ESC-10, long training (came with the app)", "ESC-10, short training (came with the app)",
    ]  # fmt: skip
    captions = texts(app.caption)
    assert "trained for 2000 epochs" in captions
    assert "Of 200 of its sounds 62% are named as meant by mel" in captions
    box(app, "Generator").set_value("esc10-short").run()
    assert not app.exception
    captions = texts(app.caption)
    assert "trained for 200 epochs" in captions
    assert "named as meant" not in captions  # another file was judged
    (tmp_path / JUDGED_FILE).write_text("generator\n")
    app.run()
    assert "the table generators.csv in" in texts(app.error)


def test_a_walk_has_two_sliders(app: AppTest, tones: Path) -> None:
    """Between the ends the sound is called what it is a mixture of."""
    write_generator_run(CONFIG, tones)
    opened(app, make="Walk", of="dog")
    assert labels(app.slider) == ["From dog to rooster", "From one sound to another"]
    app.slider[0].set_value(25).run()
    app.slider[1].set_value(50).run()
    assert not app.exception
    assert [slider.value for slider in app.slider] == [25, 50]


@pytest.mark.parametrize("state", ["done", "stopped", "failed"])
def test_a_training_in_each_state(app: AppTest, tones: Path, state: str) -> None:
    """Its losses are explained, and the samples of each epoch are there to choose; what ended early can go on."""
    run = write_generator_run(CONFIG, tones, state=state, error="The disk is full." if state == "failed" else None)
    opened(app, make="Train one", generator=run.id)
    said = texts(app.markdown)
    assert "Two networks learn against each other" in said
    assert "epoch 4 of 4" in said
    assert box(app, "After epoch").options == ["2", "4"]
    assert ("Resume" in labels(app.button)) is (state != "done")
    box(app, "After epoch").set_value(2).run()
    assert not app.exception


def test_a_stopped_run_goes_on(app: AppTest, tones: Path, started: list[Run]) -> None:
    """Resume queues it again, for the worker of its kind."""
    run = write_generator_run(CONFIG, tones, state="stopped")
    opened(app, make="Train one", generator=run.id)
    app.button(key="resume").click().run()
    assert started == [run]
    assert run.status().state == "queued"
    assert control.WORKERS[run.kind] == "esc_core.generate.training.worker"


def test_the_train_page_lists_classifiers_only(app: AppTest, tones: Path) -> None:
    """A generator among the runs neither breaks its list nor is its newest run."""
    classifier = write_run(TINY, tones, name="amber fox")
    write_generator_run(CONFIG, tones)
    assert len(list_runs()) == 2
    opened(app, "train")
    assert box(app, "Run").options == [f"{classifier.name} · 83%"]
    app.segmented_control[0].set_value("All runs").run()
    assert app.dataframe[0].value["run"].tolist() == ["amber fox"]
