"""Data sets in ESC-50's layout: clips and folds on disk, and the ways to obtain them.

categories  the categories of ESC-50, and their groups
layout      the data folder that a path means, its table as text, names of clips and files
mend        a table as it was meant: names as they are on disk, targets where there are none
clips       the ESC-50 layout: Clip, Dataset, folds
faults      clips that can't be read, and why
remarks     recordings in two folds, categories in one: what makes scores mean little
starter     synthetic clips, made by this program
folder      the data folder in use
progress    the progress of a download, and its cancellation
install     the data folder of a download: complete or not there
unzip       a zip file, unpacked and verified
known       recognising a clip of ESC-50
download    ESC-50, each clip verified
job         a download in a thread
provenance  which copy of a data set a score was measured on
validate    missing, extra, unreadable and unusual files
official    ESC-50 as published: clips and folds
own         data sets of a person's own, sample by sample
"""

from esc_core.dataset.categories import GROUPS, OTHER, group_of
from esc_core.dataset.clips import Clip, Dataset, load_dataset
from esc_core.dataset.folder import (
    dataset_dir,
    downloaded_dir,
    find_dataset,
    open_dataset,
    remember_folder,
    starter_dir,
)

__all__ = [
    "GROUPS",
    "OTHER",
    "Clip",
    "Dataset",
    "dataset_dir",
    "downloaded_dir",
    "find_dataset",
    "group_of",
    "load_dataset",
    "open_dataset",
    "remember_folder",
    "starter_dir",
]
