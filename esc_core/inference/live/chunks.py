"""Numbered chunks from a browser: which were lost, which came late, and when the computer was asleep."""

from __future__ import annotations

from dataclasses import dataclass, field

LATE_SECONDS = 1.0
"""Delay beyond the quickest chunk's from which a chunk counts as late, in seconds."""

ASLEEP_SECONDS = 12.0
"""Delay from which nothing was recorded in between, in seconds: a browser keeps at most 10 s for us."""


@dataclass
class Arrivals:
    """Counts what came of the chunks.

    Attributes
    ----------
    received, lost, late : int
        Numbers of chunks since the beginning.
    unheard : float
        Time of which nothing was heard since then, in seconds.
    forgotten : float
        Length of what another server, or an earlier connection, had received before the first chunk, in seconds.
    """

    received: int = 0
    lost: int = 0
    late: int = 0
    unheard: float = 0.0
    forgotten: float = 0.0
    _session: str | None = field(default=None, repr=False)
    _last: int = field(default=-1, repr=False)
    _began: float = field(default=0.0, repr=False)

    def take(self, session: str, index: int, *, length: float, now: float, unheard: float = 0.0) -> float:
        """Take a chunk that has arrived.

        Parameters
        ----------
        session : str
            Differs each time listening starts.
        index : int
            Its position in the session, from 0; later chunks have higher ones.
        length : float
            Length of a chunk, in seconds.
        now : float
            A clock, in seconds.
        unheard : float
            Time before it in which the browser heard nothing, in seconds.

        Returns
        -------
        float
            Length of the sound that is missing before it, in seconds.
        """
        began = now - (index + 1) * length
        if session != self._session:
            # a server that was started again meets a session in its middle: what came before is not lost
            self.forgotten = index * length
            self._session, self._last, self._began = session, index - 1, began
        missing, self._last = index - self._last - 1, index
        self.received += 1
        self.lost += missing
        self._began += unheard
        delay, self._began = began - self._began, min(began, self._began)
        if delay > ASLEEP_SECONDS:
            self._began = began
            gap = delay + unheard
        else:
            self.late += delay > LATE_SECONDS
            gap = missing * length + unheard
        self.unheard += gap
        return gap
