"""The packages that the app runs on, with their licences, as their own metadata have them.

``make licences`` prints them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[2] / "requirements.txt"
"""What the app asks for itself; all else comes with these."""

FAMILIES = {
    "LGPL": r"\bLGPL|Lesser General Public",
    "GPL": r"\bA?GPL|General Public License",
    "MPL": r"\bMPL|Mozilla",
    "Apache": r"Apache",
    "BSD": r"\bBSD|\b0BSD",
    "MIT": r"\bMIT",
    "ISC": r"\bISC",
    "PSF": r"\bPSF|Python Software Foundation|Python-2",
}
"""Families of licences: what each one's name looks like, the stricter one first where a package has several."""

OTHER = "other"

LONGEST = 60
"""Characters of a licence's name; longer ones are whole texts, of which the beginning says enough."""


@dataclass(frozen=True)
class Package:
    """An installed package.

    Attributes
    ----------
    name, version : str
        As it calls itself.
    licence : str
        Name of its licence, as its metadata have it; empty if they have none.
    asked : bool
        Whether the app asks for it itself, or another package does.
    """

    name: str
    version: str
    licence: str
    asked: bool

    @property
    def family(self) -> str:
        """One of `FAMILIES`, or `OTHER`."""
        return next((name for name, sign in FAMILIES.items() if re.search(sign, self.licence)), OTHER)


def installed(requirements: Path = REQUIREMENTS) -> list[Package]:
    """Return the packages of a file of requirements and all that they need, as far as they are installed, by name.

    Parameters
    ----------
    requirements : pathlib.Path
        A requirement each line, and comments.

    Returns
    -------
    list of Package
        Each once.
    """
    asked = [_name(line) for line in requirements.read_text(encoding="utf-8").splitlines() if re.match(r"\w", line)]
    found: dict[str, Package] = {}
    waiting = list(asked)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:  # for another system, or an extra
            continue
        found[name] = Package(package.metadata["Name"], package.version, _licence(package), name in asked)
        waiting += _needs(package)
    return sorted(found.values(), key=lambda package: package.name.lower())


def _needs(package: Distribution) -> Iterator[str]:
    for line in package.requires or ():
        if not re.search(r";.*\bextra\b", line):
            yield _name(line)


def _name(line: str) -> str:
    """Return the name in a requirement, as PEP 503 normalises it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", line.strip(), maxsplit=1)[0]).lower()


def _licence(package: Distribution) -> str:
    """Return the name of a licence: the expression, else what the classifiers say, else the first line of the text."""
    metadata = package.metadata
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    classifiers = [line.split(" :: ")[-1] for line in metadata.get_all("Classifier") or () if "License ::" in line]
    named = [name for name in classifiers if name != "OSI Approved"]
    text = metadata["License"].strip().split("\n")[0] if "License" in metadata else ""
    return (" and ".join(named) or text)[:LONGEST]


def by_family() -> dict[str, list[Package]]:
    """Return the installed packages of the app by family of their licences: the largest first, `OTHER` last."""
    families: dict[str, list[Package]] = {}
    for package in installed():
        families.setdefault(package.family, []).append(package)
    return dict(sorted(families.items(), key=lambda item: (item[0] == OTHER, -len(item[1]))))


def main() -> None:
    """Print all packages, a line each: family of the licence, name, version, and the licence's name."""
    for family, packages in by_family().items():
        for package in packages:
            print(f"{family}\t{package.name}\t{package.version}\t{package.licence or 'none named'}")


if __name__ == "__main__":
    main()
