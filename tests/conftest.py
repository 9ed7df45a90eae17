"""What every test gets: an empty home, no network, and real clips only if it asks for them."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Read before TensorFlow and NumPy are imported, here and in processes that tests start. Small networks are no faster
# on more threads, which would wait for each other: the processes that share the tests keep all cores busy.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
for name in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

# The same examples in each run, and no deadline, since the machine may be busy.
settings.register_profile("lab", deadline=None, derandomize=True, database=None)
settings.load_profile("lab")

IN_CI = os.environ.get("CI", "").lower() not in ("", "0", "false")

REAL_DATA = {
    name: os.environ.pop(name, "") or os.environ.get(f"REAL_{name}", "")
    for name in ("ESC50_DIR", "ESC10_DIR", "YAMNET_DIR")
}
"""Where the real clips and YAMNet are. Only tests marked ``real_data`` find the variables in their environment."""

# the processes that share the tests inherit this environment, without the variables that were taken out of it
os.environ.update({f"REAL_{name}": value for name, value in REAL_DATA.items()})

HOW_TO_GET = {
    "ESC50_DIR": "point it at an ESC-50 folder (audio/, meta/esc50.csv); `python -m esc_core data download` gets one",
    "ESC10_DIR": "point it at a folder with the 400 clips of ESC-10 in ESC-50's layout (audio/, meta/esc50.csv)",
    "YAMNET_DIR": "point it at a folder with YAMNet's two files; `python -m esc_core models download yamnet` gets them",
}

HOLDS = {
    "ESC50_DIR": "meta/esc50.csv",
    "ESC10_DIR": "meta/esc50.csv",
    "YAMNET_DIR": "yamnet_spectra_in.tflite",
}
"""A file of each folder."""

NEEDS_FILES = {"esc50_dir": "ESC50_DIR", "esc10_dir": "ESC10_DIR", "yamnet_dir": "YAMNET_DIR"}
"""Fixture → the variable that it reads."""

CLIPS = ("ESC50_DIR", "ESC10_DIR")
"""What a test gets that is marked and names no fixture."""

attempts: list[str] = []
"""Addresses outside this machine that a test tried to reach."""


class OutsideConnectionError(OSError):
    """A test tried to reach another machine."""


def real_data_dir(variable: str) -> Path:
    """Return the folder that a variable names; without one skip the test, or fail it in CI."""
    if not REAL_DATA[variable]:
        (pytest.fail if IN_CI else pytest.skip)(f"{variable} is not set: {HOW_TO_GET[variable]}")
    path = Path(REAL_DATA[variable]).expanduser().resolve()
    if not (path / HOLDS[variable]).is_file():
        pytest.fail(f"{variable}={REAL_DATA[variable]} holds no {HOLDS[variable]}: {HOW_TO_GET[variable]}")
    return path


@pytest.fixture(scope="session")
def esc50_dir() -> Path:
    """Folder of the 2000 real clips of ESC-50."""
    return real_data_dir("ESC50_DIR")


@pytest.fixture(scope="session")
def esc10_dir() -> Path:
    """Folder of the 400 real clips of ESC-10, at 44.1 kHz."""
    return real_data_dir("ESC10_DIR")


@pytest.fixture(scope="session")
def yamnet_dir() -> Path:
    """Folder of YAMNet's two files."""
    return real_data_dir("YAMNET_DIR")


def _is_here(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse(host: object) -> None:
    attempts.append(str(host))
    raise OutsideConnectionError(f"tests may not leave this machine, tried {host!r}")


@pytest.fixture(scope="session", autouse=True)
def _isolated_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let no fixture of any scope write into the user's home or reach another machine."""

    def guard(name: str):
        real = getattr(socket.socket, name)

        def connect(self: socket.socket, address):
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_here(address[0]):
                _refuse(address[0])
            return real(self, address)

        return connect

    resolve = socket.getaddrinfo

    def getaddrinfo(host, *args, **kwargs):
        # Addresses may pass, since binding resolves them too; looking up a name asks another machine.
        if host and not _is_here(host):
            try:
                ipaddress.ip_address(host if isinstance(host, str) else host.decode())
            except ValueError:
                _refuse(host)
        return resolve(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ESC_HOME", str(tmp_path_factory.mktemp("session") / "esc_home"))
        patch.setattr(socket.socket, "connect", guard("connect"))
        patch.setattr(socket.socket, "connect_ex", guard("connect_ex"))
        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


@pytest.fixture(autouse=True)
def _isolated(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Give the test an ESC_HOME of its own, and the real clips if it is marked for them."""
    monkeypatch.setenv("ESC_HOME", str(tmp_path_factory.mktemp("home") / "esc_home"))
    if request.node.get_closest_marker("real_data"):
        asked = [variable for fixture, variable in NEEDS_FILES.items() if fixture in request.fixturenames]
        for variable in asked or CLIPS:
            monkeypatch.setenv(variable, str(real_data_dir(variable)))
    yield
    outside, attempts[:] = attempts[:], []
    if outside:
        pytest.fail(f"the test tried to reach {', '.join(outside)}", pytrace=False)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests by what they use, so that a forgotten marker does no harm, and let the long files begin.

    A file is done by one process, which starts its server and loads its models once. Files that drive a browser or wait
    for real runs (their tests have limits of their own) take longest: at the end, one process would be alone with them.
    """
    browser = Path(__file__).parent / "browser"
    for item in items:
        if browser in item.path.parents:
            item.add_marker("browser")
        if NEEDS_FILES.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker("real_data")
    waits = {item.path for item in items if item.get_closest_marker("timeout")}
    # a stable sort: the tests of a file stay together, in their order
    items.sort(key=lambda item: (item.path in waits) + (browser in item.path.parents), reverse=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail what CI may not skip: whatever needs a browser or real clips."""
    report = yield
    marked = any(item.get_closest_marker(name) for name in ("browser", "real_data"))
    if IN_CI and marked and report.skipped and not hasattr(report, "wasxfail"):
        _fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail a file that skips itself as a whole in CI; what it holds can't be known."""
    report = yield
    if IN_CI and report.skipped:
        _fail(report)
    return report


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"must not be skipped in CI. {reason}"
