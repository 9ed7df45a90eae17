"""The package: what the wheel holds, and the command that it installs, run in a new environment from another folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
from collections.abc import Callable
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
import soundfile as sf

import esc_core
from esc_core.cli.common import program

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]

Command = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.timeout(400)  # the first test builds and installs, and one loads TensorFlow


def call(*command: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command, and tell what it said if it fails."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with the build backend of this environment, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    call(*PIP, "wheel", "--no-index", "--no-build-isolation", "--no-deps", "--wheel-dir", folder, ROOT)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into a new environment, which finds all other packages in that of the tests."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    call(*PIP, "--python", scripts / "python", "install", "--no-index", "--no-deps", wheel)
    others = dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
    (packages_of(folder) / "tests.pth").write_text("\n".join(others), encoding="utf-8")
    return scripts


def packages_of(folder: Path) -> Path:
    """Return an environment's site-packages."""
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))


@pytest.fixture
def elsewhere(environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return a function that runs a command of the new environment in a folder that knows nothing of this one."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    return lambda name, *arguments: call(environment / name, *arguments, cwd=tmp_path)


def requirements(path: Path) -> set[str]:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return {line for line in lines if line and not line.startswith("#")}


def test_dependencies_are_those_of_the_tested_set() -> None:
    """Each with the same bounds, either the library's or the app's."""
    listed = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["app"]]
    assert len(listed) == len(set(listed))
    assert set(listed) == requirements(ROOT / "requirements.txt")


def test_the_library_needs_no_package_of_the_app() -> None:
    """What only the extra "app" installs is imported nowhere in the library."""
    apps = "|".join(re.split(r"[<>=]", line)[0] for line in PROJECT["optional-dependencies"]["app"])
    importing = re.compile(rf"^\s*(import|from) ({apps})\b", re.MULTILINE)
    assert [path for path in (ROOT / "esc_core").rglob("*.py") if importing.search(path.read_text("utf-8"))] == []


def test_the_wheel_holds_the_library_and_its_assets(wheel: Path) -> None:
    """Every module, model and result table, and nothing of the app, its plans or its tests."""
    with ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    library = {path.relative_to(ROOT).as_posix() for path in (ROOT / "esc_core").rglob("*.py")}
    assets = ROOT / "assets"
    shipped = [
        *(assets / "contrastive").glob("*.*"),
        *(assets / "generators").glob("*.*"),
        *(assets / "maps").glob("*.*"),
        *(assets / "models").rglob("*.*"),
        *(assets / "results").rglob("*.*"),
        *(assets / "sounds").glob("*.*"),
        *assets.glob("*.*"),
    ]
    assert names == library | {"esc_core/py.typed"} | {f"esc_core/{p.relative_to(ROOT).as_posix()}" for p in shipped}


def test_the_version_is_that_of_the_library(environment: Path) -> None:
    """One number, in `esc_core`."""
    (info,) = packages_of(environment.parent).glob("*.dist-info")
    installed: Distribution = PathDistribution(info)
    assert (installed.metadata["Name"], installed.version) == ("esc-sound-lab", esc_core.__version__)


def test_the_installed_library_brings_its_assets(elsewhere: Command, environment: Path) -> None:
    """The shipped models and the result tables lie in the package, which is not that of the checkout."""
    code = """
import esc_core
from esc_core.config.paths import ASSETS_DIR, INSTALLED
from esc_core.findings.measured import RESULTS_DIR
print(esc_core.__file__, INSTALLED, ASSETS_DIR, len(list(RESULTS_DIR.glob("*.csv"))), sep="\\n")
"""
    file, installed, assets, n_tables = elsewhere("python", "-c", code).stdout.splitlines()
    package = packages_of(environment.parent) / "esc_core"
    assert (Path(file), installed, Path(assets)) == (package / "__init__.py", "True", package / "assets")
    assert int(n_tables) == len(list((ROOT / "assets" / "results").glob("*.csv")))


def test_esc_lab_lists_the_shipped_models(elsewhere: Command) -> None:
    """The same cards as in the checkout."""
    cards = json.loads(elsewhere("esc-lab", "models", "list", "--json").stdout)
    shipped = (ROOT / "assets" / "models").glob("*/card.json")
    assert [card["name"] for card in cards] == sorted(path.parent.name for path in shipped)


def test_esc_lab_classifies_a_clip(elsewhere: Command, tmp_path: Path) -> None:
    """From any folder; the sound is decoded in a child process of the installed library."""
    noise = 0.1 * np.random.default_rng(0).standard_normal(2 * 16_000)
    sf.write(tmp_path / "noise.wav", noise, 16_000)
    (answer,) = json.loads(elsewhere("esc-lab", "predict", "noise.wav", "--json").stdout)
    assert (answer["file"], answer["error"], len(answer["top"])) == ("noise.wav", None, 5)
    assert {"category", "prob"} == answer["top"][0].keys()


def test_esc_lab_is_called_by_its_name(elsewhere: Command) -> None:
    """Help and examples say what was typed: `esc-lab` here, `python -m esc_core` otherwise."""
    text = elsewhere("esc-lab", "models", "list", "--help").stdout
    assert text.startswith("usage: esc-lab models list")
    assert "example: esc-lab models list" in text
    assert program() == "python -m esc_core"
