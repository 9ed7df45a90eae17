"""A study: a grid of runs, spread over workers, resumable, with tables of its results.

grid     GRID.toml → cells: model × augmentation × fold × seed
cell     one cell: a run folder that is trained once
results  one row per cell, and a summary of all cells with the same levels
tables   tidy tables on disk, with their provenance
study    all cells of a grid by `dask.distributed`
"""
