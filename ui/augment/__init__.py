"""The parts of the Augment page, from the sound to the downloads.

names       how transforms and values are written
steps       the chain, kept in the link
sound       the sound to be changed
second      the second sound of a mixture
result      before and after: player, pictures, difference
chain       the chain's controls
response    the model's response to the change
draws       eight draws, as training uses them
take_away   downloads, link, lines of Python
bench       the layout of player, chain and tabs
"""
