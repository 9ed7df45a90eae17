"""The data: clips and folds on disk, and the ways to get them.

clips       the ESC-50 layout: Clip, Dataset, folds
download    ESC-50 itself, verified clip by clip (unzip, place, progress: its parts)
validate    what is missing, extra, unreadable, or odd
known       recognising a clip of ESC-50
official    ESC-50 as published: categories, clips, folds
starter     clips that the program synthesises itself
"""

from esc_core.dataset.clips import (
    GROUPS,
    Clip,
    Dataset,
    dataset_dir,
    downloaded_dir,
    find_dataset,
    group_of,
    load_dataset,
    remember_folder,
    starter_dir,
)

__all__ = [
    "GROUPS",
    "Clip",
    "Dataset",
    "dataset_dir",
    "downloaded_dir",
    "find_dataset",
    "group_of",
    "load_dataset",
    "remember_folder",
    "starter_dir",
]
