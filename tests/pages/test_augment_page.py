"""The Augment page without a browser: every transform, links, presets, steps, the seed, uploads, and the model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from esc_core import cli
from esc_core.audio import to_wav_bytes
from esc_core.augment import REGISTRY, Compose
from esc_core.augment.chain import MAX_STEPS
from esc_core.augment.presets import PRESETS
from esc_core.dataset import Dataset, load_dataset
from tests.bad_audio import tone
from tests.browser.serve import ROOT
from tests.small_starter import write_small_starter
from ui.state import MAX_SEED

SECONDS = 170  # AppTest's limit; the machine may be busy
TABS = "augment:tabs"
TAKE, RESPONSE = "Take it with you", "The model's response"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_starter(tmp_path_factory.mktemp("data") / "starter")


@pytest.fixture(scope="module")
def dataset(folder: Path) -> Dataset:
    return load_dataset(folder)


@pytest.fixture
def app(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Make the app on a part of the starter set; not yet run."""
    monkeypatch.setenv("ESC50_DIR", str(folder))
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)


def opened(app: AppTest, *, tab: str | None = None, **parameters: Any) -> AppTest:
    """Open the page by a link with these parameters."""
    follow(app, **parameters)
    if tab:
        app.session_state[TABS] = tab
    app.switch_page("pages/augment.py").run()
    assert not app.exception
    return app


def follow(app: AppTest, **parameters: Any) -> None:
    """Put parameters into the link; a chain as JSON."""
    for name, value in parameters.items():
        app.query_params[name] = value if isinstance(value, str) else json.dumps(value)


def in_url(app: AppTest, name: str) -> str:
    """Return a parameter of the link."""
    value = app.query_params[name]
    return value[0] if isinstance(value, list) else value


def chain_in_url(app: AppTest) -> list[dict[str, Any]]:
    return json.loads(in_url(app, "chain"))


def texts(elements: Any) -> str:
    """Join what some elements say."""
    return "\n".join(element.value for element in elements)


def button(app: AppTest, label: str):
    """Find the last button with a label."""
    return [button for button in app.button if button.label == label][-1]


def slider(app: AppTest, label: str):
    return next(slider for slider in app.slider if slider.label == label)


def test_opens_on_a_clip_and_a_preset(app: AppTest, dataset: Dataset) -> None:
    """The first clip, pitch shift, the drawn values in words, and all of it in the link."""
    opened(app)
    assert app.title[0].value == "Augment"
    assert "Seed 0 drew: **pitch " in texts(app.markdown)
    assert PRESETS["pitch"].why in texts(app.caption)
    assert chain_in_url(app) == list(PRESETS["pitch"].steps)
    assert (in_url(app, "clip"), in_url(app, "seed")) == (dataset.clips[0].clip_id, "0")


