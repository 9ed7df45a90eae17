"""The map of the Explore page without a browser: points, colours, cards, a sound of one's own, and the making of it."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile as sf
from streamlit.testing.v1 import AppTest

from esc_core import colours
from esc_core.audio import to_wav_bytes
from esc_core.dataset import Clip, Dataset, load_dataset
from esc_core.unsupervised import maps
from esc_core.unsupervised.agreement import Measure
from esc_core.unsupervised.clusters import cluster_names
from esc_core.unsupervised.embedders import EMBEDDINGS, embedding_key, load_embedder
from esc_core.unsupervised.maps import SoundMap, map_path, write_measures
from esc_core.unsupervised.neighbours import more_like
from esc_core.unsupervised.vectors import embed_dataset
from tests.browser.serve import ROOT
from tests.small_starter import write_small_starter
from ui import loaders
from ui.clip_grid import Press
from ui.explore import map as view
from ui.explore import map_cards, map_colours, map_job, map_sound
from ui.microphone import Recording

SECONDS = 170

Shown = dict[str, list[str]]
"""Ids of the clips of each grid of cards, by its key."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_starter(tmp_path_factory.mktemp("data") / "starter")


@pytest.fixture(scope="module")
def dataset(folder: Path) -> Dataset:
    return load_dataset(folder)


@pytest.fixture(scope="module")
def sound_map(dataset: Dataset) -> SoundMap:
    """Make the map of the sounds, with the first two numbers of their directions instead of UMAP."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(maps, "lay_out", lambda x, seed: x[:, :2].copy())
        embedder = load_embedder("log_mel")
        return maps.make_map(dataset, embedder, embed_dataset(dataset, embedder))


@pytest.fixture
def path(dataset: Dataset) -> Path:
    return map_path(dataset, embedding_key("log_mel"))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Shown:
    """Return the cards that are shown."""
    found: Shown = {}

    def cards(dataset: Dataset, clips: list[Clip], *, key: str, label: str) -> None:
        found[key] = [clip.clip_id for clip in clips]

    monkeypatch.setattr(map_cards, "clip_cards", cards)
    return found


@pytest.fixture
def app(folder: Path, monkeypatch: pytest.MonkeyPatch, shown: Shown) -> AppTest:
    """Open the map of a part of the starter set, without a model and without YAMNet; not yet run."""
    monkeypatch.setenv("ESC50_DIR", str(folder))
    monkeypatch.setattr(loaders, "cards", list)
    monkeypatch.setattr(map_job, "_start", lambda *_: SimpleNamespace(poll=lambda: None))
    map_job._makers().clear()
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
    app.query_params["view"] = "map"
    return app


@pytest.fixture
def mapped(app: AppTest, path: Path, sound_map: SoundMap) -> AppTest:
    """Open it where the map is there."""
    path.parent.mkdir(parents=True)
    np.savez(path, **vars(sound_map))
    write_measures(path, [Measure("nearest", 0.4, (0.3, 0.5), 0.04, 136), Measure("probe", 0.6, (0.5, 0.7), 0.04, 136)])
    return app


def run(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def figure(app: AppTest) -> dict:
    (chart,) = app.get("plotly_chart")
    return json.loads(chart.proto.spec)


def ids(app: AppTest) -> set[str]:
    return {one for trace in figure(app)["data"] for one in trace.get("customdata", [])}


def texts(elements) -> str:
    return "\n".join(element.value for element in elements)


def test_every_clip_is_a_point(mapped: AppTest, dataset: Dataset) -> None:
    """By WebGL, in the colours of their groups, with what was measured below."""
    run(mapped)
    clips, *legend = figure(mapped)["data"]
    assert clips["type"] == "scattergl"
    assert clips["customdata"] == [clip.clip_id for clip in dataset.clips]
    assert clips["marker"]["color"] == [colours.GROUPS[clip.group] for clip in dataset.clips]
    assert {trace["name"] for trace in legend} == {clip.group for clip in dataset.clips}
    said = texts(mapped.caption)
    assert "has the same category for 40.0% of the clips (95% interval 30.0% to 50.0%; chance: 4.0%)" in said
    assert "a linear probe is correct for 60.0%" in said


def test_a_shipped_map_needs_its_network(dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of networks trained without labels the key is the file's; the choice comes and goes with the file."""
    monkeypatch.setattr("esc_core.unsupervised.embedders.NETWORKS_DIR", tmp_path)
    monkeypatch.setattr(map_job, "embeddings_at_hand", lambda: ["log_mel"])
    monkeypatch.setattr(map_job, "has_shipped_map", lambda dataset, name: True)
    assert map_job.offered_embeddings(dataset) == ["log_mel", "yamnet"]
    (tmp_path / "fold1.keras").write_bytes(b"a network")
    assert map_job.offered_embeddings(dataset) == ["log_mel", "yamnet", "contrastive"]
    assert view.ALIKE_HELP.keys() == EMBEDDINGS.keys()


