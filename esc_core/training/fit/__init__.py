"""One fold: from batches to a trained network.

dtype       which number format trains faster on this machine
steps       optimizer, schedule, and the compiled step
fit         the loop: epochs, and evaluations of the held-out clips
checkpoint  all that is needed to go on after an interruption
memory      what is freed in one step kept for the next
"""
