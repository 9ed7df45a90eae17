"""A study: a grid of runs, spread over workers, resumable, told as tables.

grid     GRID.toml → cells: model × augmentation × fold × seed
cell     one cell is one run folder, trained once whoever asks
results  what the runs say, and all runs of the same levels summed up
tables   tidy tables on disk, with where they come from
study    all cells of a grid by `dask.distributed`
"""
