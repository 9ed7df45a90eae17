"""Makes ``assets/sounds/babble.flac``: eight voices that read plain sentences at the same time.

`esc_core.robustness` lays it behind clips. The voices are those of espeak-ng, which must be installed; the
sentences are this project's own. Run it as ``python -m benchmarks.babble``; the same version of espeak-ng makes the
same samples.
"""

from __future__ import annotations

import io
import subprocess
from argparse import ArgumentParser
from pathlib import Path

import numpy as np
import soundfile as sf

from esc_core import audio
from esc_core.config import ASSETS_DIR
from esc_core.measures.loudness import active_power

SR = 16_000
SECONDS = 15.0

PEAK = 0.7
"""Highest sample, −3 dB relative to full scale."""

FADE_SECONDS = 0.05

VOICES = (
    ("en-gb+m1", 150, 40),
    ("en-us+f2", 170, 60),
    ("en-gb-scotland+m3", 140, 35),
    ("en-us+m7", 185, 50),
    ("en-gb+f4", 160, 65),
    ("en-us+f3", 145, 55),
    ("en-gb-x-rp+m2", 175, 45),
    ("en-us+m4", 155, 30),
)
"""Voice, words per minute, and pitch (0–99) of each speaker."""

SENTENCES = (
    "The bus to the station leaves at ten past nine, and it is late on most days.",
    "Please put the blue cups on the table beside the window.",
    "We walked along the river until it began to rain, and then we ran home.",
    "My brother keeps three bicycles in a shed, but he rides only one of them.",
    "Can you tell me where the library is, and when it opens on Saturday?",
    "Two spoons of sugar are too much, so I take one and stir it well.",
    "The teacher asked us to write a page about our last holiday.",
    "There were so many people in the hall that nobody found a chair.",
    "She bought apples, bread and a newspaper, and paid with a large note.",
    "If the train is full, we can wait for the next one and have some tea.",
    "Our neighbour plays cards with his friends on the first Monday of each month.",
    "It was warm in the afternoon, but in the evening we all needed a coat.",
)


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=ASSETS_DIR / "sounds" / "babble.flac")
    file = parser.parse_args().file
    file.parent.mkdir(parents=True, exist_ok=True)
    y = babble()
    sf.write(file, y, SR, subtype="PCM_16", format="FLAC")
    print(f"{file}: {y.size / SR:.0f} s of {len(VOICES)} voices, {file.stat().st_size / 1000:.0f} kB")


def babble() -> np.ndarray:
    """Return the voices on top of each other, equally loud, each reading the sentences from another one on."""
    n = round(SECONDS * SR)
    y = np.sum([_levelled(speaker, n) for speaker in range(len(VOICES))], axis=0)
    ramp = np.minimum(1.0, np.arange(n) / (FADE_SECONDS * SR))
    y *= ramp * ramp[::-1]
    return (y * (PEAK / np.abs(y).max())).astype(np.float32)


def _levelled(speaker: int, n: int) -> np.ndarray:
    first = speaker * len(SENTENCES) // len(VOICES)
    text = " ".join((*SENTENCES[first:], *SENTENCES[:first]))
    y = spoken(text, *VOICES[speaker])[:n]
    return y / np.sqrt(active_power(y, SR))


def spoken(text: str, voice: str, words_per_minute: int, pitch: int) -> np.ndarray:
    """Return a text read by espeak-ng, shape (n,), at `SR`."""
    command = ["espeak-ng", "-v", voice, "-s", str(words_per_minute), "-p", str(pitch), "--stdout", text]
    wav = subprocess.run(command, check=True, capture_output=True).stdout
    y, sr = sf.read(io.BytesIO(wav), dtype="float32")
    return audio.resample(y, orig_sr=sr, target_sr=SR)


if __name__ == "__main__":
    main()
