"""The settings of the server: each text outside its rule is refused with the rule and the value, at the start."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from esc_core.config import environment
from esc_core.config.environment import SETTINGS, check_environment
from esc_core.errors import ParameterError

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("ESC_CLASSROOM", "yes", "ESC_CLASSROOM must be 0 or 1, got 'yes'"),
        ("ESC_ADDRESS", "all", "ESC_ADDRESS must be an IP address, got 'all'"),
        ("ESC_ADDRESS", "256.0.0.1", "ESC_ADDRESS must be an IP address, got '256.0.0.1'"),
        ("ESC_PORT", "80", "ESC_PORT must be a whole number from 1024 to 65535, got '80'"),
        ("ESC_PORT", "65536", "ESC_PORT must be a whole number from 1024 to 65535, got '65536'"),
        ("ESC_PORT", "٨٥٠١", "ESC_PORT must be a whole number from 1024 to 65535, got '٨٥٠١'"),
        ("ESC_HTTPS", "off", "ESC_HTTPS must be own or proxy, got 'off'"),
        ("ESC_NAMES", "lab/x", "ESC_NAMES must be host names or IP addresses with spaces between them, got 'lab/x'"),
        ("ESC_NAMES", "a -b", "ESC_NAMES must be host names or IP addresses with spaces between them, got 'a -b'"),
        ("ESC_NAMES", "*.x", "ESC_NAMES must be host names or IP addresses with spaces between them, got '*.x'"),
        ("ESC_TEACHER_KEY", "short-key", "ESC_TEACHER_KEY must have at least 12 characters, got '9 characters'"),
        ("ESC_GIVE_WAY", "2", "ESC_GIVE_WAY must be 0 or 1, got '2'"),
        ("ESC_LOAD_AHEAD", "yes", "ESC_LOAD_AHEAD must be 0 or 1, got 'yes'"),
        ("ESC_MAX_VISITORS", "1001", "ESC_MAX_VISITORS must be a whole number from 1 to 1000, got '1001'"),
        ("ESC_MAX_RUNS", "0", "ESC_MAX_RUNS must be a whole number from 1 to 10000, got '0'"),
        ("ESC_MAX_UPLOADS", "-1", "ESC_MAX_UPLOADS must be a whole number from 1 to 1000, got '-1'"),
        ("ESC_MAX_UPLOAD_MB", "19", "ESC_MAX_UPLOAD_MB must be a whole number from 20 to 10000, got '19'"),
        ("ESC_DECODERS", "9", "ESC_DECODERS must be a whole number from 1 to 8, got '9'"),
        ("ESC_METRICS", "on", "ESC_METRICS must be 0 or 1, got 'on'"),
    ],
)
def test_a_wrong_value_is_refused(name: str, text: str, message: str) -> None:
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        check_environment({name: text})


def test_every_setting_has_a_refusal_above() -> None:
    """A row that is added to the table without a rule that refuses something would go unnoticed."""
    marks = test_a_wrong_value_is_refused.pytestmark[0].args[1]  # type: ignore[attr-defined]
    assert {row[0] for row in marks} == {setting.name for setting in SETTINGS}


def test_values_are_read() -> None:
    given = {
        "ESC_CLASSROOM": "1", "ESC_ADDRESS": "::1", "ESC_PORT": "65535", "ESC_HTTPS": "proxy",
        "ESC_NAMES": "Lab.School.example, 10.0.0.7", "ESC_TEACHER_KEY": "a key of mine", "ESC_DECODERS": "8",
    }  # fmt: skip
    assert environment.CLASSROOM.value(given) is True
    assert environment.ADDRESS.value(given) == "::1"
    assert environment.PORT.value(given) == 65_535
    assert environment.HTTPS.value(given) == "proxy"
    assert environment.NAMES.value(given) == ("lab.school.example", "10.0.0.7")
    assert environment.TEACHER_KEY.value(given) == "a key of mine"
    assert environment.DECODERS.value(given) == 8


def test_nothing_set_is_the_default_and_closed() -> None:
    for given in ({}, {setting.name: " " for setting in SETTINGS}):
        check_environment(given)
        assert [setting.value(given) for setting in SETTINGS] == [setting.default for setting in SETTINGS]
        assert not environment.CLASSROOM.value(given)


@pytest.mark.parametrize(
    "command", [["-m", "streamlit", "run", "app.py"], ["-m", "ui.classroom"]], ids=["run", "serve"]
)
def test_the_server_does_not_start_with_a_wrong_value(command: list[str], tmp_path: Path) -> None:
    """The rule and the value are printed, and nothing listens."""
    variables = {**os.environ, "ESC_DECODERS": "many", "ESC_HOME": str(tmp_path), "STREAMLIT_SERVER_HEADLESS": "true"}
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=variables, capture_output=True, text=True, timeout=150
    )
    assert done.returncode == 2
    assert "error: ESC_DECODERS must be a whole number from 1 to 8, got 'many'" in done.stderr
    assert list(tmp_path.iterdir()) == []
