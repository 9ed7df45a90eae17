"""Waveforms and spectrograms → figures; spectrograms → PNG images, and the ticks of their axes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from esc_core.colours import BLUE, IMPORTANCE, MAGMA, PURPLE_TO_ORANGE
from esc_core.config import FeatureConfig

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_OPAQUE = 190
"""Opacity of the most important part, of 255: the spectrogram below stays visible."""

FIGURE_PIXELS = 240
"""Height of a figure of one sound, in pixels."""

MOST_POINTS = 2000
"""Pairs of minimum and maximum by which a waveform is drawn: a screen has no more columns."""


@lru_cache(maxsize=1)
def magma() -> np.ndarray:
    """Return the magma colour map, shape (256, 3), uint8."""
    return _between(MAGMA)


@lru_cache(maxsize=1)
def quieter_louder() -> np.ndarray:
    """Return the colour map of a difference, shape (256, 3), uint8: purple is less, nearly white equal, orange more."""
    return _between(PURPLE_TO_ORANGE)


def _between(colours: Sequence[str]) -> np.ndarray:
    stops = np.array([list(bytes.fromhex(colour.removeprefix("#"))) for colour in colours], float)
    at = np.linspace(0, len(stops) - 1, 256)
    channels = [np.interp(at, np.arange(len(stops)), stops[:, i]) for i in range(3)]
    return np.stack(channels, axis=1).round().astype(np.uint8)


def spectrogram_png(values: np.ndarray, *, low: float, high: float, scale: int = 1) -> bytes:
    """Draw a spectrogram as PNG, low frequencies at the bottom.

    Parameters
    ----------
    values : numpy.ndarray, shape (n_mels, t)
        For example levels in dB.
    low, high : float
        Values of the darkest and the brightest colour.
    scale : int
        Pixels per value, in both directions.

    Returns
    -------
    bytes
        An 8-bit palette PNG of (t * scale) × (n_mels * scale) pixels.
    """
    index = np.clip((values - low) / (high - low) * 255, 0, 255).astype(np.uint8)
    return _palette_png(np.kron(index, np.ones((scale, scale), np.uint8)), magma())


def difference_png(difference_db: np.ndarray, *, span_db: float) -> bytes:
    """Draw the difference of two spectrograms as PNG, low frequencies at the bottom.

    Parameters
    ----------
    difference_db : numpy.ndarray, shape (n_mels, t)
        After minus before, in dB.
    span_db : float
        Difference, of either sign, of the strongest colour.

    Returns
    -------
    bytes
        An 8-bit palette PNG of t × n_mels pixels: purple is quieter, orange louder.
    """
    index = np.clip((difference_db + span_db) / (2 * span_db) * 255, 0, 255).round().astype(np.uint8)
    return _palette_png(index, quieter_louder())


def importance_png(strength: np.ndarray) -> bytes:
    """Draw how much an answer needs each part of a sound, to lie over its spectrogram.

    Parameters
    ----------
    strength : numpy.ndarray, shape (n_mels, t)
        Importance in [0, 1]: 0 is transparent.

    Returns
    -------
    bytes
        An RGBA PNG of t × n_mels pixels, low frequencies at the bottom.
    """
    from PIL import Image

    pixels = np.empty((*strength.shape, 4), np.uint8)
    pixels[..., :3] = list(bytes.fromhex(IMPORTANCE.removeprefix("#")))
    pixels[..., 3] = np.clip(strength, 0, 1) * MOST_OPAQUE
    buffer = io.BytesIO()
    Image.fromarray(pixels[::-1]).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()


def _palette_png(index: np.ndarray, palette: np.ndarray) -> bytes:
    from PIL import Image

    picture = Image.fromarray(index[::-1])
    picture.putpalette(palette.tobytes())
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", compress_level=1)  # time matters here, not size
    return buffer.getvalue()


def fewer_columns(values: np.ndarray, *, n_columns: int = 1500) -> np.ndarray:
    """Reduce a long spectrogram for the screen, keeping the maximum of each stretch.

    Parameters
    ----------
    values : numpy.ndarray, shape (n_mels, t)
        Levels.
    n_columns : int
        Largest number of columns to keep.

    Returns
    -------
    numpy.ndarray, shape (n_mels, at most n_columns)
        The input itself if it is short enough.
    """
    step = -(-values.shape[1] // n_columns)  # rounded up
    return values if step <= 1 else np.maximum.reduceat(values, np.arange(0, values.shape[1], step), axis=1)


def band_centres(config: FeatureConfig) -> np.ndarray:
    """Return the centre frequencies of the mel bands.

    Parameters
    ----------
    config : FeatureConfig
        Bands.

    Returns
    -------
    numpy.ndarray, shape (n_mels,)
        Frequencies in Hz.
    """
    import librosa

    return librosa.mel_frequencies(config.n_mels + 2, fmin=config.fmin, fmax=config.fmax)[1:-1]


def frequency_ticks(config: FeatureConfig) -> list[tuple[float, str]]:
    """Return the labels of a mel axis.

    Parameters
    ----------
    config : FeatureConfig
        Bands.

    Returns
    -------
    list of (float, str)
        Position from the bottom in [0, 1], and label.
    """
    centres = band_centres(config)
    shown = [hz for hz in (100, 500, 1000, 2000, 4000, 8000, 16000) if centres[0] <= hz <= centres[-1]]
    positions = np.interp(shown, centres, (np.arange(config.n_mels) + 0.5) / config.n_mels)
    names = [f"{hz / 1000:g} kHz" if hz >= 1000 else f"{hz} Hz" for hz in shown]
    return list(zip(positions.tolist(), names, strict=True))


def waveform_figure(y: np.ndarray, sr: int) -> go.Figure:
    """Draw a waveform over time, on the whole scale from −1 to 1.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Waveform in [-1, 1].
    sr : int
        Its rate in Hz.

    Returns
    -------
    plotly.graph_objects.Figure
        A line; of a long waveform the minimum and the maximum of each stretch.
    """
    import plotly.graph_objects as go

    step = max(1, y.size // MOST_POINTS)
    starts = np.arange(0, y.size, step)
    ends = np.stack([np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)], axis=1)
    seconds = np.repeat(starts / sr, 2)
    figure = go.Figure(go.Scatter(x=seconds, y=ends.ravel(), mode="lines", line={"color": BLUE, "width": 1}))
    figure.update_xaxes(title="time, s", range=[0, y.size / sr])
    figure.update_yaxes(title="amplitude", range=[-1, 1])
    return figure.update_layout(height=FIGURE_PIXELS, margin={"l": 0, "r": 8, "t": 8, "b": 0})


def spectrogram_figure(level_db: np.ndarray, config: FeatureConfig) -> go.Figure:
    """Draw a mel spectrogram with its axes: seconds, and Hz on the mel scale.

    Parameters
    ----------
    level_db : numpy.ndarray, shape (n_mels, t)
        Levels in dB, such as those of `esc_core.features.log_mel_db`.
    config : FeatureConfig
        Frames and bands.

    Returns
    -------
    plotly.graph_objects.Figure
        A heat map in magma, low frequencies at the bottom.
    """
    import plotly.graph_objects as go

    seconds = np.arange(level_db.shape[1]) * config.hop_length / config.sr
    scale = [[i / (len(MAGMA) - 1), colour] for i, colour in enumerate(MAGMA)]
    figure = go.Figure(
        go.Heatmap(
            z=level_db.round(1), x=seconds.round(4), colorscale=scale, colorbar={"title": "dB"},
            hovertemplate="%{x:.2f} s, %{customdata} Hz: %{z} dB<extra></extra>",
            customdata=np.repeat(band_centres(config).round()[:, None], level_db.shape[1], axis=1).astype(int),
        )
    )  # fmt: skip
    ticks = frequency_ticks(config)
    figure.update_xaxes(title="time, s")
    figure.update_yaxes(
        title="frequency", tickvals=[at * config.n_mels - 0.5 for at, _ in ticks], ticktext=[name for _, name in ticks]
    )
    return figure.update_layout(height=FIGURE_PIXELS, margin={"l": 0, "r": 8, "t": 8, "b": 0})
