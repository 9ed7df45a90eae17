"""Listening to sound as it comes in: chunks → probabilities twice a second and more, events, rules that fire.

It knows nothing of the page or the command that feeds it.

stream    chunks of any length and rate → samples and mel frames at a model's rate, without seams
window    the last seconds of a stream: samples, mel frames, levels, and which windows are quiet
bars      steady bars: smoothed probabilities whose order changes rarely
rules     "when glass breaking is heard for half a second": fires once for each event
tracker   the windows' probabilities → events that begin and end
naming    an event that has ended → its category, by all networks; or none
heard     what a listener tells: what is heard now, and sounds with a category
listener  all of it: chunks → updates, events, fired rules
chunks    numbered chunks from a browser: which were lost, which came late
pcm       files and streams of bytes → pieces of sound
"""

from esc_core.inference.live.chunks import Arrivals
from esc_core.inference.live.heard import LiveEvent, Update
from esc_core.inference.live.listener import Listener
from esc_core.inference.live.rules import Fired, Rule

__all__ = ["Arrivals", "Fired", "Listener", "LiveEvent", "Rule", "Update"]
