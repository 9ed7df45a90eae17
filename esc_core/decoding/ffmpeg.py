"""What libsndfile can't read, such as the recordings of phones and browsers: FFmpeg, by way of PyAV, on a short leash.

FFmpeg gets bytes in memory, the one demuxer that fits them, and the decoders on a list; it opens no other file and no
address, and starts no threads. Only sound is decoded.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np

from esc_core.decoding.lengths import asf_seconds
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
        promised = asf_seconds(data) if demuxer == "asf" else _promised(file, demuxer)
        n_tracks = len(tracks)
        first = next(_frames(file), None)
        if first is None:
            raise DamageError
        sr, n_channels = first.sample_rate, len(first.layout.channels)
    said = (f"The file has {n_tracks} sound tracks; the first one is used.",) if n_tracks > 1 else ()

    def blocks() -> Iterator[np.ndarray]:
        with _opened(data, demuxer) as again:
            yield from _samples(_frames(again), sr, n_channels)

    return Source(sr, n_channels, container, blocks, promised=promised, tolerance=0.2, remarks=said)


def _promised(file: Any, demuxer: str) -> float:
    """Return the length of the sound by the header in seconds; 0 if it gives none."""
    track = file.streams.audio[0]
    if demuxer == "mov":  # the only one that tells the length of each track
        return float(track.duration * track.time_base) if track.duration else 0.0
    return max(0, file.duration or 0) / 1e6 if demuxer == "matroska" and len(file.streams) == 1 else 0.0


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
    """Yield the frames that can be decoded; raise `DamageError` behind the last one if some could not."""
    import av

    track = file.streams.audio[0]
    track.codec_context.thread_count = 1  # the stacks of threads count as address space
    is_whole = True
    try:
        for packet in file.demux(track):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                is_whole = False
                continue
            yield from (frame for frame in frames if frame.samples)
    except av.error.FFmpegError as error:
        _give_up(error)
    if not is_whole:
        raise DamageError


def _give_up(error: Exception) -> NoReturn:
    if isinstance(error, MemoryError):
        raise MemoryError from error
    raise DamageError from error


def _samples(frames: Iterator[Any], sr: int, n_channels: int) -> Iterator[np.ndarray]:
    """Yield the samples of frames, shape (n, n_channels), float32.

    FFmpeg brings them into one plane, because PyAV reads beyond the planes of a frame that has eight or more.
    """
    import av

    packed = av.AudioResampler(format="flt")
    for frame in frames:
        if (frame.sample_rate, len(frame.layout.channels)) != (sr, n_channels):
            raise DamageError
        try:
            out = packed.resample(frame)
        except (av.error.FFmpegError, ValueError) as error:  # the format or the order of the channels changes
            _give_up(error)
        for part in out:
            plane: Any = part.planes[0]  # it has the buffer protocol, which its types do not tell
            values = np.frombuffer(plane, np.float32, part.samples * n_channels)
            yield values.reshape(-1, n_channels)
