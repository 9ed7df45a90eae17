"""A run as a folder on disk, the queue, and the heartbeat of the process that trains it.

folder      the name of each file in a run folder
contents    what each of these files must hold
names       names for people, such as "amber fox"
status      the state of a run, what it leaves out, its validation clips, and its guesses for them
run         a run as its files describe it
listing     all runs that are here: listed, found by name, renamed
queue       the queue, made of locks
heartbeat   the thread of a worker that writes the status and watches for the stop file
clock       training time so far, and the time left
"""
