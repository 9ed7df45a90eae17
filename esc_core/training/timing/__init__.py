"""How long a run will take, from what was timed on this machine.

estimate     what the estimates for every kind of run share
preparation  how long all takes besides the steps: clips, copies, loading, storing
expected     the time of a classifier's run, from a measured step and what is to be prepared
"""
