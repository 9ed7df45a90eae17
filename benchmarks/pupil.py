"""What a pupil does with the app: explores, augments and classifies, without a browser and at a chosen pace."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import numpy as np
import soundfile as sf

from benchmarks.visitor import Answer, Visitor

THINKING = (4.0, 12.0)
"""Shortest and longest time between an answer and the next action, in seconds."""

N_MOVES = 4
"""Times that a pupil moves the slider of Augment before turning the page."""

_SR = 44_100


@dataclass(frozen=True)
class Timed:
    """An answer, and to what.

    Attributes
    ----------
    page : str
        Page on which something was done.
    action : str
        What was done there.
    answer : Answer
        What came back.
    """

    page: str
    action: str
    answer: Answer


class Pupil:
    """Somebody who goes round the pages again and again.

    Parameters
    ----------
    visitor : Visitor
        Connected.
    seed : int
        Decides what is chosen, and for how long the pupil thinks.
    hurry : bool
        Whether the pupil does not think at all.
    """

    def __init__(self, visitor: Visitor, *, seed: int, hurry: bool = False) -> None:
        self._visitor, self._rng, self._hurry = visitor, random.Random(seed), hurry
        self._n_sounds = 0

    async def arrive(self) -> Timed:
        """Follow the link, which opens Explore."""
        return Timed("Explore", "arrive", await self._visitor.open())

    async def round(self) -> AsyncIterator[Timed]:
        """Go round the three pages once, and yield each answer as it comes."""
        for steps in (self.explore, self.augment, self.classify):
            async for timed in steps():
                yield timed
                await self.think()

    async def think(self) -> None:
        """Wait as long as a person takes to look and decide; not in a hurry."""
        if not self._hurry:
            await asyncio.sleep(self._rng.uniform(*THINKING))

    async def explore(self) -> AsyncIterator[Timed]:
        """Turn to Explore and pick categories."""
        yield Timed("Explore", "open", await self._visitor.open("Explore"))
        for _ in range(2):
            category = self._visitor.page.find("selectbox", "Category")
            chosen = self._rng.choice(category.proto.options)
            yield Timed("Explore", "category", await self._visitor.set(category, string_value=chosen))

    async def augment(self) -> AsyncIterator[Timed]:
        """Turn to Augment, perhaps to another clip, and move the first slider."""
        yield Timed("Augment", "open", await self._visitor.open("Augment"))
        if self._rng.random() < 0.5:
            button = self._visitor.page.find("button", "Random clip")
            yield Timed("Augment", "clip", await self._visitor.set(button, trigger_value=True))
        for _ in range(N_MOVES):
            slider = self._visitor.page.find("slider")
            low, high = slider.proto.min, slider.proto.max
            value = sorted(self._step(low, high, slider.proto.step) for _ in slider.proto.default)
            yield Timed("Augment", "slider", await self._visitor.set(slider, double_array_value=value))

    async def classify(self) -> AsyncIterator[Timed]:
        """Turn to Classify and upload another sound."""
        yield Timed("Classify", "open", await self._visitor.open("Classify"))
        source = self._visitor.page.find("button_group", "Where the sound comes from")
        files = next(option for option in source.proto.options if option.content == "Files")
        choice = f"{files.content_icon} {files.content}"
        yield Timed("Classify", "files", await self._visitor.set(source, string_array_value=[choice]))
        self._n_sounds += 1
        uploader, name = self._visitor.page.find("file_uploader"), f"sound-{self._n_sounds}.wav"
        answer = await self._visitor.upload(uploader, name, made_sound(self._rng.getrandbits))
        yield Timed("Classify", "upload", answer)

    def _step(self, low: float, high: float, step: float) -> float:
        return low + step * self._rng.randint(0, round((high - low) / step))


async def told(answers: AsyncIterator[Timed]) -> AsyncIterator[Timed]:
    """Yield answers as long as the connection lasts; what breaks a visit off becomes a last answer with that error.

    One example is a page that lacks what a pupil looks for. All other pupils go on.
    """
    try:
        async for timed in answers:
            yield timed
            if timed.answer.lost:
                return
    except Exception as error:
        yield Timed("a pupil", "left", Answer(0.0, (f"{type(error).__name__}: {error}",), lost=True))


def made_sound(bits: Callable[[int], int]) -> bytes:
    """Return a sound of 2 to 8 s as a WAV file, another one each time: noise that swells, and a tone that fades.

    Parameters
    ----------
    bits : callable
        Returns a random whole number of so many bits, as `random.Random.getrandbits` does.
    """
    rng = np.random.default_rng(bits(64))
    t = np.arange(int(rng.uniform(2, 8) * _SR)) / _SR
    noise = 0.05 * rng.standard_normal(t.size) * np.linspace(0.1, 1, t.size)
    tone = 0.4 * np.sin(2 * np.pi * rng.uniform(100, 4000) * t) * np.exp(-2 * t)
    file = io.BytesIO()
    sf.write(file, noise + tone, _SR, format="WAV")
    return file.getvalue()
