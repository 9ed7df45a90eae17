"""One fold: from batches to a trained network.

memory      allocator settings, so that memory freed in one step is reused in the next
twin        a copy of the network that trains faster
steps       optimiser, schedule, and the compiled step
evaluation  scores on the held-out clips, every few epochs
dtype       which precision trains faster on this machine
checkpoint  the state after an epoch: weights, optimiser, random states
fit         the training loop
"""
