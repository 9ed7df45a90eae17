"""What a generator's sounds are worth: by themselves, and for a classifier that learns from them.

drawn        as many sounds of each category as are wanted
resemblance  beside real ones: copies, and diversity
judge        are they named as meant, are they copies, are they diverse?
judged       what was found of each generator, as a table
arms         what a classifier is trained on: real clips, generated ones, both
outcome      the experiment's table → its arms beside each other
experiment   do they help a classifier?
"""
