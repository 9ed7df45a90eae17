"""The About page without a browser: each station of the walk opens what it says; licences are the packages' own."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import esc_core
from esc_core.config import FeatureConfig
from esc_core.dataset import Dataset, load_dataset
from esc_core.models.registry import title_of
from esc_core.words import readable
from tests.browser.serve import ROOT
from tests.small_generator import random_generator
from tests.small_starter import write_small_starter
from ui import state
from ui.about.licences import OTHER, REQUIREMENTS, Package, installed, main
from ui.about.sources import NEVER_SENT, WITHOUT_LABELS, app_entry
from ui.about.walk import Station, followed, stations
from ui.frame.navigation import PAGES

SECONDS = 300  # AppTest's limit: a station loads the models, on a busy machine

CONTROLS = {"view": "View", "results": "Results", "show": "Show", "from": "Where the sound comes from"}
"""The segmented control that a parameter sets."""

OTHERWISE = {
    "view": "table", "group": ["human"], "search": "zzz", "show": "All runs", "results": "Published results",
}  # fmt: skip
"""What was chosen on the pages before the walk."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_starter(tmp_path_factory.mktemp("data") / "starter")


@pytest.fixture(scope="module")
def dataset(folder: Path) -> Dataset:
    return load_dataset(folder)


@pytest.fixture
def app(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("ESC50_DIR", str(folder))
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)


def opened(app: AppTest, page: str, parameters: dict[str, str]) -> AppTest:
    """Open a page by a link."""
    app.switch_page(PAGES[page].file)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def controls(app: AppTest) -> dict[str, str]:
    """Return what is selected in each control of a page, by its label."""
    return {control.label: control.value for control in app.button_group}


def test_there_are_eight_stations_of_one_walk(dataset: Dataset) -> None:
    """Each leads to a page that exists, with parameters that exist; together they show five pages."""
    walk = stations(dataset)
    known = {value.name: value for value in vars(state).values() if isinstance(value, state.UrlParameter)}
    assert len(walk) == 8
    assert {station.page for station in walk} == {"explore", "augment", "classify", "train", "results"}
    for station in walk:
        for name, value in station.parameters.items():
            assert not known[name].allowed or value in known[name].allowed, (station.title, name)
    assert followed(dataset).category == "dog"


