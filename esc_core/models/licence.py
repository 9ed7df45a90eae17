"""How a network's weights may be used and shared: the licence of the sounds that it was trained on decides."""

from __future__ import annotations

ESC50_LICENCE = (
    "Weights trained on ESC-50 (K. J. Piczak, ESC: Dataset for Environmental Sound Classification, "
    "ACM Multimedia 2015), which is under CC BY-NC 3.0: they may be used and shared with this attribution, "
    "not commercially."
)

OTHER_LICENCE = "The licence of the sounds decides how the weights may be used and shared."
"""Licence of weights that were trained on other sounds than those of ESC-50."""

NO_CONDITIONS = "The sounds were computed by this program: no licence conditions."
"""Licence of weights that were trained on the synthetic starter sounds."""


def weights_licence(*, synthetic: bool, official: bool) -> str:
    """Return the licence of weights, by what they were trained on: synthetic sounds, or clips of ESC-50, or others."""
    if synthetic:
        return NO_CONDITIONS
    return ESC50_LICENCE if official else OTHER_LICENCE
