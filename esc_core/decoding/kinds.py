"""What kind of file some bytes are, by the marks at their beginning."""

from __future__ import annotations

import re

_FFMPEG: tuple[tuple[bytes, str, str], ...] = (
    (rb".{4}(ftyp|moov|mdat|wide|free|skip|pnot)", "MP4", "mov"),
    (rb"\x1aE\xdf\xa3", "WEBM", "matroska"),
    (rb"#!AMR(-WB)?\n", "AMR", "amr"),
    (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "WMA", "asf"),
    (rb"OggS", "OGG", "ogg"),
    (rb"caff\x00\x01", "CAF", "caf"),
    (rb"(RIFF|RIFX|RF64).{4}WAVE", "WAV", "wav"),
    (rb"riff.{36}", "W64", "w64"),
    (rb"FORM.{4}AIF[FC]", "AIFF", "aiff"),
    (rb"\.snd", "AU", "au"),
    (rb"fLaC", "FLAC", "flac"),
)
"""Mark, container (one of `esc_core.config.CONTAINERS`), and the one demuxer of FFmpeg that is let at it."""

_REFUSED: tuple[tuple[bytes, str], ...] = (
    (rb"wvpk", "a WavPack file"),
    (rb"MAC ", "a Monkey's Audio file"),
    (rb"MPCK|MP\+", "a Musepack file"),
    (rb"TTA[12]", "a True Audio file"),
    (rb"tBaK", "a TAK file"),
    (rb"DSD |FRM8.{8}DSD ", "a DSD file"),
    (rb"\.RMF|\.ra\xfd", "a RealMedia file"),
    (rb"RIFF.{4}AVI ", "an AVI video"),
    (rb"FLV\x01", "a Flash video"),
    (rb"\x00\x00\x01[\xba\xb3]", "an MPEG video"),
    (rb"\x47.{187}\x47.{187}\x47", "an MPEG transport stream"),
    (rb"\x0b\x77", "an AC-3 file"),
    (rb"\x7f\xfe\x80\x01", "a DTS file"),
    (rb"FORM.{4}(8SVX|16SV)", "an Amiga sound file"),
    (rb"Creative Voice File", "a Creative Voice file"),
    (rb"\.SoX|XoS\.", "a SoX file"),
    (rb"NIST_1A", "a NIST Sphere file"),
    (rb"MThd|RIFF.{4}RMID", "a MIDI file, which holds notes and no sound"),
    (rb"PK\x03\x04", "a ZIP archive"),
    (rb"%PDF", "a PDF document"),
    (rb"\x89PNG|\xff\xd8\xff[\xdb\xe0-\xef]|GIF8|RIFF.{4}WEBP", "a picture"),
)


def ffmpeg_kind(data: bytes) -> tuple[str, str] | None:
    """Return the container of a file and FFmpeg's demuxer for it; None if it is none that FFmpeg may read."""
    return next(((kind, demuxer) for mark, kind, demuxer in _FFMPEG if re.match(mark, data, re.DOTALL)), None)


def refused_kind(data: bytes) -> str | None:
    """Return what a file is that can't be read, such as "a WavPack file"; None if that is not known."""
    return next((name for mark, name in _REFUSED if re.match(mark, data, re.DOTALL)), None)
