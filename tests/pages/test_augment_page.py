"""The Augment page without a browser: every transform, links, presets, steps, the seed, uploads, and the model."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from esc_core import cli
from esc_core.audio import to_wav_bytes
from esc_core.augment import REGISTRY, Applied, Compose
from esc_core.augment.base import GROUPS
from esc_core.augment.chain import MAX_STEPS
from esc_core.augment.presets import PRESETS
from esc_core.dataset import Dataset, load_dataset
from tests.bad_audio import SR, encode, tone
from tests.browser.serve import ROOT
from tests.small_starter import write_small_starter
from ui.augment import draws
from ui.augment.names import in_words
from ui.microphone.payload import Recording
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


def toggle(app: AppTest, label: str):
    return next(one for one in app.toggle if one.label == label)


def slider(app: AppTest, label: str):
    return next(slider for slider in app.slider if slider.label == label)


def test_opens_on_a_clip_and_a_preset(app: AppTest, dataset: Dataset) -> None:
    """The first clip, pitch shift, the drawn values in words, and all of it in the link."""
    opened(app)
    assert app.title[0].value == "Augment"
    assert "Seed 0 drew: **pitch " in texts(app.markdown)
    assert app.selectbox(key="augment:preset:pitch").help == PRESETS["pitch"].why
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
    toggle(app, "Drawn from ranges").set_value(True).run()
    (step,) = chain_in_url(app)
    low, high = step["gain_db"]
    assert low < -6 < high
    toggle(app, "Drawn from ranges").set_value(False).run()
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
    assert app.selectbox(key="augment:preset:phone").help == PRESETS["phone"].why
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
    assert "Every draw is the same" not in texts(app.markdown)
    app.toggle(key="augment:eight").set_value(True).run()
    assert "Every draw is the same" in texts(app.markdown)


def test_nothing_is_drawn_that_nobody_asked_for(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither when the page opens, nor after a change: the draws are most of what the page computes."""
    drawn: list[Applied] = []
    picture = draws._picture
    monkeypatch.setattr(draws, "_picture", lambda applied: drawn.append(applied) or picture(applied))
    opened(app, chain=[{"name": "gain", "gain_db": [-6, 6]}])
    button(app, "Draw again").click().run()
    assert drawn == []
    app.toggle(key="augment:eight").set_value(True).run()
    assert not app.exception
    assert len(drawn) == 8


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


ANY = [
    {"name": "pitch_shift", "n_steps": [-2, 2]},
    {"name": "noise", "snr_db": [5, 20], "color": ["pink", "white"]},
    {"name": "gain", "gain_db": [-6, 6], "p": 0.7},
]
"""A chain with all that is drawn: numbers, a choice, whether a step acts, and noise."""


def m4a() -> bytes:
    """Encode a second of noise as a phone does."""
    file, sr = io.BytesIO(), 48_000
    y = (8_000 * np.random.default_rng(3).standard_normal((1, sr))).astype(np.int16)
    with av.open(file, "w", format="ipod") as out:
        track = out.add_stream("aac", rate=sr, layout="mono")
        for at in range(0, sr, 960):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(y[:, at : at + 960]), "s16", "mono")
            frame.sample_rate, frame.pts = sr, at
            out.mux(track.encode(frame))
        out.mux(track.encode(None))
    return file.getvalue()


KINDS: dict[str, Callable[[], bytes]] = {
    "short.wav": lambda: encode(tone(0.3, sr=16_000), sr=16_000),
    "long.wav": lambda: encode(tone(31.5, sr=8_000), sr=8_000),
    "long stereo.flac": lambda: encode(tone(30.01, sr=22_050, n_channels=2), sr=22_050, kind="FLAC"),
    "stereo.wav": lambda: encode(tone(1.0, sr=44_100, n_channels=2), sr=44_100, subtype="PCM_24"),
    "eight.wav": lambda: encode(tone(1.0, sr=8_000), sr=8_000, subtype="PCM_U8"),
    "float.wav": lambda: encode(tone(1.0, sr=48_000), sr=48_000, subtype="FLOAT"),
    "a “b” ü.mp3": lambda: encode(tone(1.0, sr=44_100), sr=44_100, kind="MP3"),
    "phone.m4a": m4a,
}
"""Files of every kind by name."""


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch) -> list[Applied]:
    """Collect what the page shows and plays."""
    found: list[Applied] = []
    monkeypatch.setattr("ui.augment.bench.show_result", lambda result, *others: found.append(result.applied))
    return found


