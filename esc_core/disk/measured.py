"""What was measured on this machine, kept in JSON files. What is missing or damaged there is measured again."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from esc_core.disk.files import read_json, write_json
from esc_core.disk.stored import Kind


@dataclass(frozen=True)
class Measurements:
    """Measured values by name, in a file.

    Attributes
    ----------
    path : pathlib.Path
        The file; it need not exist.
    kind : callable
        What a value must be; see `esc_core.disk.stored`.
    """

    path: Path
    kind: Kind

    def get(self, name: str) -> Any:
        """Return a value; None if it was not measured yet, or is damaged."""
        value = read_json(self.path).get(name)
        return value if self.kind(value) else None

    def keep(self, values: Mapping[str, Any]) -> None:
        """Store values by name, beside those that are there; on a full disk they are measured again next time."""
        with suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_json(self.path, {**read_json(self.path), **values})
