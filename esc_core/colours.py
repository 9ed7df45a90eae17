"""Every colour with a meaning, once, for pages, figures and reports.

CSS and ``.streamlit/config.toml`` can't import: they repeat some of these, and a test compares them with this module.
The hues are Okabe and Ito's (*Color Universal Design*, 2008), which colour-blind people can tell apart; a colour is
never the only carrier of a meaning.
"""

GROUPS = {
    "animals": "#E69F00",
    "nature": "#009E73",
    "human": "#CC79A7",
    "interior": "#56B4E9",
    "urban": "#D55E00",
    "other": "#7F7BD0",
}
"""The colour of each group of categories; "other" has those that are none of ESC-50's."""

CORRECT, WRONG = "#009E73", "#D98200"
"""Correctly classified or not; a check or a cross, or words, always say the same."""

GREY = "#8A8F98"
"""What is secondary: chance, quiet stretches, a sound that is not revealed yet."""

BLUE, ORANGE, GREEN, PINK, DEEP_BLUE = "#4C8DD6", "#D55E00", "#009E73", "#CC79A7", "#0072B2"
"""Lines and bars that are compared with each other."""

IMPORTANCE = "#22D3EE"
"""How much an answer needs a part of a sound: over spectrograms, whose magma has nothing like it."""

CHOSEN = "#5D6ECD"
"""What is selected; the primary colour of the dark theme."""

PAPER = {"light": "#FBFBFA", "dark": "#15181C"}
"""Background of a page, by theme."""

INK = {"light": "#12161A", "dark": "#E4E7EA"}
"""Text on it."""

SOFT_INK = {"light": "#6B737C", "dark": "#A3ADB8"}
"""Secondary text."""


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours such as ``#0072B2`` by WCAG 2.2, from 1 to 21; text needs at least 4.5."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def over(colour: str, paper: str, *, alpha: float) -> str:
    """Return the colour that is seen if `colour` with an opacity of `alpha`, 0–1, lies over `paper`."""
    mixed = (round(alpha * a + (1 - alpha) * b) for a, b in zip(_rgb(colour), _rgb(paper), strict=True))
    return "#" + "".join(f"{part:02X}" for part in mixed)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def _luminance(colour: str) -> float:
    parts = [part / 255 for part in _rgb(colour)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


MAGMA = (
    *("#000004", "#180F3D", "#440F76", "#721F81", "#9E2F7F"),
    *("#CD4071", "#F1605D", "#FD9668", "#FECA8D", "#FCFDBF"),
)
"""Spectrograms, from quiet to loud: ten stops of matplotlib's magma."""

PURPLE_TO_ORANGE = (
    *("#2D004B", "#542788", "#8073AC", "#B2ABD2", "#D8DAEB", "#F7F7F7"),
    *("#FEE0B6", "#FDB863", "#E08214", "#B35806", "#7F3B08"),
)
"""Differences, from quieter to louder: ColorBrewer's PuOr, reversed."""
