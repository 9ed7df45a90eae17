"""Write the sounds as WAV files.

python -m benchmarks.made_sounds FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import soundfile

from benchmarks.made_sounds.basis import SR
from benchmarks.made_sounds.families import made_sounds


def main() -> None:
    """Write the sounds as WAV files."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for sound in made_sounds():
        soundfile.write(folder / f"{sound.name.replace(' ', '_')}.wav", sound.y, SR)


if __name__ == "__main__":
    main()