@pytest.mark.parametrize("name", KINDS)
def test_the_lines_give_the_same_result(
    app: AppTest, results: list[Applied], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The lines of Python and the command that are shown give the page's samples, bit for bit."""
    monkeypatch.chdir(tmp_path)
    data = KINDS[name]()
    opened(app, tab=TAKE, sound="file", chain=ANY, seed="11")
    app.file_uploader[0].upload(name, data).run()
    assert not app.exception
    Path(name).write_bytes(data)
    there: dict[str, Any] = {}
    exec(app.code[0].value, there)
    np.testing.assert_array_equal(there["y"], results[-1].y)
    assert there["sr"] == results[-1].sr
    wanted = Path("augmented.wav").read_bytes()
    assert wanted == to_wav_bytes(results[-1].y, results[-1].sr)
    Path("augmented.wav").unlink()
    Path("chain.json").write_text(json.dumps(ANY))
    assert cli.main(shlex.split(app.code[1].value)[3:]) == 0
    assert Path("augmented.wav").read_bytes() == wanted


def test_a_recording_can_be_taken_away(
    app: AppTest, results: list[Applied], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines work on the file that the page offers: it holds the samples that the page changes."""
    monkeypatch.chdir(tmp_path)
    y = (0.9 * np.random.default_rng(5).uniform(-1, 1, 24_000)).astype(np.float32)
    y = (np.round(y * 32_768) / 32_768).astype(np.float32)  # as the browser sends it
    monkeypatch.setattr("ui.augment.sound.record_clip", lambda key: Recording("one", y, 48_000, filtered=False))
    saved: dict[str, bytes] = {}
    keep = lambda label, data, name, *rest, **options: saved.update({name: data})  # noqa: E731
    monkeypatch.setattr("ui.augment.take_away.st.download_button", keep)
    opened(app, tab=TAKE, sound="microphone", chain=ANY, seed="2")
    Path("recording.wav").write_bytes(saved["recording.wav"])
    there: dict[str, Any] = {}
    exec(app.code[0].value, there)
    np.testing.assert_array_equal(there["y"], results[-1].y)


def test_another_file_keeps_the_seed(app: AppTest) -> None:
    """Seed and chain stay when the file is taken away and another one comes, and when another clip is chosen."""
    opened(app, sound="file", chain=ANY)
    app.file_uploader[0].upload("one.wav", encode(tone(0.5), sr=SR)).run()
    app.number_input[0].set_value(7).run()
    app.file_uploader[0].clear().run()
    app.file_uploader[0].upload("two.wav", encode(tone(0.7), sr=SR)).run()
    assert "Seed 7 drew" in texts(app.markdown)
    assert (in_url(app, "seed"), chain_in_url(app)) == ("7", ANY)
    app.segmented_control(key="augment:source").set_value("clip").run()
    assert "Seed 7 drew" in texts(app.markdown)
    app.switch_page("pages/explore.py").run()
    app.switch_page("pages/augment.py").run()
    assert "Seed 7 drew" in texts(app.markdown)


def test_transforms_are_offered_in_groups(app: AppTest) -> None:
    """All of them, group after group, each by a name without code; on the spectrogram it says so."""
    options = opened(app, chain=[]).selectbox(key="augment:add:0").options
    assert len(options) == len(set(options)) == len(REGISTRY)
    assert list(dict.fromkeys(option.partition(": ")[0] for option in options)) == list(GROUPS)
    assert options[:4] == [
        "Pitch and time: Pitch shift", "Pitch and time: Speed", "Pitch and time: Time stretch",
        "Pitch and time: Mel shift (on the spectrogram)",
    ]  # fmt: skip
    assert not [option for option in options if "_" in option]


def test_the_response_stands_beside_the_sliders(app: AppTest) -> None:
    """Once it is asked for, it is there after each change, whatever tab is open; the choice outlives the page."""
    opened(app, chain=[{"name": "gain", "gain_db": 3}])
    assert "stays the best guess" not in texts(app.markdown)
    app.toggle(key="augment:answer").set_value(True).run()
    shown = [one.value for one in app.markdown if "→" in one.value]
    assert len(shown) == 1
    slider(app, "Gain").set_value(-24.0).run()
    assert len([one for one in app.markdown if "→" in one.value or "quiet background" in one.value]) == 1
    app.switch_page("pages/explore.py").run()
    app.switch_page("pages/augment.py").run()
    assert app.toggle(key="augment:answer").value


@pytest.mark.parametrize(
    ("transform", "parameter", "value", "words"),
    [
        ("low_pass", "cutoff_hz", 7312.4, "7.3 kHz"),
        ("low_pass", "cutoff_hz", 999.7, "1.0 kHz"),
        ("low_pass", "cutoff_hz", 312.4, "312 Hz"),
        ("pitch_shift", "n_steps", -2.46, "−2.5 semitones"),
        ("time_stretch", "rate", 1.234, "×1.23"),
        ("noise", "snr_db", 12.3, "12 dB"),
        ("time_roll", "share", 0.256, "26%"),
    ],
)
def test_values_in_plain_numbers(transform: str, parameter: str, value: float, words: str) -> None:
    """With the unit, no more digits than the slider has, and never as a power of ten."""
    assert in_words(REGISTRY[transform].parameters[parameter], value) == words


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
