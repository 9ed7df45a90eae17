"""Without any network every page opens, and the browser asks nobody else for fonts, icons or anything."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.no_network import OPEN
from tests.browser.serve import ROOT, skip_or_fail

pytestmark = pytest.mark.timeout(1800)


def test_every_page_in_a_namespace_of_its_own(tmp_path: Path) -> None:
    """Server and Chromium run where only the loopback interface is."""
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rn", "true"], capture_output=True).returncode:
        skip_or_fail("this system lets nobody make a network namespace (unshare -rn)")
    done = subprocess.run(
        [unshare, "-rn", sys.executable, "-m", "tests.browser.no_network", str(tmp_path)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=1700,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["is_cut_off"]
    assert list(found["headings"]) == OPEN
    asked = {urlsplit(url).hostname for _, url in found["requests"] if not url.startswith(("data:", "blob:"))}
    assert asked == {"127.0.0.1"}
    kinds = {kind for kind, _ in found["requests"]}
    assert {"document", "script", "stylesheet", "font", "websocket"} <= kinds, "what was noted is not all that is asked"
    fonts = [url for kind, url in found["requests"] if kind == "font"]
    assert any("MaterialSymbols" in url for url in fonts), "the icons are a font"
    assert [failed for failed in found["failed"] if "ERR_ABORTED" not in failed] == []  # a page that was left
    assert not re.search(r"Traceback|Uncaught", found["log"]), found["log"]
