"""Text from a data set, a model, a run or a file is shown as it is on every page, never taken for markup."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from esc_core.config import GeneratorConfig
from esc_core.dataset import load_dataset, own, remember_folder
from esc_core.disk.files import read_json, write_json
from esc_core.models.installed import own_models_dir
from esc_core.training.runs.listing import rename
from tests.browser.serve import ROOT
from tests.pages.test_classify_page import noise
from tests.small_finished_run import write_run
from tests.small_generator import write_generator_run
from tests.small_model import write_small_model
from tests.small_runs import NAMES, TINY, write_tones

HOSTILE = (
    "![x](http://example.invalid/x.png) <img src=x> <a href='y'>y</a> :red[x] $x$ **x** `x` [a](javascript:1) "
    ":material/skull: www.example.invalid"
)
"""Each part of it would be more than text: in Markdown, or in the labels of a figure."""

HOSTILE_FILE = "![x](y) :red[x] $x$ **x** `x` <img src=x>.wav"
"""The same in a file's name, as far as a data set allows it."""

MARKUP = re.compile(r"(?<!\\)(!\[x|<img|<a |:red\[|\$x|\*\*x|`x|\]\(|:material/skull)|//e|www\.e")
PSEUDO_HTML = re.compile(r"<(img|a )")

PLAIN = {
    "selectbox.options", "selectbox.raw_value", "multiselect.options", "multiselect.raw_values", "text_input.default",
    "text_input.value", "file_uploader.value",
}  # fmt: skip
"""Fields that the browser shows as text."""

UNSEEN = re.compile(
    r"(^|\.)(id|key|user_key|element_id|form_id|url|query_string|page|alt|spec|config|data|arrow_data|json)(\.|$)"
)
"""Fields that are no text for people, or no markup; figures are looked at by themselves."""