def test_generators_and_networks_without_labels_are_named_with_their_licence(
    app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As soon as they came with the app; before that nothing is said, and a damaged one has a sentence."""
    monkeypatch.setattr("esc_core.generate.installed.GENERATORS_DIR", tmp_path)
    monkeypatch.setattr("ui.about.sources.NETWORKS_DIR", tmp_path)
    opened(app, "about", {"about": "Sources and licences"})
    text = " ".join(block.value for block in app.markdown)
    assert "makes sounds up" not in text
    assert WITHOUT_LABELS not in text
    random_generator(("dog", "rain"), features=FeatureConfig()).save(tmp_path / "esc10-long.npz")
    (tmp_path / "broken.npz").write_bytes(b"no weights")
    (tmp_path / "fold1.keras").write_bytes(b"a network")
    app.run()
    assert not app.exception
    text = " ".join(block.value for block in app.markdown)
    assert "makes sounds up: heard in training: 24 clips in 40 epochs, never fold 5. Weights trained on ESC-10" in text
    assert WITHOUT_LABELS in text
    assert "broken.npz holds no generator" in " ".join(error.value.replace("\\", "") for error in app.error)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(1, 9))
def test_a_station_opens_what_it_says(app: AppTest, dataset: Dataset, number: int) -> None:
    """The control that its parameter sets has that value, whatever was chosen before; clip and chain are there."""
    station = stations(dataset)[number - 1]
    for name, value in OTHERWISE.items():
        app.session_state[name] = value
    opened(app, "about", {})
    next(button for button in app.button if button.key == f"walk:{number}").click()
    app.run()
    assert not app.exception
    assert app.title[0].value == PAGES[station.page].title
    selected = controls(app)
    for name, value in station.parameters.items():
        if name in CONTROLS:
            assert selected[CONTROLS[name]] == value
    check_rest(app, station, dataset)
    buttons = [button.label for button in app.button]
    assert ("A first walk" in buttons) == (station.page == "explore"), "where a beginner arrives"


def check_rest(app: AppTest, station: Station, dataset: Dataset) -> None:
    """Assert what no segmented control shows: category, clip, chain."""
    text = " ".join(block.value for block in app.markdown)
    if "category" in station.parameters:
        boxes = {box.label: box.value for box in app.selectbox}
        assert boxes["Category"] == readable("dog")
    if "clip" in station.parameters:
        assert followed(dataset).clip_id.split("-")[1] in text
    if "chain" in station.parameters:
        (step,) = json.loads(station.parameters["chain"])
        assert step["snr_db"] in [slider.value for slider in app.slider]


def test_the_walk_is_what_the_page_opens_on(app: AppTest, dataset: Dataset) -> None:
    """Eight titles with their numbers, each with a link, and on any data set."""
    opened(app, "about", {})
    text = [block.value for block in app.markdown]
    titles = [f"**{i} · {station.title}**" for i, station in enumerate(stations(dataset), 1)]
    assert [line for line in text if line in titles] == titles
    labels = [button.label for button in app.button if button.label.startswith("Open ")]
    assert labels == [f"Open {PAGES[station.page].title}" for station in stations(dataset)]


def test_sources_name_licences_and_authors(app: AppTest) -> None:
    """Licences of the data, each model with its own, the entry to cite, and what is never sent."""
    opened(app, "about", {"about": "Sources and licences"})
    text = " ".join(block.value for block in app.markdown)
    for wanted in (
        "CC BY-NC 3.0",
        "CC BY 3.0",
        "Apache License 2.0",
        "freesound.org/s/100032",
        NEVER_SENT.strip(),
    ):
        assert wanted in text
    assert [name for name in ("mel_cnn", "aclnet", "yamnet", "together") if f"**{title_of(name)}**" not in text] == []
    cited = "\n".join(block.value for block in app.code)
    assert "10.1145/2733373.2806390" in cited
    assert f"version = {{{esc_core.__version__}}}" in app_entry().strip() in cited


def test_packages_are_those_that_are_installed(app: AppTest) -> None:
    """Each requirement is there and bold; what they need comes along; none is left without a family by mistake."""
    packages = {package.name.lower(): package for package in installed()}
    asked = {line.split(">=")[0].strip() for line in REQUIREMENTS.read_text("utf-8").splitlines() if line[:1].isalpha()}
    assert {name for name, package in packages.items() if package.asked} == asked
    assert packages["numpy"].version == version("numpy")
    assert packages["numpy"].family == "BSD"
    assert packages["tensorflow"].family == "Apache"
    assert packages["numba"].asked is False  # librosa needs it
    assert "pytest" not in packages
    assert sum(package.family == OTHER for package in packages.values()) <= len(packages) // 10
    opened(app, "about", {"about": "Packages"})
    text = " ".join(block.value for block in app.markdown)
    assert f"runs on {len(packages)} packages" in text
    assert f"**streamlit** {version('streamlit')}" in text


@pytest.mark.parametrize(
    ("licence", "family"),
    [
        ("BSD-3-Clause AND MIT", "BSD"),
        ("GNU Lesser General Public License v3", "LGPL"),
        ("Apache Software License", "Apache"),
        ("GPL-3.0-or-later", "GPL"),
        ("MIT License", "MIT"),
        ("Permitted to all", "other"),
        ("", "other"),
    ],
)
def test_families_of_licences(licence: str, family: str) -> None:
    assert Package("x", "1", licence, asked=False).family == family


def test_a_command_lists_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """`make licences`: a line for each package, none without a licence."""
    main()
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert sorted(name for _, name, _, _ in lines) == sorted(package.name for package in installed())
    assert ["BSD", "numpy", version("numpy")] in [line[:3] for line in lines]
