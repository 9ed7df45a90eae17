"""Chains and sounds on disk: read a chain from a JSON file, apply a chain to a sound file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from esc_core import audio
from esc_core.augment.audible import audible_waveform
from esc_core.augment.chain import Compose
from esc_core.config import AudioLimits, require
from esc_core.decoding.decode import decode
from esc_core.decoding.reader import Decoded
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
        If the file can't be read, is not JSON, or holds no valid chain; the message begins with the file's name.
    """
    path = Path(path)
    try:
        steps = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ParameterError(f"{path.name} can't be read: {reason(error)}") from error
    except json.JSONDecodeError as error:
        position = f"line {error.lineno}, column {error.colno}"
        raise ParameterError(f"{path.name} is not JSON: {error.msg}, {position}") from error
    except (ValueError, RecursionError) as error:
        raise ParameterError(
            f"{path.name} is not JSON: it must be UTF-8 text without deep nesting or overlong numbers"
        ) from error
    try:
        return Compose.from_json(steps)
    except ParameterError as error:
        raise ParameterError(f"{path.name}: {error}") from error


def augment_file(
    in_path: str | Path,
    out_path: str | Path,
    *,
    chain: Compose,
    seed: int = 0,
    second: str | Path | None = None,
    first_seconds: float | None = None,
) -> list[str]:
    """Apply a chain to a sound file and write a 16-bit WAV file.

    Parameters
    ----------
    in_path : str or pathlib.Path
        Sound file, treated as untrusted input.
    out_path : str or pathlib.Path
        WAV file to write; an existing one is replaced.
    chain : Compose
        The chain. One that ends in a spectrogram is made audible by Griffin-Lim.
    seed : int
        Seed of the draws, at least 0.
    second : str or pathlib.Path, optional
        The second sound of a mixture, or the background.
    first_seconds : float, optional
        Seconds from the beginning that the chain is applied to, above 0; all if left out.

    Returns
    -------
    list of str
        A phrase per step on what was done, in the order of the steps.

    Raises
    ------
    AudioError
        If a file can't be read or written, or a step needs another sound.
    ParameterError
        If the seed is negative, or no seconds are asked for.
    """
    require(isinstance(seed, int) and seed >= 0, "seed must be a whole number from 0", seed)
    require(first_seconds is None or 0 < first_seconds < 1e9, "first_seconds must be above 0", first_seconds)
    sound = _read(Path(in_path))
    y = sound.y if first_seconds is None else sound.y[: int(first_seconds * sound.sr)]

    def other() -> np.ndarray:
        found = _read(Path(second or ""))
        return audio.resample(found.y, orig_sr=found.sr, target_sr=sound.sr)

    applied = chain(y, sound.sr, np.random.default_rng(seed), second=other if second else None)
    y, sr, approximate = audible_waveform(applied)
    done = applied.describe()
    try:
        Path(out_path).write_bytes(audio.to_wav_bytes(y, sr))
    except OSError as error:
        raise AudioError(f"{Path(out_path).name} can't be written: {reason(error)}") from error
    return [*done, "made audible from the spectrogram by Griffin-Lim, an approximation"] if approximate else done


def _read(path: Path) -> Decoded:
    try:
        with path.open("rb") as file:
            data = file.read(AudioLimits().max_bytes + 1)  # one more, so that a larger file is noticed
        return decode(data, name=path.name)
    except OSError as error:
        raise AudioError(f"{path.name} can't be read: {reason(error)}") from error
    except AudioError as error:
        raise AudioError(f"{path.name}: {error}") from error
