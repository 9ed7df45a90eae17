"""The parts of the Augment page, from the sound to what can be taken away.

names       what transforms and parameters are called
steps       the chain as the link keeps it
sound       the sound that is changed
chain       the chain's controls
bench       the workbench that joins them
result      before and after: player, pictures, difference
response    the model's response to the change
draws       eight draws as training hears them
take_away   sound, chain, lines of Python, link
"""
