"""Which rule knows that a sound is none of the fifty: on categories that were left out, and on sounds made here.

- `said`: the sounds, and what models and YAMNet say about them
- `measures`: how well values tell known sounds from others
- `left_out`: the rules on categories that no network has heard
- `rules`: the rule of a model, fitted and stored
- `compared`: the rules on made sounds, and how many sounds get an answer
- `__main__`: the command
"""
