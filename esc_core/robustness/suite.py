"""The corruptions in five severities each, and the seed of each draw.

The idea is that of ImageNet-C (Hendrycks and Dietterich 2019, "Benchmarking neural network robustness to common
corruptions and perturbations", arXiv:1903.12261): the same set of corruptions for all models, none of them drawn again.
All of them act on a clip of 5 s at 16 kHz, the rate of the shipped models.

========== ==================== ============================== ====================================================
name       what                 severity 1, 2, 3, 4, 5         source
========== ==================== ============================== ====================================================
room       reverberation RT60   0.2, 0.4, 0.6, 1.0, 1.6 s      a furnished room, a classroom, a staircase
noise      pink noise, SNR      20, 15, 10, 5, 0 dB            the noise of ventilation; 10 dB is a loud classroom
babble     eight voices, SNR    20, 15, 10, 5, 0 dB            people at the next tables; levels as for noise
background another clip, SNR    25, 20, 15, 10, 5 dB           below 5 dB the background becomes the louder event
phone      band in Hz           300–3400, 350–2800, 400–2300,  300–3400 is the telephone band of ITU-T G.712; the
                                450–1800, 500–1400             others narrow it towards its middle
mp3        bit rate             48, 32, 24, 16, 8 kbit/s       the rates of MPEG-2 layer III at 16 kHz
clipping   share of the active  1, 3, 10, 30, 60%              a recorder whose level was set too high
           samples at the limit
gain       gain, then 16 bits   −12, −24, −36, −48, −60 dB     down to a microphone that is all but muted
bits       bits per sample      8, 6, 4, 3, 2                  8 bits as in early sound cards, then fewer
resampling rate in between      12, 8, 6, 4, 3 kHz             8 kHz is a telephone's, 12 kHz Opus' medium band
========== ==================== ============================== ====================================================

A draw, such as the noise or the room's echoes, is the same for all models and for all severities of a corruption: it is
seeded by the suite, the corruption's name and the clip's id, not by the clip's place in a list.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import soundfile as sf

from esc_core import audio
from esc_core.augment.filters import BandPass
from esc_core.augment.level import HardClip
from esc_core.augment.noise import Background, Noise, add_at_snr
from esc_core.augment.room import Reverb
from esc_core.config import ASSETS_DIR, require
from esc_core.errors import AudioError
from esc_core.features.waveforms import FULL_SCALE
from esc_core.measures.loudness import active_span

SEED = 2019
"""Seed of the suite."""

SR = 16_000
"""Rate in Hz at which clips are corrupted."""

N_SEVERITIES = 5

CLEAN = "clean"
"""What the tables call a clip that is not corrupted; its severity is 0."""

BABBLE = ASSETS_DIR / "sounds" / "babble.flac"
"""Eight voices that read at the same time; ``benchmarks/babble.py`` makes it."""

MP3_RATES = (160.0, 8.0)
"""Bit rates in kbit/s that libsndfile's compression levels 0 and 1 stand for, at 16 kHz."""

MP3_DELAY = 1105
"""Samples by which encoder (576) and decoder (529) delay a sound, below 32 kbit/s, where no header says so."""

Second = Callable[[], np.ndarray]
"""Returns the waveform that is heard behind a clip."""

Severity = Mapping[str, float]
"""The values of one severity, by name."""


@dataclass(frozen=True)
class Corruption:
    """One kind of damage.

    Attributes
    ----------
    name : str
        Its name in tables and on the command line.
    title : str
        Its name for people.
    value : str
        Format of a severity's values for people, such as "{snr_db:g} dB".
    severities : tuple of dict
        The values of severities 1 to 5.
    apply : callable
        Waveform (n,) at `SR`, values, generator and `Second` → the corrupted waveform (n,).
    """

    name: str
    title: str
    value: str
    severities: tuple[Severity, ...]
    apply: Callable[[np.ndarray, Severity, np.random.Generator, Second], np.ndarray]

    def value_of(self, severity: int) -> str:
        """Return what a severity means, in words, such as "RT60 0.4 s"."""
        return self.value.format(**self.severities[severity - 1])


def _room(y: np.ndarray, values: Severity, rng: np.random.Generator, second: Second) -> np.ndarray:
    reverb = Reverb(rt60=values["rt60"])
    return reverb.apply(y, SR, reverb.draw(rng, y.shape))


def _noise(y: np.ndarray, values: Severity, rng: np.random.Generator, second: Second) -> np.ndarray:
    noise = Noise(snr_db=values["snr_db"], color="pink")
    return noise.apply(y, SR, noise.draw(rng, y.shape))


def _babble(y: np.ndarray, values: Severity, rng: np.random.Generator, second: Second) -> np.ndarray:
    voices = babble()
    start = int(rng.integers(voices.size))
    return add_at_snr(y, np.resize(np.roll(voices, -start), y.size), SR, snr_db=values["snr_db"])


def _background(y: np.ndarray, values: Severity, rng: np.random.Generator, second: Second) -> np.ndarray:
    return Background().apply(y, second(), {"snr_db": values["snr_db"], "position": float(rng.random())}, sr=SR)


def _phone(y: np.ndarray, values: Severity, rng: np.random.Generator, second: Second) -> np.ndarray:
    return BandPass().apply(y, SR, dict(values))


