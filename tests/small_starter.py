"""A part of the starter set, for tests of what shows it: all of fold 1 and the first recordings of fold 2."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from esc_core.audio import to_wav_bytes
from esc_core.dataset.starter.clips import StarterClip, record_takes, starter_clips, starter_sr


def small_starter_clips() -> list[StarterClip]:
    """Return the clips of the part."""
    return [clip for clip in starter_clips() if clip.fold == 1 or (clip.fold == 2 and clip.recording == 1)]


def ten_categories() -> list[StarterClip]:
    """Return the clips of ten categories, in all folds."""
    chosen = list(dict.fromkeys(["dog", "church_bells", "rain", *(clip.category for clip in starter_clips())]))[:10]
    return [clip for clip in starter_clips() if clip.category in chosen]


def write_small_starter(root: Path, *, clips: list[StarterClip] | None = None) -> Path:
    """Write the part, or other clips, in ESC-50's layout, marked as synthetic and complete; return the folder."""
    written = small_starter_clips() if clips is None else clips
    (root / "audio").mkdir(parents=True)
    (root / "meta").mkdir()
    recordings: dict[tuple[str, int, int], list[StarterClip]] = {}
    for clip in written:
        recordings.setdefault((clip.category, clip.fold, clip.recording), []).append(clip)
    for (category, fold, recording), own in recordings.items():
        for clip, wav in zip(own, _wavs(category, fold, recording), strict=True):
            (root / "audio" / clip.filename).write_bytes(wav)
    with (root / "meta" / "esc50.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("filename", "fold", "target", "category", "esc10", "src_file", "take"))
        table.writerows(sorted(clip.row for clip in written))
    (root / "meta" / "SYNTHETIC.txt").write_text("A part of the starter set.\n", encoding="utf-8")
    (root / "meta" / "COMPLETE").write_text("", encoding="utf-8")
    return root


@cache  # a dozen files of tests want the same sounds, which take seconds to make
def _wavs(category: str, fold: int, recording: int) -> list[bytes]:
    takes = record_takes(category, fold=fold, recording=recording, seed=0)
    return [to_wav_bytes(y, starter_sr()) for y in takes]
