"""Thousands of mutated sound files through the decoder that uploads go through.

    python -m benchmarks.fuzz [--files N] [--first N] [--seed N] [--keep FOLDER]     (Linux: it reads /proc)

Each file is made from its number and the seed, so a long run can be taken in pieces: `--first 5000 --files 5000` goes
on where `--files 5000` ended. It counts what was decoded, what was refused and with which sentence, and how often a
decoder crashed and how soon the next file was decoded. It ends with 1 if a refusal is no sentence of ours, if a file
takes longer than the limit, if a decoder gets more memory than allowed, or if this process, which stands for the
server, meets an exception. `--keep` stores the files at fault.
"""

from __future__ import annotations

import argparse
import re
import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from esc_core.config import CONTAINER_NAMES, CONTAINERS, AudioLimits
from esc_core.decoding import decode as decoding
from esc_core.errors import AudioError
from tests.bad_audio import encode, tone
from tests.mutants import mutant

LIMITS = AudioLimits()

GRACE_SECONDS = 10.0
"""Over the time limit of a file: to notice it, to start another decoder, on a machine that does other things."""

CRASHED = "The decoder crashed on this file, so it can't be used."

EVERY = 500
"""Files between two lines of progress."""

TIME = r"(?:[\d.,]+ (?:s|minutes?|hours?)(?: and | |))+"
CAP = r"at most 5 minutes can be used(?: at [\d,]+ Hz)?\."
NAMED = r"This (?:\.\w{1,8} )?file can't be read"

REFUSALS = tuple(
    re.compile(pattern)
    for pattern in (
        r"The file is empty \(0 bytes\)\.",
        r"The file has [\d.]+ MB; at most 20 MB can be used\.",
        rf"{NAMED} as sound: it is damaged or cut short\.",
        rf"{NAMED} as sound: it is damaged, or is not {CONTAINER_NAMES}\.",
        rf"{NAMED}: it is [\w ,.'-]+, not {CONTAINER_NAMES}\.",
        r"The file holds no sound track\.",
        r"The sound in this file is stored as [\w ,.()/+'-]{1,80}, which can't be read\.",
        r"The file has a header but no sound, as if it was cut short\.",
        rf"The file is damaged or cut short: it can't be read beyond {TIME}\.",
        r"The sound has \d+ channels; at most 64 can be used\.",
        r"The sampling rate is -?[\d,]+ Hz; 1,000 to 768,000 Hz can be used\.",
        rf"The sound is (?:more than )?{TIME} long; {CAP}",
        rf"The sound is {TIME} long; at least 0\.25 s is needed\.",
        r"The sound is silent: every sample(?: of the mixed channels)? is [-+\d.e]+\.",
        rf"The sample at {TIME} is [-+\w.]+; every sample must be a finite number up to 1e\+10\.",
        r"Decoding this file takes too much memory; at most 1 GB is allowed\.",
        r"Decoding this file takes too long; at most 20 s is allowed\.",
        re.escape(CRASHED),
    )
)
"""All that a person may read about a file that is refused."""

REMARKS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"The file's header does not give its length; all {TIME} that are there were read\.",
        rf"The file is (?:damaged|cut short): its header promises {TIME} of sound, and {TIME} can be read\.",
        rf"The file's header promises {TIME} of sound; all {TIME} that are there were read\.",
        rf"The file is (?:damaged|cut short): {TIME} of it can be read\.",
        r"The channels cancel each other when they are mixed, so only the louder one \(channel \d+ of \d+\) is used\.",
        r"The file has \d+ sound tracks; the first one is used\.",
    )
)
"""All that is said of a file that was decoded."""


@dataclass
class Tally:
    """What became of the files."""

    decoded: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    recoveries: list[float] = field(default_factory=list)
    longest: tuple[float, int] = (0.0, -1)
    space: float = 0.0
    resident: float = 0.0
    faults: dict[int, str] = field(default_factory=dict)


