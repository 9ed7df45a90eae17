"""The data: clips and folds on disk, and the ways to get them.

clips       the ESC-50 layout: Clip, Dataset, folds
progress    how far a download is, and the wish to cancel it
unzip       clips out of a zip file, as they come
install     a whole data set put where it belongs, or nothing
download    ESC-50 itself, verified clip by clip
provenance  which copy of a data set is here
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
