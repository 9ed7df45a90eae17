"""Two visitors of one server: what one brings the other does not get, nor the disk, and it is gone with him."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
import soundfile as sf
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.serve import ROOT, start_app
from tests.small_runs import wait_until
from tests.small_starter import write_small_starter

# At a link to a page Streamlit's front end first looks for the server below that page's address; in the end the other
# visitor asks for what is gone.
pytestmark = [pytest.mark.allow_console(r"404 \(Not Found\)"), pytest.mark.timeout(900)]

CHAIN = json.dumps([{"name": "polarity"}])

NAME = "what-only-one-knows.wav"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("privacy")


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    """Run the app with a folder of its own for temporary files, too."""
    data = write_small_starter(folder / "data")
    (folder / "temporary").mkdir()
    env = {"ESC_HOME": str(folder / "home"), "ESC50_DIR": str(data), "TMPDIR": str(folder / "temporary")}
    with start_app(ROOT / "app.py", env, log=folder / "log.txt") as address:
        yield address


def bring(page: Page, url: str, path: Path) -> set[str]:
    """Upload a sound on Augment, download the result, and return the addresses at which the server offers files."""
    addresses: set[str] = set()
    page.on("response", lambda answer: addresses.add(answer.url))
    page.goto(f"{url}/augment?sound=file&chain={quote(CHAIN)}")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("tab", name="Take it with you").click()
    expect(page.get_by_text("A link cannot carry a sound of your own")).to_be_visible()
    for name in ("Sound as WAV", "Chain as JSON"):
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        addresses.add(download.value.url)
    return {found for found in addresses | linked(page) if found.startswith(f"{url}/media/")}


def linked(page: Page) -> set[str]:
    return set(page.evaluate("Array.from(document.querySelectorAll('[src], [href]'), (e) => e.src || e.href)"))


def status(context: BrowserContext, url: str) -> int:
    return context.request.get(url).status


def test_what_one_brings_is_his(open_page: Callable[..., Page], url: str, folder: Path) -> None:
    """The other sees none of it; who has a file's address, a digest of its content, gets it until the session ends."""
    samples = (np.random.default_rng(0).standard_normal(2 * 16_000) * 3000).astype(np.int16)
    sf.write(folder / NAME, samples, 16_000)
    mine, other = open_page(), open_page()
    addresses = bring(mine, url, folder / NAME)
    assert len(addresses) >= 2, "the two downloads"
    assert [address for address in addresses if not re.search(r"/media/[0-9a-f]{32}\b", address)] == []

    seen: set[str] = set()  # what looks the same for both has one address, and stays as long as one of them is there
    other.on("response", lambda answer: seen.add(answer.url))
    for page in ("augment?sound=file", "classify?from=files", "own"):
        other.goto(f"{url}/{page}")
        expect(other.get_by_role("heading", level=1).or_(other.get_by_role("heading", level=2)).first).to_be_visible()
        assert NAME not in other.content()
        seen |= linked(other)
    sound = samples[1000:1100].tobytes()
    written = [path for path in folder.rglob("*") if path.is_file() and path.parent != folder]
    assert [path.name for path in written if sound in path.read_bytes() or NAME in path.name] == []

    there = {address for address in addresses - seen if status(mine.context, address) == 200}
    assert there, "what the page has replaced meanwhile is gone, what it shows is not"
    assert [address for address in there if status(other.context, address) != 200] == [], "as SECURITY.md says"
    assert status(other.context, f"{url}/media/") == 404, "there is no list of them"
    assert status(other.context, f"{url}/media/{'0' * 32}.wav") == 404
    mine.context.close()
    wait_until(lambda: {status(other.context, address) for address in there} == {404}, what="the end of the addresses")