def test_every_transform_is_on_the_page_and_the_same_everywhere(
    app: AppTest, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the same JSON, page, lines of Python and command line give the same bytes; each has its two sentences."""
    monkeypatch.chdir(tmp_path)
    second = dataset.clips[-1]
    opened(app, tab=TAKE, seed="5", second=second.clip_id)
    for name, cls in REGISTRY.items():
        chain = [{"name": name}]
        follow(app, chain=chain)
        app.run()
        assert not app.exception, name
        assert not app.error, name
        words = next(m.value for m in app.markdown if m.value.startswith("Seed 5 drew:"))
        shown = texts(app.caption)
        assert cls.imitates in shown, name
        assert cls.destroys_label in shown, name
        assert {parameter.label for parameter in cls.parameters.values()} <= {
            element.label for element in (*app.slider, *app.segmented_control)
        }
        exec(app.code[0].value, {})
        assert capsys.readouterr().out.strip().replace(", turned", " · turned") in words, name
        from_python = Path("augmented.wav").read_bytes()
        Path("chain.json").write_text(json.dumps(chain_in_url(app)))
        path = str(dataset.path(dataset.clips[0]))
        arguments = ["augment", path, "cli.wav", "--chain", "chain.json", "--seed", "5"]
        assert cli.main([*arguments, "--second", str(dataset.path(second))]) == 0
        capsys.readouterr()
        assert Path("cli.wav").read_bytes() == from_python, name


def test_a_slider_changes_the_chain_in_the_link(app: AppTest) -> None:
    """A fixed value, then a range around it."""
    opened(app, chain=[{"name": "gain", "gain_db": 3}])
    slider(app, "Gain").set_value(-6.0).run()
    assert chain_in_url(app) == [{"name": "gain", "gain_db": -6.0}]
    assert "gain −6.0 dB" in texts(app.markdown)
    app.toggle[0].set_value(True).run()
    (step,) = chain_in_url(app)
    low, high = step["gain_db"]
    assert low < -6 < high
    app.toggle[0].set_value(False).run()
    assert chain_in_url(app) == [{"name": "gain", "gain_db": -6.0}]


def test_a_link_may_hold_more_than_a_slider(app: AppTest) -> None:
    """Values beyond the slider's usual range, but within the bounds, are kept."""
    chain = [{"name": "noise", "snr_db": [-30, 70], "color": ["pink", "brown"], "p": 0.4}]
    opened(app, chain=chain, seed="3")
    assert Compose.from_json(chain_in_url(app)) == Compose.from_json(chain)
    assert slider(app, "Signal-to-noise ratio").value == (-30, 70)
    assert in_url(app, "seed") == "3"


@pytest.mark.parametrize(("wanted", "seed"), [("-1", 0), ("ten", 0), ("0007", 7), ("9" * 5000, MAX_SEED)])
def test_a_nonsense_seed_in_the_link_is_ignored(app: AppTest, wanted: str, seed: int) -> None:
    """An invalid seed becomes 0; one that is too large becomes the largest, however many digits it has."""
    opened(app, seed=wanted)
    assert in_url(app, "seed") == str(seed)


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "[" * 3000,
        '[{"name": "echo"}]',
        '{"name": "gain"}',
        '[{"name": "gain", "gain_db": 99}]',
        json.dumps([{"name": "gain"}] * (MAX_STEPS + 1)),
    ],
)
def test_a_broken_chain_in_the_link_gives_a_message(app: AppTest, text: str) -> None:
    """A message, and the page continues with its first preset."""
    opened(app, chain=text)
    assert "The chain in the link can't be used" in texts(app.warning)
    assert chain_in_url(app) == list(PRESETS["pitch"].steps)


def test_presets_and_steps(app: AppTest) -> None:
    """A preset fills the chain; steps are added at valid positions, moved, and removed; the link follows."""
    opened(app)
    app.selectbox(key="augment:preset:pitch").set_value("phone").run()
    assert [step["name"] for step in chain_in_url(app)] == ["band_pass", "soft_clip", "noise"]
    assert PRESETS["phone"].why in texts(app.caption)
    app.selectbox(key="augment:add:3").set_value("freq_mask").run()
    app.selectbox(key="augment:add:4").set_value("gain").run()
    names = [step["name"] for step in chain_in_url(app)]
    assert names == ["band_pass", "soft_clip", "noise", "gain", "freq_mask"]
    assert "approximation" in texts(app.caption)
    button(app, "Earlier")  # the mask, which must stay behind the sound's steps
    earlier = [b for b in app.button if b.label == "Earlier"]
    assert [b.disabled for b in earlier] == [True, False, False, False, True]
    earlier[1].click().run()
    assert [step["name"] for step in chain_in_url(app)][:2] == ["soft_clip", "band_pass"]
    button(app, "Remove").click().run()
    assert [step["name"] for step in chain_in_url(app)] == ["soft_clip", "band_pass", "noise", "gain"]
    assert not app.exception


def test_an_empty_chain_changes_nothing(app: AppTest) -> None:
    """A chain may be empty."""
    opened(app, chain=[])
    assert "no change" in texts(app.markdown)
    assert "The chain is empty" in texts(app.markdown)
    assert not app.error


