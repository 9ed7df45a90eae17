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
}
"""The colour of each group of categories."""

CORRECT, WRONG = "#009E73", "#D98200"
"""Correctly classified or not; a check or a cross, or words, always say the same."""

GREY = "#8A8F98"
"""What is secondary: chance, quiet stretches, a sound that is not revealed yet."""

BLUE, ORANGE, GREEN, PINK, DEEP_BLUE = "#4C8DD6", "#D55E00", "#009E73", "#CC79A7", "#0072B2"
"""Lines and bars that are compared with each other."""

CHOSEN = "#5D6ECD"
"""What is selected; the primary colour of the dark theme."""

PAPER = {"light": "#FBFBFA", "dark": "#15181C"}
"""Background of a page, by theme."""

INK = {"light": "#22262B", "dark": "#E4E7EA"}
"""Text on it."""

SOFT_INK = {"light": "#6B737C", "dark": "#A3ADB8"}
"""Secondary text."""

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
