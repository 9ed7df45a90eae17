"""Sounds that are none of ESC-50's fifty, made by formulas and by espeak-ng: speech, music, tones and noises.

    python -m benchmarks.made_sounds FOLDER

`made_sounds` yields them one after the other, the same ones each time; the command writes them as WAV files. Half of
them are put into a room with noise. None is a siren, an alarm, a bell, a laugh or a bird, which are categories.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import butter, lfilter, resample_poly, sawtooth, sosfilt, square

from esc_core import audio
from esc_core.augment import Compose

SR = 16_000
"""Rate of the sounds in Hz, that of the shipped models."""

SECONDS = (2.0, 5.0)
"""Length in seconds; speech is as long as its sentence, up to the longer one."""

ROOM_AND_NOISE = (
    {"name": "reverb", "rt60": [0.2, 0.6]},
    {"name": "noise", "snr_db": [10.0, 25.0], "color": "pink"},
)
"""What every second sound goes through."""

N_SPEECH = 48
"""Sentences that are spoken; `FAMILIES` has the numbers of the other sounds."""

VOICES = {
    "en-gb": ("The train to the coast leaves at half past nine.", "Please put the blue book back on the shelf."),
    "en-us": ("I have never seen so many stars in one night.", "We can meet in the library after lunch."),
    "de": ("Morgen fahren wir mit dem Zug ans Meer.", "Der Tee steht noch auf dem Tisch in der Küche."),
    "fr-fr": ("Nous avons marché longtemps dans la vieille ville.", "Le marché ouvre demain à huit heures."),
    "es": ("La biblioteca está al lado de la plaza.", "Mañana vamos a cocinar algo nuevo."),
    "it": ("Il libro è sul tavolo vicino alla finestra.", "Domani andiamo a vedere il museo."),
    "pl": ("Jutro pojedziemy razem do miasta.", "Na stole leży nowa książka."),
    "pt-br": ("Eu gosto de caminhar pela manhã.", "A janela da sala está aberta."),
    "sv": ("Vi ska läsa en bok i kväll.", "Tåget kommer om tio minuter."),
    "tr": ("Bugün hava çok güzel.", "Okula birlikte gidelim."),
    "hr": ("Sutra idemo na more.", "Knjiga je na stolu."),
    "sw": ("Tutakutana sokoni kesho asubuhi.", "Kitabu kiko juu ya meza."),
}
"""Voices of espeak-ng, with sentences for each."""

FIT_VOICES = {
    "en-gb-scotland": ("The ferry crosses the lake twice a day.", "Would you like some more soup?"),
    "nl": ("De winkel gaat om negen uur open.", "Wij wonen in een klein dorp."),
    "fi": ("Huomenna menemme metsään kävelemään.", "Kirja on pöydällä."),
    "cs": ("Zítra půjdeme do divadla.", "Na stole leží dopis."),
    "da": ("Vi spiser morgenmad i haven.", "Bussen kører til byen."),
    "ro": ("Mâine mergem la munte cu prietenii.", "Cartea este pe masă."),
    "hu": ("Holnap moziba megyünk.", "Az ablak nyitva van."),
    "eo": ("Morgaŭ ni iros al la maro.", "La libro estas sur la tablo."),
    "id": ("Besok kami pergi ke pasar.", "Buku itu ada di atas meja."),
    "vi": ("Ngày mai chúng tôi đi chợ.", "Quyển sách ở trên bàn."),
    "hi": ("कल हम बाज़ार जाएँगे।", "किताब मेज़ पर है।"),
    "es-419": ("El tren sale a las siete.", "Me gusta leer por la noche."),
}
"""Other voices and sentences, for the sounds that a rule may learn from."""

Rng = np.random.Generator


@dataclass(frozen=True)
class MadeSound:
    """A sound that is none of the fifty.

    Attributes
    ----------
    name : str
        Its family and number, such as "flute-3".
    family : str
        What kind of sound it is.
    y : numpy.ndarray, shape (n,), float32
        Waveform at `SR`.
    in_room : bool
        Whether it was put into a room with noise.
    """

    name: str
    family: str
    y: np.ndarray
    in_room: bool


def made_sounds(*, to_fit: bool = False) -> Iterator[MadeSound]:
    """Make the sounds.

    Parameters
    ----------
    to_fit : bool
        Make other sounds of the same families, which a rule may learn from: other voices, tunes and pitches. Those of
        the default are only for measuring.

    Yields
    ------
    MadeSound
        One after the other, by family.

    Raises
    ------
    FileNotFoundError
        If espeak-ng is not installed.
    """
    room = Compose.from_json([dict(step) for step in ROOM_AND_NOISE])
    families = {"speech": (N_SPEECH, partial(_speech, voices=FIT_VOICES if to_fit else VOICES)), **FAMILIES}
    for number, (family, (n, make)) in enumerate(families.items()):
        for i in range(n):
            rng = np.random.default_rng([int(to_fit), number, i])
            y = _levelled(make(rng, i), rng)
            in_room = i % 2 == 1
            if in_room:
                y = room(y, SR, rng).y
            yield MadeSound(f"{family}-{i}", family, y.astype(np.float32), in_room)


def _levelled(y: np.ndarray, rng: Rng) -> np.ndarray:
    """Return a sound with short ramps at its ends, at a peak between −20 and −1 dB."""
    ramp = np.minimum(1, np.arange(len(y)) / (0.01 * SR))
    y = y * ramp * ramp[::-1]
    return np.asarray(10 ** (rng.uniform(-20, -1) / 20) * y / np.abs(y).max(), np.float32)


def _times(rng: Rng) -> np.ndarray:
    return np.arange(int(rng.uniform(*SECONDS) * SR)) / SR


def _hertz(note: float) -> float:
    """Return the frequency of a note by its MIDI number, 69 being 440 Hz."""
    return 440 * 2 ** ((float(note) - 69) / 12)


# Speech.


def _speech(rng: Rng, i: int, voices: dict[str, tuple[str, str]]) -> np.ndarray:
    voice = list(voices)[i % len(voices)]
    sentence = voices[voice][i // len(voices) % 2]
    variant = ("", "+f2", "+m3", "+f4", "+m5")[i % 5]
    found = shutil.which("espeak-ng")
    if found is None:
        raise FileNotFoundError("espeak-ng makes the speech; install it, such as by `apt-get install espeak-ng`")
    options = ("-v", voice + variant, "-s", str(rng.integers(130, 190)), "-p", str(rng.integers(30, 70)))
    wav = subprocess.run((found, *options, "--stdout", sentence), capture_output=True, check=True).stdout
    y, sr = soundfile.read(io.BytesIO(wav))
    return np.asarray(audio.resample(y.astype(np.float32), orig_sr=sr, target_sr=SR))[: int(SECONDS[1] * SR)]


# Music.


def _melody(rng: Rng, play: Callable[[Rng, float, float], np.ndarray], *, low: int, beat: float) -> np.ndarray:
    """Return notes of a major or minor scale, one after the other, each played by `play(rng, hertz, seconds)`."""
    scale = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10))[rng.integers(2)]
    key, seconds, step = low + rng.integers(12), rng.uniform(*SECONDS), int(rng.integers(7))
    parts: list[np.ndarray] = []
    while sum(map(len, parts)) < seconds * SR:
        step = int(np.clip(step + rng.integers(-2, 3), 0, 13))
        length = beat * rng.choice([0.5, 1, 1, 2])
        parts.append(play(rng, _hertz(key + scale[step % 7] + 12 * (step // 7)), length))
    return np.concatenate(parts)[: int(seconds * SR)]


def _flute_note(rng: Rng, hertz: float, seconds: float) -> np.ndarray:
    t = np.arange(int(seconds * SR)) / SR
    vibrato = 1 + 0.004 * np.sin(2 * np.pi * 5.2 * t) * np.minimum(1, t / 0.3)
    phase = 2 * np.pi * hertz * np.cumsum(vibrato) / SR
    tone = sum(a * np.sin(k * phase) for k, a in enumerate((1, 0.35, 0.12, 0.04), 1) if k * hertz < SR / 2)
    breath = lfilter(*butter(1, [0.5 * hertz / 8000, min(0.9, 2 * hertz / 8000)], "band"), rng.standard_normal(len(t)))
    envelope = np.minimum(1, t / 0.06) * np.minimum(1, (t[-1] - t) / 0.05)
    return np.asarray(envelope * (tone + 0.03 * breath))


def _string_note(rng: Rng, hertz: float, seconds: float) -> np.ndarray:
    """Return a plucked string by Karplus and Strong (1983): a burst of noise through a filtered delay line."""
    n = int(seconds * SR)
    period = max(2, round(SR / hertz - 0.5))
    burst = np.zeros(n)
    burst[: min(period, n)] = rng.uniform(-1, 1, min(period, n))
    feedback = np.zeros(period + 2)
    feedback[0], feedback[period], feedback[period + 1] = 1, -0.4985, -0.4985
    return np.asarray(lfilter([1.0], feedback, burst))


def _piano_note(rng: Rng, hertz: float, seconds: float) -> np.ndarray:
    t = np.arange(int(seconds * SR)) / SR
    partials = [(k, k * hertz * np.sqrt(1 + 4e-4 * k * k)) for k in range(1, 12)]
    tone = sum(np.exp(-(1.5 + 0.6 * k) * t) / k**1.2 * np.sin(2 * np.pi * f * t) for k, f in partials if f < SR / 2)
    return np.asarray(tone * np.minimum(1, t / 0.004) * np.minimum(1, (t[-1] - t) / 0.02))


def _flute(rng: Rng, i: int) -> np.ndarray:
    return _melody(rng, _flute_note, low=67, beat=rng.uniform(0.3, 0.7))


def _strings(rng: Rng, i: int) -> np.ndarray:
    return _melody(rng, _string_note, low=45, beat=rng.uniform(0.25, 0.5))


def _piano(rng: Rng, i: int) -> np.ndarray:
    return _melody(rng, _piano_note, low=52, beat=rng.uniform(0.25, 0.6))


def _chord_notes(rng: Rng) -> np.ndarray:
    chord = ((0, 4, 7, 12), (0, 3, 7, 12), (0, 4, 7, 10), (0, 5, 7, 12))[rng.integers(4)]
    return np.array(chord) + 48 + rng.integers(12)


def _organ(rng: Rng, i: int) -> np.ndarray:
    """Return two organ chords, each note of octaves and a fifth."""
    t = _times(rng)
    halves = []
    for part in np.array_split(t, 2):
        tones = [
            a * np.sin(2 * np.pi * k * _hertz(note) * part + rng.uniform(0, 6))
            for note in _chord_notes(rng)
            for k, a in ((1, 1), (2, 0.6), (3, 0.3), (4, 0.3), (8, 0.1))
        ]
        halves.append(np.sum(tones, axis=0))
    return np.concatenate(halves)


def _pad(rng: Rng, i: int) -> np.ndarray:
    """Return a chord of detuned saw waves through a low-pass filter, as synthesisers play it."""
    t = _times(rng)
    tones = [sawtooth(2 * np.pi * _hertz(n + d) * t + rng.uniform(0, 6)) for n in _chord_notes(rng) for d in (0, 0.08)]
    return np.asarray(sosfilt(butter(2, rng.uniform(0.1, 0.4), output="sos"), np.sum(tones, axis=0)))


def _drums(rng: Rng, i: int) -> np.ndarray:
    """Return a beat of bass drum, snare drum and hi-hat."""
    y, eighth = np.zeros(int(rng.uniform(*SECONDS) * SR)), int(SR * rng.uniform(0.15, 0.28))
    t = np.arange(int(0.3 * SR)) / SR
    kick = np.exp(-12 * t) * np.sin(2 * np.pi * (50 * t - 6 * np.exp(-25 * t)))
    for beat, start in enumerate(range(0, len(y) - len(t), eighth)):
        noise = rng.standard_normal(len(t))
        hit = 0.25 * np.exp(-60 * t) * np.diff(noise, prepend=0)
        if beat % 4 == 0 or rng.random() < 0.15:
            hit = hit + kick
        if beat % 4 == 2:
            hit = hit + np.exp(-18 * t) * (0.5 * noise + 0.5 * np.sin(2 * np.pi * 185 * t))
        y[start : start + len(t)] += hit
    return y


# Tones and signals.


def _whistle(rng: Rng, i: int) -> np.ndarray:
    """Return a tune as people whistle it: one gliding tone, with breath."""
    t = _times(rng)
    notes = _hertz(84 + rng.integers(5)) * 2 ** (rng.choice([-5, -3, 0, 2, 4, 7], 1 + int(t[-1] / 0.4)) / 12)
    hertz = np.interp(t, 0.4 * np.arange(len(notes)) + 0.1, notes) * (1 + 0.006 * np.sin(2 * np.pi * 5.5 * t))
    tone = np.sin(2 * np.pi * np.cumsum(hertz) / SR)
    loudness = np.interp(t, np.arange(0, t[-1] + 0.2, 0.2), rng.uniform(0.5, 1, len(np.arange(0, t[-1] + 0.2, 0.2))))
    return np.asarray(loudness * tone + 0.02 * rng.standard_normal(len(t)))


def _tone(rng: Rng, i: int) -> np.ndarray:
    return np.asarray(np.sin(2 * np.pi * 2 ** rng.uniform(7, 12) * _times(rng)))


def _square(rng: Rng, i: int) -> np.ndarray:
    return np.asarray(square(2 * np.pi * 2 ** rng.uniform(6.5, 10.5) * _times(rng)))


def _saw(rng: Rng, i: int) -> np.ndarray:
    return np.asarray(sawtooth(2 * np.pi * 2 ** rng.uniform(6.5, 10.5) * _times(rng)))


def _sweep(rng: Rng, i: int) -> np.ndarray:
    """Return one tone that rises or falls evenly in octaves over the whole sound; a siren goes up and down."""
    t = _times(rng)
    low, high = rng.uniform(6.5, 8), rng.uniform(11, 12.8)
    octaves = np.linspace(*((low, high) if i % 4 < 2 else (high, low)), len(t))
    return np.asarray(np.sin(2 * np.pi * np.cumsum(2**octaves) / SR))


def _dial(rng: Rng, i: int) -> np.ndarray:
    """Return telephone keys: pairs of tones (ITU-T Q.23)."""
    t, parts = np.arange(int(0.15 * SR)) / SR, []
    for _ in range(rng.integers(8, 14)):
        pair = rng.choice([697, 770, 852, 941]), rng.choice([1209, 1336, 1477])
        parts += [sum(np.sin(2 * np.pi * f * t) for f in pair), np.zeros(int(0.12 * SR))]
    return np.concatenate(parts)


def _modem(rng: Rng, i: int) -> np.ndarray:
    """Return data of an old modem: tones of 1200 and 2200 Hz in turn (Bell 202)."""
    bits = rng.integers(0, 2, int(rng.uniform(*SECONDS) * 1200))
    hertz = np.repeat(np.where(bits, 1200, 2200), 40)  # at 48 kHz a bit has 40 samples
    return np.asarray(resample_poly(np.sin(2 * np.pi * np.cumsum(hertz) / 48_000), 1, 3))


def _heartbeat(rng: Rng, i: int) -> np.ndarray:
    y, rate = np.zeros(int(rng.uniform(*SECONDS) * SR)), rng.uniform(0.7, 1.1)
    t = np.arange(int(0.15 * SR)) / SR
    for start in np.arange(0.1, len(y) / SR - 0.6, rate):
        for delay, loudness, hertz in ((0, 1, rng.uniform(40, 60)), (0.3, 0.7, rng.uniform(50, 80))):
            first = int((start + delay) * SR)
            y[first : first + len(t)] += loudness * np.sin(np.pi * t / t[-1]) ** 2 * np.sin(2 * np.pi * hertz * t)
    return y + 0.002 * rng.standard_normal(len(y))


# Noises at an ordinary level.


def _noise(rng: Rng, slope: float) -> np.ndarray:
    """Return noise whose amplitude falls as frequency to the power of `slope`, from 30 Hz on."""
    n = len(_times(rng))
    spectrum = np.fft.rfft(rng.standard_normal(n))
    return np.fft.irfft(spectrum / np.maximum(30, np.fft.rfftfreq(n, 1 / SR)) ** slope, n)


FAMILIES: dict[str, tuple[int, Callable[[Rng, int], np.ndarray]]] = {
    "flute": (12, _flute),
    "plucked strings": (12, _strings),
    "piano": (10, _piano),
    "organ": (10, _organ),
    "synthesiser": (10, _pad),
    "drums": (10, _drums),
    "whistle": (12, _whistle),
    "sine tone": (10, _tone),
    "square wave": (10, _square),
    "saw wave": (10, _saw),
    "sweep": (10, _sweep),
    "telephone keys": (8, _dial),
    "modem": (8, _modem),
    "heartbeat": (8, _heartbeat),
    "white noise": (8, lambda rng, i: _noise(rng, 0)),
    "pink noise": (8, lambda rng, i: _noise(rng, 0.5)),
    "brown noise": (8, lambda rng, i: _noise(rng, 1)),
}
"""Beside speech: how many sounds of each family are made, and what makes one from a generator and its number."""


def main() -> None:
    """Write the sounds as WAV files."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for sound in made_sounds():
        soundfile.write(folder / f"{sound.name.replace(' ', '_')}.wav", sound.y, SR)


if __name__ == "__main__":
    main()