@pytest.mark.parametrize("colour", ["category", "fold", "cluster", "island"])
def test_each_colour_shows_all_clips(mapped: AppTest, dataset: Dataset, sound_map: SoundMap, colour: str) -> None:
    mapped.query_params["colour"] = colour
    run(mapped)
    assert ids(mapped) == {clip.clip_id for clip in dataset.clips}
    values = {
        "category": {clip.category for clip in dataset.clips},
        "fold": {clip.fold for clip in dataset.clips},
        "cluster": set(sound_map.clusters.tolist()),
        "island": set(sound_map.islands.tolist()),
    }
    assert len(set(figure(mapped)["data"][0]["marker"]["color"])) == len(values[colour])


def test_mistakes_are_of_esc50_only(mapped: AppTest) -> None:
    """The synthetic sounds have no such colour; a link to it shows groups."""
    mapped.query_params["colour"] = "mistakes"
    run(mapped)
    assert "animals" in {trace.get("name") for trace in figure(mapped)["data"]}


def test_mistakes_are_the_models(
    mapped: AppTest, dataset: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Those clips whose predicted category is another one."""
    wrong = {clip.filename for clip in dataset.clips[:5]}
    lines = [f"{clip.filename},{'nothing' if clip.filename in wrong else clip.category}" for clip in dataset.clips]
    (tmp_path / "said.csv").write_text("\n".join(["filename,predicted", *lines]), encoding="utf-8")
    monkeypatch.setattr(map_colours, "MISTAKES", tmp_path / "said.csv")
    monkeypatch.setattr(view, "all_predicted", lambda dataset: True)  # but for that they are synthetic
    map_colours.predicted_categories.clear()
    mapped.query_params["colour"] = "mistakes"
    clips, *legend = figure(run(mapped))["data"]
    map_colours.predicted_categories.clear()
    assert clips["marker"]["color"] == [colours.ORANGE] * 5 + [colours.CORRECT] * (len(dataset.clips) - 5)
    assert [trace["name"] for trace in legend] == ["correctly classified", "wrongly classified"]


def test_a_filter_leaves_points_out(mapped: AppTest, dataset: Dataset) -> None:
    mapped.query_params["fold"] = "2"
    assert ids(run(mapped)) == {clip.clip_id for clip in dataset.clips if clip.fold == 2}


def test_a_cluster_is_shown_as_cards(mapped: AppTest, dataset: Dataset, sound_map: SoundMap, shown: Shown) -> None:
    """By its name in a list, which needs no mouse."""
    run(mapped)
    name = cluster_names(sound_map.clusters, [clip.category for clip in dataset.clips])[1]
    mapped.selectbox(key="explore:cluster:False").select(name)
    run(mapped)
    inside = [clip.clip_id for clip, k in zip(dataset.clips, sound_map.clusters, strict=True) if k == 1]
    assert shown["map_cards"] == inside[:24]


def test_a_lasso_comes_before_the_list(mapped: AppTest, dataset: Dataset, shown: Shown) -> None:
    chosen = [dataset.clips[i].clip_id for i in (3, 70, 9)]
    mapped.session_state["explore:map_selection"] = chosen
    run(mapped)
    assert sorted(shown["map_cards"]) == sorted(chosen)
    assert "**Your selection**: 3 clips" in texts(mapped.markdown)


def test_a_selected_clip_has_those_most_like_it(
    mapped: AppTest, dataset: Dataset, sound_map: SoundMap, shown: Shown
) -> None:
    """Eight, the nearest first, without itself."""
    mapped.query_params["clip"] = dataset.clips[20].clip_id
    run(mapped)
    rows, _ = more_like(sound_map.x[20], sound_map.x, k=8, leave_out=[20])
    assert shown["map_like"] == [dataset.clips[i].clip_id for i in rows]


def test_a_sound_of_ones_own_lands_on_the_map(
    mapped: AppTest, dataset: Dataset, sound_map: SoundMap, shown: Shown
) -> None:
    """A copy of a clip lies where that clip lies, and the clip is the most like it."""
    run(mapped)
    clip = dataset.clips[33]
    mapped.file_uploader(key="map:file").set_value(("mine.wav", dataset.path(clip).read_bytes(), "audio/wav"))
    run(mapped)
    assert shown["map_like_own"][0] == clip.clip_id
    star = figure(mapped)["data"][-1]
    assert star["name"] == "your sound"
    assert (star["x"][0], star["y"][0]) == pytest.approx(tuple(sound_map.points[33]), abs=0.02)


def test_a_recording_lands_on_the_map(
    mapped: AppTest, dataset: Dataset, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of a clip is most like that clip; before it is made, the map has no star."""
    clip = dataset.clips[12]
    y, sr = sf.read(dataset.path(clip), dtype="float32")
    recordings = [None, Recording("first", y, sr)]
    monkeypatch.setattr(map_sound, "record_clip", lambda key: recordings[0])
    run(mapped)
    mapped.segmented_control(key="map:source").select("microphone")
    assert "your sound" not in {trace.get("name") for trace in figure(run(mapped))["data"]}
    recordings.pop(0)
    run(mapped)
    assert shown["map_like_own"][0] == clip.clip_id
    assert figure(mapped)["data"][-1]["name"] == "your sound"


def test_silence_has_no_place_on_the_map(mapped: AppTest) -> None:
    run(mapped)
    silence = to_wav_bytes(np.zeros(16_000, np.float32), 16_000)
    mapped.file_uploader(key="map:file").set_value(("nothing.wav", silence, "audio/wav"))
    run(mapped)
    assert [error.value for error in mapped.error] == ["The sound is silent: every sample is 0."]


def test_what_is_no_sound_is_refused(mapped: AppTest) -> None:
    run(mapped)
    mapped.file_uploader(key="map:file").set_value(("mine.wav", b"no sound", "audio/wav"))
    run(mapped)
    assert len(mapped.error) == 1
    assert "your sound" not in {trace.get("name") for trace in figure(mapped)["data"]}


def test_a_point_plays_its_clip_and_several_wait_as_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second press on the same point plays it again."""
    presses: list[Press] = []
    session: dict = {}
    monkeypatch.setattr(view, "st", SimpleNamespace(session_state=session))
    monkeypatch.setattr(view, "choose", presses.append)

    def press(*pressed: str | None) -> None:
        points = [{"customdata": one} if one else {} for one in pressed]
        session["explore:map"] = SimpleNamespace(selection=SimpleNamespace(points=points))
        view._take()

    press("a", "b", None)
    assert (presses, session["explore:map_selection"]) == ([], ["a", "b"])
    press("c")
    press("c")
    assert [(one.card_id, one.play) for one in presses] == [("c", True), ("c", True)]
    assert presses[0].token != presses[1].token
    assert session["explore:map_selection"] == []


# the making of the map


def test_a_shipped_map_is_shown_at_once(
    app: AppTest, dataset: Dataset, sound_map: SoundMap, shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is made; YAMNet's is offered without the trunk; the measures are those that were shipped with it."""
    started: list[str] = []
    monkeypatch.setattr(map_job, "_start", lambda *_: started.append("process"))
    monkeypatch.setattr(map_job, "embeddings_at_hand", lambda: ["log_mel"])
    monkeypatch.setattr(map_job, "shipped_map", lambda dataset, key: sound_map)
    monkeypatch.setattr(map_job, "has_shipped_map", lambda dataset, name: name == "yamnet")
    monkeypatch.setattr(
        map_job,
        "shipped_measures",
        lambda name: [Measure("probe", {"yamnet": 0.8}.get(name, 0.5), (0.4, 0.9), 0.02, 9)],
    )
    map_job._opened_shipped.clear()
    assert ids(run(app)) == {clip.clip_id for clip in dataset.clips}
    assert "a linear probe is correct for 50.0%" in texts(app.caption)
    app.segmented_control(key="explore:embedding").set_value("yamnet")
    assert "a linear probe is correct for 80.0%" in texts(run(app).caption)
    map_job._opened_shipped.clear()
    assert started == []


def test_a_missing_map_is_made_meanwhile(app: AppTest, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once for all, with what its process says; the page goes on without it."""
    started: list[tuple] = []

    def start(*arguments) -> SimpleNamespace:
        started.append(arguments[1:])
        path.parent.mkdir(parents=True)
        path.with_suffix(".log").write_text("Reading the clips: 10 of 136\nReading the clips: 40 of 136\n", "utf-8")
        return SimpleNamespace(poll=lambda: None)

    monkeypatch.setattr(map_job, "_start", start)
    run(app)
    run(app)
    assert started == [("log_mel", path)]
    assert not app.get("plotly_chart")
    (bar,) = app.get("progress")
    assert "Reading the clips: 40 of 136" in bar.proto.text
    assert bar.proto.value == int(0.6 * 40 / 136 * 100)


def test_a_failure_is_told_and_can_be_tried_again(app: AppTest, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.mkdir(parents=True)
    path.with_suffix(".log").write_text("Laying the sounds out\nthe disk is full\n", encoding="utf-8")
    codes = iter([1, None])

    def start(*_) -> SimpleNamespace:
        code = next(codes)
        return SimpleNamespace(poll=lambda: code)

    monkeypatch.setattr(map_job, "_start", start)
    run(app)
    assert [error.value for error in app.error] == ["the disk is full"]
    app.button(key="map:again").click()
    run(app)
    assert not app.error
    assert app.get("progress")


@pytest.mark.parametrize(
    ("line", "share"),
    [("Reading the clips: 50 of 100", 0.3), ("Laying the sounds out", 0.65), ("Comparing", 0), ("Reading: a of b", 0)],
)
def test_progress_is_read_from_words(line: str, share: float) -> None:
    assert map_job._share(line) == pytest.approx(share)
