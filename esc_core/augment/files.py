"""Chains and sounds on disk: a chain from its JSON file, a sound file through a chain into another."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from esc_core import audio
from esc_core.augment.audible import heard
from esc_core.augment.chain import Compose
from esc_core.config import AudioLimits, require
from esc_core.decoding.decode import Decoded, decode
from esc_core.errors import AudioError, ParameterError
from esc_core.files import reason


def chain_from_file(path: str | Path) -> Compose:
    """Read a chain from a JSON file.

    Parameters
    ----------
    path : str or pathlib.Path
        A list of steps, such as ``[{"name": "pitch_shift", "n_steps": 2}]``.

    Returns
    -------
    Compose
        The validated chain.

    Raises
    ------
    ParameterError
        If the file can't be read, is no JSON, or holds no valid chain; the text begins with the file's name.
    """
    path = Path(path)
    try:
        steps = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ParameterError(f"{path.name} can't be read: {reason(error)}") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ParameterError(f"{path.name} is no JSON: {error.msg}, {place}") from error
    except (ValueError, RecursionError) as error:
        raise ParameterError(
            f"{path.name} is no JSON: it must be UTF-8 text, neither deeply nested nor with endless numbers"
        ) from error
    try:
        return Compose.from_json(steps)
    except ParameterError as error:
        raise ParameterError(f"{path.name}: {error}") from error


def augment_file(
    in_path: str | Path, out_path: str | Path, *, chain: Compose, seed: int = 0, second: str | Path | None = None
) -> list[str]:
    """Send a sound file through a chain and write a 16-bit WAV file.

    Parameters
    ----------
    in_path : str or pathlib.Path
        Sound file, from anyone.
    out_path : str or pathlib.Path
        WAV file to write; one that is there is replaced.
    chain : Compose
        The chain. What acts on spectrograms is made audible by Griffin-Lim.
    seed : int
        Seed of the draws, at least 0.
    second : str or pathlib.Path, optional
        The other sound of a mixture, or the background.

    Returns
    -------
    list of str
        What was done, in phrases, in the order of the steps.

    Raises
    ------
    AudioError
        If a file can't be read or written, or a step needs another sound.
    ParameterError
        If the seed is negative.
    """
    require(isinstance(seed, int) and seed >= 0, "seed must be a whole number from 0", seed)
    sound = _read(Path(in_path))

    def other() -> np.ndarray:
        found = _read(Path(second or ""))
        return audio.resample(found.y, orig_sr=found.sr, target_sr=sound.sr)

    applied = chain(sound.y, sound.sr, np.random.default_rng(seed), second=other if second else None)
    y, sr, approximate = heard(applied)
    words = applied.describe()
    try:
        Path(out_path).write_bytes(audio.to_wav_bytes(y, sr))
    except OSError as error:
        raise AudioError(f"{Path(out_path).name} can't be written: {reason(error)}") from error
    return [*words, "made audible from the spectrogram by Griffin-Lim, an approximation"] if approximate else words


def _read(path: Path) -> Decoded:
    try:
        with path.open("rb") as file:
            data = file.read(AudioLimits().max_bytes + 1)  # one more, so that too much is noticed
        return decode(data, name=path.name)
    except OSError as error:
        raise AudioError(f"{path.name} can't be read: {reason(error)}") from error
    except AudioError as error:
        raise AudioError(f"{path.name}: {error}") from error
