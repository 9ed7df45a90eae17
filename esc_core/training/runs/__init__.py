"""A run as a folder on disk, and the signs of life of the process that writes it.

folder      the name of each file in a run folder
names       names that people can say
status      the state of a run, and its other small types
runs        a run on disk as readers see it: state, curves, guesses; the list of all runs
queue       the queue, made of locks
heartbeat   a worker's signs of life, and its ear for being stopped
clock       time spent and time left
"""