def strings(message: Message, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text of a protobuf message with the path of its field."""
    for field, value in message.ListFields():
        for part in value if not isinstance(value, (str, bytes, Message)) and hasattr(value, "__iter__") else [value]:
            name = f"{path}.{field.name}".lstrip(".")
            if isinstance(part, Message):
                yield from strings(part, name)
            elif isinstance(part, str):
                yield name, part


def shown(block: Any) -> Iterator[tuple[str, str]]:
    """Yield each text of a page with the kind of its element and the field."""
    for child in getattr(block, "children", {}).values():
        proto = getattr(child, "proto", None)
        if isinstance(proto, Message):
            yield from ((f"{child.type}.{name}", text) for name, text in strings(proto))
        yield from shown(child)


def check(app: AppTest) -> str:
    """Return all that a page says, without markup of ours or others'; fail if any text is markup."""
    assert not app.exception
    said = list(shown(app._tree))
    read = [(name, text) for name, text in said if name not in PLAIN and not UNSEEN.search(name)]
    markup = [(name, text) for name, text in read if MARKUP.search(text)]
    assert markup == []
    figures = [text for name, text in said if name.endswith("spec") and PSEUDO_HTML.search(text)]
    assert figures == []
    return "\n".join(text for _, text in said)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Write a data set whose texts are hostile, and choose it."""
    root = write_tones(tmp_path / "data", per_fold=1)
    table = root / "meta" / "esc50.csv"
    header, *lines = table.read_text().splitlines()
    rows = []
    for i, line in enumerate(lines):
        name, fold, target, category, esc10, _, _ = line.split(",")
        new = f"{i} {HOSTILE_FILE}"
        (root / "audio" / name).rename(root / "audio" / new)
        rows.append([new, fold, target, f"{HOSTILE} {category}", esc10, f"{HOSTILE} {i}", HOSTILE])
    table.write_text("\n".join([header, *(",".join(f'"{cell}"' for cell in row) for row in rows)]), encoding="utf-8")
    remember_folder(root)
    return root


@pytest.fixture
def model(data: Path) -> str:
    """Write a model whose categories and card are hostile, and return its name."""
    folder = own_models_dir() / "![x](y) <img src=x> **x**"
    write_small_model(folder, labels=tuple(f"{HOSTILE} {name}" for name in NAMES))
    card = read_json(folder / "card.json")
    values = json.loads(json.dumps(card).replace("untrained", HOSTILE).replace("Untrained", HOSTILE))
    write_json(folder / "card.json", values | {"note": HOSTILE, "licence": HOSTILE})
    return folder.name


def opened(page: str, /, **parameters: str) -> AppTest:
    """Open a page by a link."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    if page != "explore":  # on which the app opens
        app.run()
        app.switch_page(f"pages/{page}.py")
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("view", ["cards", "table", "overview", "guess first"])
def test_explore(view: str) -> None:
    """In every view, with a clip open, or a question answered."""
    app = opened("explore", view=view, clip=f"0 {HOSTILE_FILE.removesuffix('.wav')}")
    check(app)
    assert app.segmented_control(key="view").value == view
    if view == "guess first":
        said = check(app.button(key="choice:0").click().run())
        assert "Correct" in said or "it is" in said


@pytest.mark.usefixtures("data")
def test_data_dialog() -> None:
    app = opened("explore")
    next(button for button in app.button if button.key == "data_chip").click()
    assert "In use" in check(app.run())


def test_a_folder_that_is_no_data_set(data: Path, tmp_path: Path) -> None:
    """The path of a folder stands in an error."""
    odd = tmp_path / "![x](y) **x** <img src=x>"
    data.rename(odd)
    remember_folder(odd)
    (odd / "meta" / "esc50.csv").unlink()
    said = check(opened("explore"))
    assert "not in ESC-50's layout" in said


@pytest.mark.usefixtures("data")
def test_augment() -> None:
    assert "Seed 0 drew" in check(opened("augment", sound="clip"))


def test_train(data: Path) -> None:
    """A run's name, error and categories, in every view."""
    run = write_run(TINY, data, name="![x](y) **x**"[:60])
    write_run(TINY, data, name="failed", state="failed", error=HOSTILE)
    for view in ("Watch", "Set it up", "All runs"):
        app = opened("train", show=view, run=run.id)
        check(app)
        assert app.segmented_control(key="show").value == view


@pytest.mark.parametrize("view", ["Listen", "Walk", "Train one"])
def test_generate(data: Path, view: str) -> None:
    """A generator's categories, its run's name and error, in every view."""
    categories = tuple(load_dataset(data).categories)
    config = GeneratorConfig(n_epochs=2, features=TINY.features, categories=categories)
    rename(write_generator_run(config, data), "![x](y) **x** <img src=x>")
    if view == "Train one":
        write_generator_run(config, data, state="failed", error=HOSTILE)
    app = opened("generate", make=view, of=categories[1])
    check(app)
    assert app.segmented_control(key="make").value == view


@pytest.mark.parametrize("step", ["Collect", "Groups", "Learn", "Use"])
def test_own_sounds(step: str) -> None:
    """A set, its categories and its samples may have such names, as far as a name allows."""
    name = "a ![x](y) :red[x] $x$ **x** `x` <img src=x> __x__"
    made = own.create(name)
    for category in (name, f"b {name}"):
        made.add_category(category)
        y = 0.1 * np.random.default_rng(0).standard_normal(16_000)
        made.add_sample(y.astype(np.float32), 16_000, category=category, title=HOSTILE, source="file")
    app = opened("own", set=made.key, step=step)
    check(app)
    assert app.segmented_control(key="step").value == step
    if step == "Collect":
        app.session_state["own:chosen"] = made.samples[0].id
        app.session_state[f"own:category:{made.key}"] = name
        check(app.run())
        said = check(app.button(key="own:delete").click().run())
        assert "was deleted" in said


@pytest.mark.parametrize("source", ["clip", "files"])
def test_classify(data: Path, model: str, source: str) -> None:
    """A clip of the set and uploaded files, by a model of one's own."""
    app = opened("classify", model=model, **{"from": source})
    if source == "files":
        app.file_uploader[0].upload(HOSTILE_FILE, noise(6.0))
        app.file_uploader[0].upload(f"2 {HOSTILE_FILE}", b"no sound")
        app.run()
    said = check(app)
    assert "example.invalid" in said.replace("\u2060", "").replace("\\", "")
