"""What libsndfile can't read, such as the recordings of phones and browsers: FFmpeg, by way of PyAV, on a short leash.

FFmpeg gets bytes in memory, the one demuxer that fits them, and the decoders on a list; it opens no other file and no
address, and starts no threads. Only sound is decoded.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np

from esc_core.decoding.source import DamageError, Source
from esc_core.errors import AudioError

DECODERS = frozenset(
    {
        "aac",
        "alac",
        "mp3",
        "mp3float",
        "mp2",
        "mp2float",
        "opus",
        "libopus",
        "vorbis",
        "flac",
        "speex",
        "libspeex",
        "amrnb",
        "amrwb",
        "libopencore_amrnb",
        "libopencore_amrwb",
        "wmav1",
        "wmav2",
        "wmapro",
        "adpcm_ms",
        "adpcm_ima_wav",
        "adpcm_ima_qt",
        "gsm",
        "gsm_ms",
        "pcm_alaw",
        "pcm_mulaw",
        "pcm_u8",
        "pcm_s8",
        "pcm_s16le",
        "pcm_s16be",
        "pcm_s24le",
        "pcm_s24be",
        "pcm_s32le",
        "pcm_s32be",
        "pcm_f32le",
        "pcm_f32be",
        "pcm_f64le",
        "pcm_f64be",
    }
)
"""Decoders that may be used, by FFmpeg's names."""

_SCALES = {"u8": 2.0**-7, "s16": 2.0**-15, "s32": 2.0**-31, "flt": 1.0, "dbl": 1.0}
"""What brings a sample of each of FFmpeg's formats to full scale 1."""


def open_ffmpeg(data: bytes, *, container: str, demuxer: str) -> Source:
    """Open a file with FFmpeg; its first audio track is taken.

    Parameters
    ----------
    data : bytes
        The whole file.
    container : str
        Its container, one of `esc_core.config.CONTAINERS`.
    demuxer : str
        FFmpeg's name of the demuxer.

    Returns
    -------
    Source
        The sound, not yet decoded.

    Raises
    ------
    AudioError
        If there is no audio track, or one that is not decoded here.
    DamageError
        If the file can't be opened, or nothing of it can be decoded.
    """
    with _opened(data, demuxer) as file:
        tracks = file.streams.audio
        if not tracks:
            raise AudioError("The file holds no sound track.")
        context = tracks[0].codec_context
        if context is None or context.name not in DECODERS:
            name = context.codec.long_name if context is not None else "an unknown format"
            raise AudioError(f"The sound in this file is stored as {name}, which can't be read.")
        # Only MOV and its kin tell the length of each track; elsewhere it is an estimate, or that of the video.
        promised = float(tracks[0].duration * tracks[0].time_base) if demuxer == "mov" and tracks[0].duration else 0.0
        n_tracks = len(tracks)
        first = next(_frames(file), None)
        if first is None:
            raise DamageError
        sr, n_channels = first.sample_rate, len(first.layout.channels)
    said = (f"The file has {n_tracks} sound tracks; the first one is used.",) if n_tracks > 1 else ()

    def blocks() -> Iterator[np.ndarray]:
        with _opened(data, demuxer) as again:
            for frame in _frames(again):
                if (frame.sample_rate, len(frame.layout.channels)) != (sr, n_channels):
                    raise DamageError
                yield _samples(frame)

    return Source(sr, n_channels, container, blocks, promised=promised, tolerance=0.2, remarks=said)


def _opened(data: bytes, demuxer: str) -> Any:
    import av  # late: a tenth of a second that most files do not need

    av.logging.set_level(None)  # what it prints on damaged files helps nobody
    options = {"codec_whitelist": ",".join(sorted(DECODERS)), "format_whitelist": _own_names(demuxer)}
    try:
        return av.open(
            io.BytesIO(data), "r", format=demuxer, container_options=options, io_open=_refuse, metadata_errors="replace"
        )
    except av.error.FFmpegError as error:
        _give_up(error)


def _own_names(demuxer: str) -> str:
    return {"mov": "mov,mp4,m4a,3gp,3g2,mj2", "matroska": "matroska,webm"}.get(demuxer, demuxer)


def _refuse(url: str, flags: int, options: dict[str, str]) -> NoReturn:
    raise PermissionError(f"{url[:100]} lies outside the file")


def _frames(file: Any) -> Iterator[Any]:
    import av

    track = file.streams.audio[0]
    track.codec_context.thread_count = 1  # the stacks of threads count as address space
    try:
        for packet in file.demux(track):
            yield from (frame for frame in packet.decode() if frame.samples)
    except av.error.FFmpegError as error:
        _give_up(error)


def _give_up(error: Exception) -> NoReturn:
    if isinstance(error, MemoryError):
        raise MemoryError from error
    raise DamageError from error


def _samples(frame: Any) -> np.ndarray:
    """Return a frame's samples, shape (n, n_channels), float32."""
    values, n_channels = frame.to_ndarray(), len(frame.layout.channels)
    name = frame.format.name.removesuffix("p")
    y = values.T if frame.format.is_planar else values.reshape(-1, n_channels)
    if name not in _SCALES:
        raise DamageError
    offset = 128 if name == "u8" else 0
    return np.ascontiguousarray((y.astype(np.float64) - offset) * _SCALES[name], dtype=np.float32)
