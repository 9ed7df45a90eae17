"""Figures of one sound: where a click and a tone are drawn."""

from __future__ import annotations

import numpy as np

from esc_core.config import FeatureConfig
from esc_core.features import log_mel_db, mel_power
from esc_core.plots.spectrograms import MOST_POINTS, band_centres, spectrogram_figure, waveform_figure

CONFIG = FeatureConfig()


def test_a_click_is_drawn_however_long_the_sound_is() -> None:
    """One sample of 0.8 in a minute, at its time; and no more points than a screen has columns, twice."""
    y = np.zeros(60 * 16_000, np.float32)
    y[480_000] = 0.8
    line = waveform_figure(y, 16_000).data[0]
    assert len(line.x) <= 2 * (MOST_POINTS + 1)
    assert max(line.y) == np.float32(0.8)
    assert abs(line.x[int(np.argmax(line.y))] - 30) < 60 / MOST_POINTS


def test_a_short_waveform_is_drawn_as_it_is() -> None:
    y = np.array([0.1, -0.5, 0.3], np.float32)
    figure = waveform_figure(y, 10)
    assert list(figure.data[0].y[::2]) == list(y)
    np.testing.assert_allclose(figure.data[0].x[::2], [0, 0.1, 0.2])
    assert tuple(figure.layout.yaxis.range) == (-1, 1)


def test_a_tone_lies_at_its_frequency_and_time() -> None:
    """1 kHz from the third second on: the row whose frequency is nearest, beside the tick of 1 kHz."""
    t = np.arange(5 * CONFIG.sr) / CONFIG.sr
    y = np.sin(2 * np.pi * 1000 * t) * (t >= 3)
    figure = spectrogram_figure(log_mel_db(mel_power(y, CONFIG)), CONFIG)
    heat = figure.data[0]
    row = int(heat.z.mean(axis=1).argmax())
    assert row == np.abs(band_centres(CONFIG) - 1000).argmin()
    assert abs(heat.customdata[row, 0] - 1000) < 40
    begins = heat.x[int(np.argmax(heat.z[row] > -20))]
    assert abs(begins - 3) <= CONFIG.n_fft / CONFIG.sr
    ticks = dict(zip(figure.layout.yaxis.ticktext, figure.layout.yaxis.tickvals, strict=True))
    assert abs(ticks["1 kHz"] - row) <= 1
