"""Peak memory of the decoder's child over hostile files, against a bare child that reads one clip.

    python -m benchmarks.decode_memory      (Linux: it reads /proc)

The cap is 1 GB (`AudioLimits.decode_memory`).
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from esc_core.decoding import decode as decoding
from esc_core.errors import AudioError
from tests.bad_audio import bad_files, encode

BARE = "import sys, soundfile; soundfile.read(sys.argv[1]); print(open('/proc/self/status').read())"


def peaks(status: str) -> tuple[float, float]:
    """Return peak address space and peak resident memory in MB from /proc/PID/status."""
    space, resident = (int(re.search(rf"{key}:\s+(\d+) kB", status)[1]) / 1000 for key in ("VmPeak", "VmHWM"))
    return space, resident


def child_peaks() -> tuple[float, float]:
    """Return the peaks of the warm decoder; zeros while there is none."""
    child = decoding._decoders.all[0]._child if decoding._decoders.all else None
    return peaks(Path(f"/proc/{child.process.pid}/status").read_text()) if child else (0.0, 0.0)


def main() -> None:
    """Measure and print."""
    rng = np.random.default_rng(0)
    clip = encode(0.1 * rng.standard_normal(5 * 44_100))
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        file.write(clip)
        file.flush()
        status = subprocess.run([sys.executable, "-c", BARE, file.name], capture_output=True, text=True, check=True)
    print("a bare child that reads one clip: {:.0f} MB address space, {:.0f} MB resident".format(*peaks(status.stdout)))
    largest = np.zeros((300 * 48_000, 8), np.float32)
    largest[::48_000] = 0.5
    files = {name: data for name, (data, _) in bad_files().items()}
    files |= {"clip.wav": clip, "five minutes, 8 channels.flac": encode(largest, sr=48_000, kind="FLAC")}
    highest = (0.0, 0.0)
    for name, data in files.items():
        try:
            decoded = decoding.decode(data, name=name)
            outcome = f"{decoded.y.size / decoded.sr:.0f} s decoded"
        except AudioError as error:
            outcome = str(error)
        now = child_peaks()
        highest = (max(highest[0], now[0]), max(highest[1], now[1]))
        print(f"{name:32} {now[0]:5.0f} MB address space {now[1]:4.0f} MB resident  {outcome}")
    print(f"peak of the decoder: {highest[0]:.0f} MB address space, {highest[1]:.0f} MB resident")


if __name__ == "__main__":
    main()
