"""Chains and sounds on disk: read a chain from a JSON file, apply a chain to a sound file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from esc_core import audio
from esc_core.augment.audible import audible_waveform
from esc_core.augment.chain import Compose
from esc_core.config import SOUND_ENDINGS, require
from esc_core.decoding.capped import read_capped
from esc_core.decoding.decode import decode
from esc_core.decoding.reader import Decoded
from esc_core.disk.files import read_text, reason, write_whole
from esc_core.errors import AudioError, ParameterError


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


@dataclass(frozen=True, eq=False)
class Augmented:
    """A sound file that a chain was applied to.

    Attributes
    ----------
    wav : bytes
        The result, a 16-bit WAV file.
    steps : tuple of str
        A phrase per step on what was done, in the order of the steps.
    remarks : tuple of str
        What was unusual about the files that were read, a sentence each.
    """

    wav: bytes
    steps: tuple[str, ...]
    remarks: tuple[str, ...]


def augment_bytes(
    data: bytes,
    *,
    chain: Compose,
    name: str = "the sound",
    seed: int = 0,
    second: tuple[str, bytes] | None = None,
    first_seconds: float | None = None,
) -> Augmented:
    """Apply a chain to the content of a sound file.

    Parameters
    ----------
    data : bytes
        Sound file, treated as untrusted input.
    chain : Compose
        The chain. One that ends in a spectrogram is made audible by Griffin-Lim.
    name : str
        Name of the file, for errors.
    seed : int
        Seed of the draws, at least 0.
    second : tuple of str and bytes, optional
        Name and content of the second sound of a mixture, or of the background.
    first_seconds : float, optional
        Apply it to so many seconds from the beginning only.

    Returns
    -------
    Augmented
        The result.

    Raises
    ------
    AudioError
        If a file is no sound, or a step needs another sound.
    ParameterError
        If the seed is negative, or no seconds are asked for.
    """
    require(isinstance(seed, int) and seed >= 0, "seed must be a whole number from 0", seed)
    require(first_seconds is None or 0 < first_seconds < 1e9, "first_seconds must be above 0", first_seconds)
    sound = _decoded(name, data)
    y = sound.y if first_seconds is None else sound.y[: int(first_seconds * sound.sr)]
    remarks = list(sound.remarks)

    def other() -> np.ndarray:
        found = _decoded(*(second or ("", b"")))
        remarks.extend(f"{second[0]}: {remark}" for remark in found.remarks if second)
        return audio.resample(found.y, orig_sr=found.sr, target_sr=sound.sr)

    applied = chain(y, sound.sr, np.random.default_rng(seed), second=other if second else None)
    y, sr, approximate = audible_waveform(applied)
    steps = applied.describe()
    if approximate:
        steps = [*steps, "made audible from the spectrogram by Griffin-Lim, an approximation"]
    return Augmented(audio.to_wav_bytes(y, sr), tuple(steps), tuple(dict.fromkeys(remarks)))


def augment_file(
    in_path: str | Path,
    out_path: str | Path,
    *,
    chain: Compose,
    seed: int = 0,
    second: str | Path | None = None,
    first_seconds: float | None = None,
) -> Augmented:
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
    Augmented
        What was written, what was done, and what was unusual about the files.

    Raises
    ------
    AudioError
        If a file can't be read or written, a step needs another sound, or the ending is not that of a WAV file.
    ParameterError
        If the seed is negative, or no seconds are asked for.
    """
    check_wav_name(out_path)
    given = None if second is None else (Path(second).name, _read(Path(second)))
    done = augment_bytes(
        _read(Path(in_path)),
        chain=chain,
        name=Path(in_path).name,
        seed=seed,
        second=given,
        first_seconds=first_seconds,
    )
    write_wav(out_path, done.wav)
    return done


def check_wav_name(path: str | Path) -> None:
    """Raise AudioError if a name promises another format than WAV; a name without an ending promises none."""
    if Path(path).suffix.lower() in SOUND_ENDINGS - {".wav", ".wave"}:
        raise AudioError(f"{Path(path).name} can't be written: the result is a WAV file, whose name must end in .wav")


def write_wav(path: str | Path, wav: bytes) -> None:
    """Write a WAV file whole or not at all; into a pipe or a device as it comes.

    Parameters
    ----------
    path : str or pathlib.Path
        The file; an existing one is replaced.
    wav : bytes
        Its content.

    Raises
    ------
    AudioError
        If it can't be written.
    """
    path = Path(path)
    try:
        if path.is_file() or not path.exists():
            write_whole(path.resolve(), lambda file: file.write(wav))
        else:
            path.write_bytes(wav)
    except OSError as error:
        raise AudioError(f"{path.name} can't be written: {reason(error)}") from error


def _read(path: Path) -> bytes:
    try:
        return read_capped(path)
    except AudioError as error:
        raise AudioError(f"{path.name}: {error}") from error


def _decoded(name: str, data: bytes) -> Decoded:
    try:
        return decode(data, name=name)
    except AudioError as error:
        raise AudioError(f"{name}: {error}") from error
