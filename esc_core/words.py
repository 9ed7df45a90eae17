"""Numbers, sizes, times and names in words, each in one way for page, command line and report."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

SHOWN = 5
"""Names that a sentence lists before it gives only the number of the others."""

SHOWN_CHARACTERS = 60
"""Characters of untrusted text that a sentence quotes."""


def readable(category: str) -> str:
    """Return a category's name for people: ``door_wood_knock`` becomes "door wood knock"."""
    return category.replace("_", " ")


def counted(n: int, one: str, many: str) -> str:
    """Return a number with the words that follow it: "1 clip is", "3 clips are"."""
    return f"{n} {one if n == 1 else many}"


def shortened(name: str, *, most: int = SHOWN_CHARACTERS) -> str:
    """Return untrusted text for a sentence: on one line, and cut if it has more than `most` characters."""
    line = "".join(letter if letter.isprintable() else "?" for letter in name)
    return line if len(line) <= most else f"{line[:most]}…"


def listed(names: Sequence[str]) -> str:
    """Return names for a sentence: the first few, and the number of the others."""
    more = len(names) - SHOWN
    return ", ".join(map(shortened, names[:SHOWN])) + (f" and {more} more" if more > 0 else "")


def percent(share: float | None, *, digits: int = 0) -> str:
    """Return a share in percent, "84%"; a dash if it is not known.

    This is the one rounding of percentages for page, command line, report and table: halves are rounded away from zero,
    as people do by hand, so that 321 of 400 clips (80.25%) are 80.3% everywhere. Python's own format rounds them to the
    even digit (80.2%), or wherever the binary number happens to lie.

    Parameters
    ----------
    share : float or None
        A share, 0–1.
    digits : int
        Decimals of the percentage.
    """
    return "–" if share is None else f"{_hundredfold(share, digits):.{digits}f}%"


def probability(share: float) -> str:
    """Return a probability in percent, "84%"; "<1%" where it is small, since no answer of a model is impossible."""
    return percent(share) if share >= 0.01 else "<1%"


def percent_number(share: float, *, digits: int = 0) -> float:
    """Return a share in percent, 0–100, rounded as in `percent`: for columns of tables, which format by themselves."""
    return float(_hundredfold(share, digits))


def percent_interval(interval: tuple[float, float]) -> str:
    """Return an interval of shares in 0–1 in percent: "80.1% to 83.7%"."""
    low, high = interval
    return f"{percent(low, digits=1)} to {percent(high, digits=1)}"


def points(share: float, *, digits: int = 1) -> str:
    """Return a difference of shares in percentage points, with its sign, rounded as in `percent`: "+2.1"."""
    return f"{_hundredfold(share, digits):+.{digits}f}".replace("-", "−")


def _hundredfold(share: float, digits: int) -> Decimal:
    if not math.isfinite(share):
        return Decimal(share)
    # twelve digits are those of the share as it was meant: 0.575, not 0.57499999999999996
    value = (100 * Decimal(f"{share:.12g}")).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return value if value else abs(value)  # no "-0"


def three_figures(value: float) -> str:
    """Return a number from 1 on with about three figures and never with an exponent: "1.19", "119", "1190"."""
    return _plain(value, 2 if value < 9.995 else 1 if value < 99.95 else 0)


def _plain(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text


def megabytes(n_bytes: int) -> str:
    """Return a size in MB, rounded up so that a size above a limit never reads like the limit."""
    return f"{_plain(math.ceil(n_bytes / 2**20 * 10) / 10, 1)} MB"


def file_size(n_bytes: float) -> str:
    """Return a size in a suitable unit: "600 MB", "1.2 kB"."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n_bytes >= scale:
            return f"{three_figures(n_bytes / scale)} {unit}"
    return f"{n_bytes:.0f} bytes"


def duration(seconds: float) -> str:
    """Return the length of a sound, rounded so that a length beyond a limit never reads like the limit."""
    if seconds < 60:
        return f"{math.floor(seconds * 1000) / 1000:g} s"
    if seconds >= 7200:
        return f"{three_figures(seconds / 3600)} hours"
    minutes, rest = divmod(math.ceil(seconds), 60)
    return f"{minutes} minute{'s' * (minutes > 1)}" + f" {rest} s" * (rest > 0)


def rough_duration(seconds: float) -> str:
    """Return how long something takes, coarser the longer it is: "38 s", "1 min 20 s", "12 min", "1 h"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 5:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def hertz_range(low: float, high: float) -> str:
    """Return a range of frequencies in Hz with about two figures: "400–800 Hz", "800 Hz–1.2 kHz", "1–2 kHz"."""
    (first, unit), (last, last_unit) = _rounded_hertz(low), _rounded_hertz(high)
    return f"{first}–{last} {unit}" if unit == last_unit else f"{first} {unit}–{last} {last_unit}"


def _rounded_hertz(hz: float) -> tuple[str, str]:
    rounded = float(f"{hz:.2g}")
    return (f"{rounded / 1000:g}", "kHz") if rounded >= 1000 else (f"{rounded:g}", "Hz")


def date_and_time(moment: float) -> str:
    """Return a moment, Unix time in seconds, as local date and time."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))
