"""The lines of Python that reproduce a result."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


def python_lines(
    path: str,
    chain: Sequence[dict[str, Any]],
    seed: int,
    *,
    second: str | None = None,
    first_seconds: float | None = None,
    audible: bool = False,
) -> str:
    """Write a program that applies a chain to a file.

    Parameters
    ----------
    path : str
        The sound file.
    chain : sequence of dict
        The chain as in JSON.
    seed : int
        Seed of the draws.
    second : str, optional
        File of the other sound of a mixture.
    first_seconds : float, optional
        Seconds from the beginning that the chain is applied to; all if left out.
    audible : bool
        Whether the chain ends in a spectrogram, of which only an approximation can be heard.

    Returns
    -------
    str
        A program with the result in `y` and its rate in `sr`, which it writes to ``augmented.wav``.
    """
    steps = "".join(f"    {json.dumps(step)},\n" for step in chain)
    lines = [
        "from pathlib import Path",
        "",
        "import numpy as np",
        "",
        "from esc_core import audio",
        "from esc_core.augment import Compose",
        *(["from esc_core.augment.audible import audible_waveform"] if audible else []),
        "",
        f"chain = Compose.from_json([\n{steps}])",
        f"y, sr = audio.load({json.dumps(path)})",
        *([f"y = y[: int({first_seconds:g} * sr)]"] if first_seconds else []),
        *([f"second, _ = audio.load({json.dumps(second)}, sr=sr)"] if second else []),
        f"applied = chain(y, sr, np.random.default_rng({seed}){', second=lambda: second' if second else ''})",
        'print(", ".join(applied.describe()))',
        "y, sr, _ = audible_waveform(applied)  # an approximation, by Griffin-Lim" if audible else "y = applied.y",
        'Path("augmented.wav").write_bytes(audio.to_wav_bytes(y, sr))',
    ]
    return "\n".join(lines) + "\n"
