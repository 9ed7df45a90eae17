"""Speech: sentences in many languages, spoken by espeak-ng."""

from __future__ import annotations

import io
import shutil
import subprocess

import numpy as np
import soundfile

from benchmarks.made_sounds.basis import SECONDS, SR, Rng
from esc_core import audio

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


def speech(rng: Rng, i: int, voices: dict[str, tuple[str, str]]) -> np.ndarray:
    """Return a sentence; voices take turns by number. Raise FileNotFoundError if espeak-ng is not installed."""
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
