"""How long a run will take, from what was timed on this machine.

preparation  how long all takes besides the steps: clips, copies, loading, storing
expected     the time of a whole run, from a measured step and what is to be prepared
"""
