"""The watch over the pages of all other tests: nothing leaves this machine, and nothing fails silently."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Error

from tests.browser.watch import Watch

ADDRESSES = ("https://example.org/", "http://192.0.2.1/", "http://[2001:db8::1]/")


def test_other_machines_are_out_of_reach_and_noted(browser: Browser) -> None:
    """Neither by name nor by address."""
    watch = Watch(browser.new_context())
    page = watch.context.new_page()
    for address in ADDRESSES:
        with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
            page.goto(address)
    assert set(watch.outside) == set(ADDRESSES)  # Chromium may try one again
    watch.close(None)


def test_errors_in_the_console_are_noted(browser: Browser) -> None:
    """Those that a page writes, and those that it throws."""
    watch = Watch(browser.new_context())
    page = watch.context.new_page()
    page.evaluate("console.error('written')")
    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => { throw new Error('thrown'); })")
    assert watch.errors == ["written", "thrown"]
    watch.close(None)
