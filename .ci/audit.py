"""Are there known faults in the packages that the app runs on? `make audit` asks pip-audit.

It ends with 1 if a package has a fault that is not in `ACCEPTED`. Where the database of faults can't be reached, it
says so and ends with 0: a machine without a network can still check everything else.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ACCEPTED: dict[str, str] = {}
"""Id of a fault → why it does no harm here. What is mended by a newer version does not belong here: raise the bound."""

PIP_AUDIT = "pip-audit>=2.9,<3"

UNREACHABLE = re.compile(
    r"ConnectionError|Connection (?:refused|reset|aborted)|Max retries exceeded|timed out|NameResolution|"
    r"Name or service|Temporary failure|Network is unreachable|ServiceError|ProxyError|SSLError|"
    r"No matching distribution|HTTPError"
)
"""What pip and pip-audit say where they can't reach anybody."""

SECONDS = 600


def main() -> int:
    """Fetch pip-audit into an environment of its own, ask, and print."""
    tool = Path(sys.prefix) / "audit"
    python = tool / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(tool)], check=True, timeout=SECONDS)
        fetched = _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PIP_AUDIT])
        if fetched.returncode:
            return tell(fetched.stdout, fetched.stderr)
        asked = [str(python), "-m", "pip_audit", "--path", sysconfig.get_path("purelib"), "--format", "json"]
        answer = _run([*asked, "--progress-spinner", "off"])
    except subprocess.TimeoutExpired:
        return tell("", "timed out")
    return tell(answer.stdout, answer.stderr)


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)


def tell(report: str, said: str, accepted: Mapping[str, str] = ACCEPTED) -> int:
    """Print what pip-audit found, and return the exit status.

    Parameters
    ----------
    report : str
        Its report, JSON; empty if it has none.
    said : str
        What it wrote beside it.
    accepted : mapping of str to str
        Faults that may be there, and why.

    Returns
    -------
    int
        0 if there is no other fault, or if nobody could be asked.
    """
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        if UNREACHABLE.search(said):
            print("The database of known faults can't be reached, so no package was checked.")
            return 0
        print(f"pip-audit failed:\n{said.strip()[-2000:]}")
        return 1
    faults = [(package, fault) for package in packages for fault in package.get("vulns", ())]
    left_out = [package["name"] for package in packages if "skip_reason" in package]
    new = [(package, fault) for package, fault in faults if not _reason(fault, accepted)]
    for package, fault in faults:
        reason = _reason(fault, accepted)
        mended = ", ".join(fault.get("fix_versions", ())) or "no version yet"
        print(
            f"{package['name']} {package['version']}: {fault['id']}, mended in {mended}"
            + f"; accepted: {reason}" * bool(reason)
        )
    known = {name for _, fault in faults for name in _names(fault)}
    for name in accepted.keys() - known:
        print(f"{name} is accepted and no longer there: remove it from ACCEPTED.")
    if len(left_out) == len(packages):
        print("The database of known faults knows none of the packages, so no package was checked.")
        return 0
    if left_out:
        print(f"Not in the database: {', '.join(sorted(left_out))}.")
    print(f"{len(packages) - len(left_out)} packages checked, {len(faults)} known faults, {len(new)} not accepted.")
    return int(bool(new))


def _names(fault: Mapping[str, Any]) -> list[str]:
    return [fault["id"], *fault.get("aliases", ())]


def _reason(fault: Mapping[str, Any], accepted: Mapping[str, str]) -> str:
    return next((accepted[name] for name in _names(fault) if name in accepted), "")


if __name__ == "__main__":
    sys.exit(main())
