"""ESC-50's categories among AudioSet's 521 classes: which names say the same, and which say something else.

The names are those of ``yamnet_class_map.csv`` (Apache License 2.0). A test compares them with that file.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SAME: dict[str, tuple[str, ...]] = {
    "dog": ("Dog", "Bark", "Yip", "Howl", "Bow-wow", "Growling", "Whimper (dog)", "Canidae, dogs, wolves"),
    "rooster": ("Chicken, rooster", "Crowing, cock-a-doodle-doo", "Fowl"),
    "pig": ("Pig", "Oink"),
    "cow": ("Cattle, bovinae", "Moo"),
    "frog": ("Frog", "Croak"),
    "cat": ("Cat", "Purr", "Meow", "Hiss", "Caterwaul"),
    "hen": ("Chicken, rooster", "Cluck", "Fowl"),
    "insects": ("Insect", "Mosquito", "Fly, housefly", "Buzz", "Bee, wasp, etc."),
    "sheep": ("Sheep", "Bleat", "Goat"),
    "crow": ("Crow", "Caw"),
    "rain": ("Rain", "Raindrop", "Rain on surface"),
    "sea_waves": ("Ocean", "Waves, surf"),
    "crackling_fire": ("Fire", "Crackle"),
    "crickets": ("Cricket", "Insect"),
    "chirping_birds": ("Bird", "Bird vocalization, bird call, bird song", "Chirp, tweet"),
    "water_drops": ("Drip", "Raindrop", "Plop"),
    "wind": ("Wind", "Wind noise (microphone)", "Rustling leaves"),
    "pouring_water": ("Pour", "Trickle, dribble", "Fill (with liquid)", "Liquid", "Gurgling"),
    "toilet_flush": ("Toilet flush", "Gush"),
    "thunderstorm": ("Thunderstorm", "Thunder"),
    "crying_baby": ("Baby cry, infant cry", "Crying, sobbing", "Whimper"),
    "sneezing": ("Sneeze",),
    "clapping": ("Clapping", "Applause", "Hands"),
    "breathing": ("Breathing", "Gasp", "Pant", "Wheeze", "Sigh"),
    "coughing": ("Cough", "Throat clearing"),
    "footsteps": ("Walk, footsteps", "Run", "Shuffle"),
    "laughing": ("Laughter", "Baby laughter", "Giggle", "Snicker", "Belly laugh", "Chuckle, chortle"),
    "brushing_teeth": ("Toothbrush", "Electric toothbrush"),
    "snoring": ("Snoring", "Snort"),
    "drinking_sipping": ("Gargling",),
    "door_wood_knock": ("Knock", "Door", "Tap"),
    "mouse_click": ("Clicking",),
    "keyboard_typing": ("Typing", "Computer keyboard", "Typewriter"),
    "door_wood_creaks": ("Creak", "Squeak", "Door"),
    "can_opening": ("Burst, pop",),
    "washing_machine": ("Mechanisms", "Pump (liquid)"),
    "vacuum_cleaner": ("Vacuum cleaner",),
    "clock_alarm": ("Alarm", "Alarm clock", "Beep, bleep", "Buzzer"),
    "clock_tick": ("Clock", "Tick", "Tick-tock"),
    "glass_breaking": ("Glass", "Shatter", "Breaking", "Smash, crash", "Chink, clink"),
    "helicopter": ("Helicopter", "Aircraft", "Propeller, airscrew"),
    "chainsaw": ("Chainsaw", "Light engine (high frequency)"),
    "siren": (
        "Siren",
        "Emergency vehicle",
        "Police car (siren)",
        "Ambulance (siren)",
        "Fire engine, fire truck (siren)",
        "Civil defense siren",
    ),
    "car_horn": ("Vehicle horn, car horn, honking", "Toot", "Air horn, truck horn", "Honk"),
    "engine": (
        "Engine",
        "Medium engine (mid frequency)",
        "Heavy engine (low frequency)",
        "Idling",
        "Engine starting",
        "Engine knocking",
        "Accelerating, revving, vroom",
        "Vehicle",
        "Car",
        "Motor vehicle (road)",
        "Motorcycle",
        "Truck",
    ),
    "train": ("Train", "Rail transport", "Railroad car, train wagon", "Train wheels squealing", "Train whistle"),
    "church_bells": ("Church bell", "Bell", "Change ringing (campanology)"),
    "airplane": ("Fixed-wing aircraft, airplane", "Aircraft", "Aircraft engine", "Jet engine"),
    "fireworks": ("Fireworks", "Firecracker"),
    "hand_saw": ("Sawing", "Filing (rasp)", "Tools"),
}
"""Of each of the fifty categories, AudioSet's classes that mean the same, or a kind of it."""

GENERAL = frozenset(
    {
        *("Animal", "Domestic animals, pets", "Livestock, farm animals, working animals", "Wild animals"),
        *("Rodents, rats, mice", "Water", "Wood", "Silence", "Sound effect", "Noise", "Environmental noise"),
        *("Inside, small room", "Inside, large room or hall", "Inside, public space", "Outside, urban or manmade"),
        *("Outside, rural or natural", "Reverberation", "Echo", "Field recording", "Cacophony", "Power tool"),
    }
)
"""Classes that name no sound of their own, or one that holds some of the fifty."""

LEAST_SCORE = 0.2
"""Score from which YAMNet is taken to hear a class."""


def outside(heard: np.ndarray, class_names: Sequence[str], *, k: int = 3) -> tuple[str, ...]:
    """Return what YAMNet hears beside the fifty categories.

    Parameters
    ----------
    heard : numpy.ndarray, shape (521,)
        Highest score of each class over a sound's patches.
    class_names : sequence of str
        Names of the classes.
    k : int
        Most names.

    Returns
    -------
    tuple of str
        Short names in lower case, the highest score first, such as ("flute", "music"); empty if nothing else is heard.
    """
    same = {name for names in SAME.values() for name in names}
    order = np.argsort(-heard, kind="stable")
    names = [class_names[i] for i in order if heard[i] >= LEAST_SCORE]
    return tuple(_short(name) for name in names if name not in same | GENERAL)[:k]


def _short(name: str) -> str:
    """Return a class in a word or two: "Violin, fiddle" is a violin."""
    first = name.partition(",")[0]
    return first if first.isupper() else first[:1].lower() + first[1:]