def main(argv: list[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--files", type=int, default=20_000, help="how many files (default: 20000)")
    parser.add_argument("--first", type=int, default=0, help="number of the first file (default: 0)")
    parser.add_argument("--seed", type=int, default=0, help="another seed gives other files (default: 0)")
    parser.add_argument("--keep", type=Path, help="folder for the files at fault")
    options = parser.parse_args(argv)
    tally, good, me = Tally(), encode(tone(0.5)), psutil.Process()
    mutant(0)
    before, began = me.memory_info().rss / 1e6, time.monotonic()
    for done, number in enumerate(range(options.first, options.first + options.files), start=1):
        name, data = mutant(number, seed=options.seed)
        try_file(number, name, data, tally)
        if CRASHED in tally.refused and len(tally.recoveries) < tally.refused[CRASHED]:
            tally.recoveries.append(recovery(good))
        if number in tally.faults:
            print(f"file {number} ({name}, {len(data)} bytes): {tally.faults[number]}", flush=True)
            keep(options.keep, f"{options.seed}-{number}-{name}", data)
        if done % EVERY == 0 or done == options.files:
            rate = done / (time.monotonic() - began)
            print(f"{done} files, {rate:.1f} a second, {len(tally.faults)} at fault", flush=True)
    return tell(tally, options.files, (before, me.memory_info().rss / 1e6))


def try_file(number: int, name: str, data: bytes, tally: Tally) -> None:
    """Decode a file as an upload is decoded, and count what becomes of it."""
    began = time.monotonic()
    fault = ""
    try:
        sound = decoding.decode(data, name=name)
    except AudioError as error:
        sentence = str(error)
        tally.refused[grouped(sentence)] += 1
        if not any(pattern.fullmatch(sentence) for pattern in REFUSALS):
            fault = f"no sentence of ours: {sentence!r}"
    except Exception as error:  # what would end a page
        fault = f"an exception in the server: {error!r}"
    else:
        tally.decoded[sound.format] += 1
        said = [one for one in sound.remarks if not any(pattern.fullmatch(one) for pattern in REMARKS)]
        if said:
            fault = f"no remark of ours: {said}"
        if sound.format not in CONTAINERS or not len(sound.y) <= LIMITS.longest(sound.sr) * sound.sr:
            fault = f"outside the caps: {sound.format}, {len(sound.y)} samples at {sound.sr} Hz"
    seconds = time.monotonic() - began
    tally.longest = max(tally.longest, (seconds, number))
    space, resident = child_peaks()
    tally.space, tally.resident = max(tally.space, space), max(tally.resident, resident)
    if seconds > LIMITS.decode_seconds + GRACE_SECONDS:
        fault = fault or f"it took {seconds:.1f} s"
    if space > LIMITS.decode_memory / 1e6:
        fault = fault or f"a decoder has {space:.0f} MB of address space"
    if fault:
        tally.faults[number] = fault


def grouped(sentence: str) -> str:
    """Return a sentence without its numbers and the ending of the file's name."""
    return re.sub(r"[-+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?", "N", re.sub(r"This \.\w+ file", "This file", sentence))


def recovery(good: bytes) -> float:
    """Return the seconds until a whole file is decoded again."""
    began = time.monotonic()
    decoding.decode(good)
    return time.monotonic() - began


def child_peaks() -> tuple[float, float]:
    """Return the largest address space and resident memory of the decoders that are there, in MB."""
    peaks = [(0.0, 0.0)]
    for decoder in decoding._decoders.all:
        try:
            status = Path(f"/proc/{decoder._child.process.pid}/status").read_text() if decoder._child else ""
        except OSError:  # it has ended
            continue
        found = dict(re.findall(r"(VmPeak|VmHWM):\s+(\d+) kB", status))
        peaks.append((int(found.get("VmPeak", 0)) / 1000, int(found.get("VmHWM", 0)) / 1000))
    return max(space for space, _ in peaks), max(resident for _, resident in peaks)


def keep(folder: Path | None, name: str, data: bytes) -> None:
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def tell(tally: Tally, n_files: int, server: tuple[float, float]) -> int:
    """Print what was found, and return the exit status."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    kinds = ", ".join(f"{name} {n}" for name, n in tally.decoded.most_common())
    print(f"decoded: {tally.decoded.total()} of {n_files} ({kinds})")
    print(f"refused: {tally.refused.total()}")
    for sentence, n in tally.refused.most_common():
        print(f"  {n:6}  {sentence}")
    recovered = f", the next file after at most {max(tally.recoveries):.2f} s" if tally.recoveries else ""
    print(f"decoders that crashed: {tally.refused[CRASHED]}{recovered}")
    print(
        f"longest: {tally.longest[0]:.2f} s (file {tally.longest[1]}); at most {LIMITS.decode_seconds:g} s are allowed"
    )
    print(f"decoders: {tally.space:.0f} MB address space, {max(tally.resident, ended):.0f} MB resident at most")
    print(f"this process: {server[0]:.0f} MB before, {server[1]:.0f} MB after")
    print(f"verdict: {len(tally.faults)} files at fault" if tally.faults else "verdict: no file at fault")
    return int(bool(tally.faults))


if __name__ == "__main__":
    sys.exit(main())
