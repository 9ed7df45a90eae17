"""What phones and browsers record, encoded with FFmpeg."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np

from tests.bad_audio import tone


def recorded(
    container: str,
    codec: str,
    *,
    seconds: float = 2.0,
    sr: int = 48_000,
    layout: str = "mono",
    n_tracks: int = 1,
    video: bool = False,
) -> bytes:
    """Encode 1 kHz in each channel with FFmpeg; a second track holds 3 kHz."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        pictures = out.add_stream("mpeg4", rate=5) if video else None
        tracks = [out.add_stream(codec, rate=sr, layout=layout) for _ in range(n_tracks)]
        if pictures:
            pictures.width, pictures.height, pictures.pix_fmt = 32, 32, "yuv420p"
            for i in range(10):
                picture = av.VideoFrame(32, 32, "yuv420p")
                picture.pts, picture.time_base = i, Fraction(1, 5)
                out.mux(pictures.encode(picture))
            out.mux(pictures.encode(None))
        for i, track in enumerate(tracks):
            if codec == "wmav2":
                track.bit_rate = 64_000
            y = (tone(seconds, sr=sr, freq=1000 + 2000 * i) * 32767).astype(np.int16)
            y = np.repeat(y, av.AudioLayout(layout).nb_channels, axis=1)
            for at in range(0, len(y), 160):
                frame = av.AudioFrame.from_ndarray(y[at : at + 160].reshape(1, -1), "s16", layout)
                frame.sample_rate, frame.pts = sr, at
                out.mux(track.encode(frame))
            out.mux(track.encode(None))
    return file.getvalue()