def _mp3(y: np.ndarray, values: Severity, rng: np.random.Generator, second: Second) -> np.ndarray:
    most, least = MP3_RATES
    file = io.BytesIO()
    try:
        with sf.SoundFile(
            file, "w", SR, 1, format="MP3", subtype="MPEG_LAYER_III", bitrate_mode="CONSTANT",
            compression_level=min(0.999, (most - values["kbps"]) / (most - least)),  # 1.0 is refused
        ) as out:  # fmt: skip
            out.write(np.clip(y, -1, 1))
        file.seek(0)
        decoded = sf.read(file, dtype="float32")[0]
    except (sf.LibsndfileError, ValueError) as error:
        raise AudioError("the installed libsndfile writes no MP3; leave the corruption mp3 out") from error
    decoded = decoded[MP3_DELAY if decoded.size > y.size else 0 :][: y.size]
    return np.pad(decoded, (0, y.size - decoded.size))


def _clipping(y: np.ndarray, values: Severity, rng: np.random.Generator, second: Second) -> np.ndarray:
    size = np.abs(y[active_span(y, SR)])
    if not size.any():
        return y.copy()
    limit = max(np.quantile(size, 1 - values["percent"] / 100), size[size > 0].min())
    return HardClip().apply(y, SR, {"drive_db": 20 * float(np.log10(size.max() / limit))})


def _gain(y: np.ndarray, values: Severity, rng: np.random.Generator, second: Second) -> np.ndarray:
    # to the steps of a 16-bit recorder: without them a model that levels its input would undo the gain
    return np.round(y * np.float32(10 ** (values["gain_db"] / 20) * FULL_SCALE)) / np.float32(FULL_SCALE)


def _bits(y: np.ndarray, values: Severity, rng: np.random.Generator, second: Second) -> np.ndarray:
    steps = 2 ** (values["bits"] - 1) - 1  # on either side of zero, relative to the peak: a recorder that is well set
    peak = np.abs(y).max(initial=0.0)
    return np.round(y * np.float32(steps / peak)) * np.float32(peak / steps) if peak > 0 else y.copy()


def _resampling(y: np.ndarray, values: Severity, rng: np.random.Generator, second: Second) -> np.ndarray:
    lower = round(1000 * values["khz"])
    back = audio.resample(audio.resample(y, orig_sr=SR, target_sr=lower), orig_sr=lower, target_sr=SR)
    return back[: y.size]


def _severities(name: str, *values: float) -> tuple[Severity, ...]:
    return tuple({name: value} for value in values)


_BANDS = ((300, 3400), (350, 2800), (400, 2300), (450, 1800), (500, 1400))

SUITE = (
    Corruption("room", "Rooms", "RT60 {rt60:g} s", _severities("rt60", 0.2, 0.4, 0.6, 1.0, 1.6), _room),
    Corruption("noise", "Pink noise", "{snr_db:g} dB below", _severities("snr_db", 20, 15, 10, 5, 0), _noise),
    Corruption("babble", "Voices", "{snr_db:g} dB below", _severities("snr_db", 20, 15, 10, 5, 0), _babble),
    Corruption(
        "background", "Another clip", "{snr_db:g} dB below", _severities("snr_db", 25, 20, 15, 10, 5), _background
    ),
    Corruption(
        "phone", "Telephone", "{low_hz:g} to {high_hz:g} Hz",
        tuple({"low_hz": low, "high_hz": high} for low, high in _BANDS), _phone,
    ),
    Corruption("mp3", "MP3", "{kbps:g} kbit/s", _severities("kbps", 48, 32, 24, 16, 8), _mp3),
    Corruption(
        "clipping", "Clipping", "{percent:g}% of the samples", _severities("percent", 1, 3, 10, 30, 60), _clipping
    ),
    Corruption("gain", "Very quiet", "{gain_db:g} dB", _severities("gain_db", -12, -24, -36, -48, -60), _gain),
    Corruption("bits", "Few bits", "{bits:g} bits", _severities("bits", 8, 6, 4, 3, 2), _bits),
    Corruption("resampling", "Lower rate", "{khz:g} kHz", _severities("khz", 12, 8, 6, 4, 3), _resampling),
)  # fmt: skip
"""Every corruption, in the order in which they are shown."""

BY_NAME = {one.name: one for one in SUITE}


@lru_cache(maxsize=1)
def babble() -> np.ndarray:
    """Return the shipped voices, shape (n,), at `SR`."""
    return audio.load(BABBLE, sr=SR)[0]


def draw_seed(corruption: str, clip_id: str, *more: int) -> list[int]:
    """Return the seed of what a corruption draws for a clip."""
    return [SEED, zlib.crc32(corruption.encode()), zlib.crc32(clip_id.encode()), *more]


def corrupt(y: np.ndarray, corruption: str, severity: int, *, clip_id: str, second: Second) -> np.ndarray:
    """Corrupt a clip.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,), float32
        Waveform at `SR` in [-1, 1]; it is not changed.
    corruption : str
        Name of one of `SUITE`, or `CLEAN`.
    severity : int
        1 to 5; 0 for `CLEAN`.
    clip_id : str
        Its id, which seeds what is drawn.
    second : callable
        Returns the waveform at `SR` of the clip that is heard behind it; called by "background" only.

    Returns
    -------
    numpy.ndarray, shape (n,), float32
        The corrupted waveform, turned down where it would exceed [-1, 1].

    Raises
    ------
    ParameterError
        If there is no such corruption or severity.
    AudioError
        If the installed libsndfile writes no MP3.
    """
    if corruption == CLEAN:
        require(severity == 0, "the severity of a clean clip must be 0", severity)
        return y
    require(corruption in BY_NAME, f"corruption must be one of {', '.join(BY_NAME)}", corruption)
    require(severity in range(1, N_SEVERITIES + 1), f"severity must be in 1 to {N_SEVERITIES}", severity)
    one = BY_NAME[corruption]
    rng = np.random.default_rng(draw_seed(corruption, clip_id))
    out = one.apply(y, one.severities[severity - 1], rng, second)
    return (out / max(1.0, float(np.abs(out).max(initial=0.0)))).astype(np.float32)
