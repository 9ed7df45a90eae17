"""What is shown of a run on every page that trains: its state, its progress, its curves.

words     states, progress and names of runs in words
progress  state and progress of a run, with Stop and Resume
chart     curves over the epochs
measuring  how long a training takes here, timed before anybody starts one
delete    the dialog that asks before a run is deleted
"""
