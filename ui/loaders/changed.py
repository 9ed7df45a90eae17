"""When a file was changed: the key by which caches know that it is another one."""

from __future__ import annotations

from pathlib import Path


def changed_at(path: Path) -> int:
    """Return when a file was changed, in ns; 0 if it is not there."""
    try:
        return path.stat().st_mtime_ns
    except (OSError, ValueError):  # whoever reads it will say why it can't be read
        return 0
