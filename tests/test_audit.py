"""The check for known faults in packages: what it says of pip-audit's answers, and when it fails."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent

FAULT = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["1.1"], "description": "…"}


@pytest.fixture
def audit() -> ModuleType:
    """Load the script, which lies outside all packages."""
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def report(*faults: dict) -> str:
    packages = [{"name": "good", "version": "2", "vulns": []}, {"name": "bad", "version": "1", "vulns": list(faults)}]
    return json.dumps({"dependencies": [*packages, {"name": "ours", "skip_reason": "not found"}], "fixes": []})


def test_a_fault_fails(audit: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.tell(report(FAULT), "") == 1
    said = capsys.readouterr().out
    assert "bad 1: PYSEC-1, mended in 1.1" in said
    assert "2 packages checked, 1 known faults, 1 not accepted" in said
    assert "Not in the database: ours." in said


@pytest.mark.parametrize("name", ["PYSEC-1", "CVE-1"])
def test_one_that_is_accepted_with_a_reason_does_not(
    audit: ModuleType, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """By any of its ids; another one beside it fails all the same."""
    assert audit.tell(report(FAULT), "", {name: "it is never called"}) == 0
    assert "accepted: it is never called" in capsys.readouterr().out
    assert audit.tell(report(FAULT, FAULT | {"id": "PYSEC-2", "aliases": []}), "", {name: "it is never called"}) == 1


def test_no_fault(audit: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """What is accepted and gone is said, so that the list stays short."""
    assert audit.tell(report(), "", {"CVE-9": "why"}) == 0
    assert "CVE-9 is accepted and no longer there" in capsys.readouterr().out


@pytest.mark.parametrize(
    "said",
    [
        "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='x', port=443): Max retries exceeded",
        "ERROR: No matching distribution found for pip-audit",
        "pip_audit._service.interface.ConnectionError: Could not connect to the service",
    ],
)
def test_without_a_network_nothing_is_checked_and_that_is_said(
    audit: ModuleType, capsys: pytest.CaptureFixture[str], said: str
) -> None:
    assert audit.tell("", said) == 0
    assert capsys.readouterr().out == "The database of known faults can't be reached, so no package was checked.\n"


def test_another_failure_is_one(audit: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.tell("", "usage: pip-audit: error: unrecognized arguments") == 1
    assert "unrecognized arguments" in capsys.readouterr().out


def test_the_check_of_everything_asks() -> None:
    """And each fault that is accepted has a reason."""
    assert re.search(r"^make audit\b", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert re.search(r"^audit:.*\n\t.*\.ci/audit\.py", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_reasons(audit: ModuleType) -> None:
    assert [name for name, reason in audit.ACCEPTED.items() if len(reason) < 20] == []


def test_a_database_that_knows_no_package_is_told(audit: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """In one sentence, and not as if all were well."""
    left_out = [{"name": name, "skip_reason": "not found"} for name in ("good", "bad")]
    assert audit.tell(json.dumps({"dependencies": left_out, "fixes": []}), "") == 0
    said = capsys.readouterr().out
    assert said == "The database of known faults knows none of the packages, so no package was checked.\n"
