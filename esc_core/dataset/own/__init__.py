"""Data sets of a person's own, collected sample by sample: each a folder below ESC_HOME, in ESC-50's layout.

names       names of sets, categories, samples and groups, checked
wave        a waveform → the WAV file that is stored
folds       groups of samples → folds
contents    what own.json holds: samples, categories, and what was deleted
remarks     what a set lacks before something can be learnt or tested
table       samples → clips with folds, and the table that lists them
twins       equal sounds: stored once in a category, and always of one group
edits       changes of what own.json holds
here        the limits of all sets on this computer
disk        the files of a set, read and changed under a lock
store       OwnSet: a set whose samples are added, changed and deleted
sets        all sets: make, open, list, remove
layouts     a folder of sounds → what it holds, in any of four layouts
zipped      a set as a zip in ESC-50's layout, and a zip from anywhere unpacked
bring       sounds from a folder or a zip → a set
cuts        a long recording → the sounds in it

A set is opened by its key, 128 random bits; nobody can guess it, so whoever has the key may use the set. A group holds
the samples of one recording, of what was recorded in one go, and equal sounds; it never lies in two folds. Fold 0 is
never held out: its samples are always trained on. If all samples lie in fold 0, no test is possible. `OwnSet.dataset`
gives the set to everything that reads data sets, and ``meta/esc50.csv`` always says the same.
"""

from esc_core.dataset.own.bring import Brought, bring
from esc_core.dataset.own.contents import Sample
from esc_core.dataset.own.edits import NewSound
from esc_core.dataset.own.here import limits_here, lower_limits
from esc_core.dataset.own.sets import create, list_sets, open_set, remove, set_folder, set_folders
from esc_core.dataset.own.store import OwnSet
from esc_core.dataset.own.zipped import write_zip

__all__ = [
    "Brought",
    "NewSound",
    "OwnSet",
    "Sample",
    "bring",
    "create",
    "limits_here",
    "list_sets",
    "lower_limits",
    "open_set",
    "remove",
    "set_folder",
    "set_folders",
    "write_zip",
]
