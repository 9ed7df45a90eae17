"""A stored network in half the space: its weights rounded to 16 bits, in a zip that is compressed."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from esc_core.disk.files import write_whole
from esc_core.libraries import load_tensorflow
from esc_core.models.network import load_network

SIGNIFICANT_BITS = 11
"""Bits of a weight that are kept, as many as a 16-bit float has; the others are 0, and take no space in a zip."""


def compact(path: Path) -> None:
    """Round the weights of a stored network, and compress its file; any version of Keras reads it as before.

    Parameters
    ----------
    path : pathlib.Path
        A ``.keras`` file that this program wrote.

    Raises
    ------
    ModelError
        If it can't be read.
    OSError
        If it can't be written; the file stays as it was.
    """
    load_tensorflow()
    network = load_network(path)
    network.set_weights([rounded(weights) for weights in network.get_weights()])
    temporary = path.with_name(f".compacting-{path.name}")
    try:
        network.save(temporary)
        with zipfile.ZipFile(temporary) as file:
            parts = {info.filename: file.read(info) for info in file.infolist()}
    finally:
        temporary.unlink(missing_ok=True)

    def write(target: Any) -> None:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
            for name, data in parts.items():
                file.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)  # without the time of writing

    write_whole(path, write)


def rounded(weights: np.ndarray) -> np.ndarray:
    """Return weights rounded to `SIGNIFICANT_BITS`, float32; unlike 16-bit floats, with the full range."""
    mantissa, exponent = np.frexp(weights)
    steps = 2.0**SIGNIFICANT_BITS
    return np.ldexp(np.round(mantissa * steps) / steps, exponent).astype(np.float32)
