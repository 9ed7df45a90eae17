"""What lies on a disk: written whole or not at all, read by people who do not trust it, locked while it changes.

files     files that are read while they are written, and why one can't be
stored    what values read from a file must be
measured  what was measured on this machine, by name
locks     locks on files, which the system frees
tables    CSV tables as untrusted input → text by row and column, and back
"""