def test_cutoffs_that_cross_give_a_message(app: AppTest) -> None:
    """Two sliders that contradict each other give a message, and the link keeps the last valid chain."""
    chain = [{"name": "band_pass", "low_hz": 300.0, "high_hz": 3400.0}]
    opened(app, chain=chain)
    slider(app, "Lower cut-off").set_value(4000.0).run()
    assert "low_hz must be below high_hz" in texts(app.error)
    assert chain_in_url(app) == chain
    slider(app, "Upper cut-off").set_value(5000.0).run()
    assert not app.error
    assert chain_in_url(app)[0]["low_hz"] == 4000.0


def test_draw_again(app: AppTest) -> None:
    """The next seed, other values, and both in the link."""
    opened(app)
    before = texts(app.markdown)
    button(app, "Draw again").click().run()
    assert in_url(app, "seed") == "1"
    assert "Seed 1 drew" in texts(app.markdown) != before


def test_draws_that_are_all_the_same_give_a_message(app: AppTest) -> None:
    """Eight times the same sound is not augmentation, and the page says how to change that."""
    opened(app, chain=[{"name": "gain", "gain_db": 3}])
    assert "Every draw is the same" in texts(app.markdown)


def test_a_mixture_shows_its_label(app: AppTest, dataset: Dataset) -> None:
    """The second sound can be chosen, and the shares are shown."""
    other = next(clip for clip in dataset.clips if clip.category == "rain")
    opened(app, chain=[{"name": "between_class", "ratio": 0.25}], second=other.clip_id)
    assert "25% of the label to the first" in texts(app.markdown)
    assert in_url(app, "second") == other.clip_id
    shown = "".join(element.proto.body for element in app.get("html"))
    assert "<b>25%</b>" in shown
    assert "rain <b>75%</b>" in shown


def test_a_file_of_ones_own(app: AppTest) -> None:
    """It is changed as clips are; the page says that a link can't carry it; a bad file gives a message."""
    opened(app, tab=TAKE, sound="file")
    data = to_wav_bytes(tone(1.0, sr=16_000).astype(np.float32), 16_000)
    app.file_uploader[0].upload("mine.wav", data).run()
    assert not app.exception
    assert "A link cannot carry a sound of your own" in texts(app.info)
    assert "Seed 0 drew: **pitch " in texts(app.markdown)
    assert 'audio.load("mine.wav")' in app.code[0].value
    app.file_uploader[0].set_value(("bad.wav", b"no sound", "audio/wav")).run()
    assert len(app.error) == 1


def test_the_models_response(app: AppTest) -> None:
    """Guesses before and after, which model answered, and the tipping point of one parameter."""
    opened(app, tab=RESPONSE, chain=[{"name": "noise", "snr_db": 5, "color": "white"}])
    assert "%" in app.subheader[0].value
    assert "→" in app.subheader[0].value
    assert "the mean of 5 networks. None of them was trained on this sound" in texts(app.caption)
    assert any("tips at" in m.value or "whole range" in m.value for m in app.markdown)
    assert app.selectbox[-1].options == ["Noise: signal-to-noise ratio in dB"]


@pytest.mark.real_data
def test_the_model_that_was_not_trained_on_the_clip_answers(app: AppTest, esc50_dir: Path, monkeypatch) -> None:
    """A clip of ESC-50 goes to the model that was not trained on its fold; a mask acts on the spectrogram."""
    monkeypatch.setenv("ESC50_DIR", str(esc50_dir))
    opened(app, tab=RESPONSE, clip="4-102844-A-49", chain=[{"name": "freq_mask"}])
    assert "was not trained on fold 4" in texts(app.caption)
    assert "No parameter of this chain can be varied" in texts(app.markdown)


PROGRAM = """
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=170)
app.run()
app.switch_page("pages/augment.py").run()
assert not app.exception and "drew" in " ".join(m.value for m in app.markdown)
print("tensorflow" in sys.modules)
"""


def test_no_tensorflow_until_the_model_is_asked(folder: Path) -> None:
    """Playing and showing a sound never load it."""
    env = {**os.environ, "ESC50_DIR": str(folder), "ESC_HOME": str(folder.parent / "home")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=env, capture_output=True, text=True, timeout=SECONDS, check=True
    )
    assert done.stdout == "False\n"
