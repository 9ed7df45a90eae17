"""Chains and sounds on disk: read a chain from a JSON file, apply a chain to a sound file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from esc_core import audio
from esc_core.augment.audible import audible_waveform
from esc_core.augment.chain import Compose
from esc_core.config import AudioLimits, require
from esc_core.decoding.decode import decode
from esc_core.decoding.reader import Decoded
from esc_core.errors import AudioError, ParameterError
from esc_core.files import read_text, reason


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
    steps = steps_from_file(path)
    try:
        return Compose.from_json(steps)
    except ParameterError as error:
        raise ParameterError(f"{path.name}: {error}") from error


def steps_from_file(path: str | Path) -> list[dict[str, Any]]:
    """Read the steps of a chain from a JSON file, as they stand there.

    Parameters
    ----------
    path : str or pathlib.Path
        As for `chain_from_file`.

    Returns
    -------
    list of dict
        For ``augment`` in the settings of a run; names and values are not checked.

    Raises
    ------
    ParameterError
        If the file can't be read, is not JSON, or holds no list of steps; the message begins with the file's name.
    """
    path = Path(path)
    try:
        return steps_from_json(read_text(path))
    except OSError as error:
        raise ParameterError(f"{path.name} can't be read: {reason(error)}") from error
    except UnicodeDecodeError as error:
        raise ParameterError(f"{path.name}: the chain must be text in UTF-8") from error
    except ParameterError as error:
        raise ParameterError(f"{path.name}: {error}") from error


def steps_from_json(text: str) -> list[dict[str, Any]]:
    """Read the steps of a chain: a list of steps, or the settings of a run that hold one as ``augment``.

    Parameters
    ----------
    text : str
        JSON, as the Augment page writes it.

    Returns
    -------
    list of dict
        The steps; names and values are not checked.

    Raises
    ------
    ParameterError
        If it is not JSON, or no list of steps.
    """
    try:
        steps = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        position = f"line {error.lineno}, column {error.colno}"
        raise ParameterError(f"the chain is not valid JSON: {error.msg}, {position}") from error
    except (ValueError, RecursionError) as error:  # a number with thousands of digits, deeply nested lists
        raise ParameterError("the chain can't be read as JSON") from error
    if isinstance(steps, dict):
        steps = steps.get("augment")
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise ParameterError('the chain must be a list of steps, such as [{"name": "noise", "snr_db": 10}]')
    return steps


def augment_file(
    in_path: str | Path, out_path: str | Path, *, chain: Compose, seed: int = 0, second: str | Path | None = None
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

    Returns
    -------
    list of str
        A phrase per step on what was done, in the order of the steps.

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
