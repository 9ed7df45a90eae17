"""Page tests run in this process; what a page would start beside it is not started."""

from __future__ import annotations

from types import SimpleNamespace

import pytest


@pytest.fixture(autouse=True)
def _no_starter_set_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without data a page has the starter set made; here it is for ever just about to begin.

    Its process would take a core for ten seconds, long after the test that has no use for it.
    """
    monkeypatch.setattr("ui.frame.starter._start", lambda root: SimpleNamespace(poll=lambda: None))


@pytest.fixture(autouse=True)
def _nothing_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train and Generate time a step of each preset; here it is never measured, for the same reason."""
    monkeypatch.setattr("ui.runs.measuring.measure", lambda name, config, dataset: False)
