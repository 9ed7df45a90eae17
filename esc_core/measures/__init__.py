"""Formulas that know nothing of the rest: how good predictions are, how sure that is, how loud a sound is.

metrics    accuracy, top-k, recall, calibration
intervals  of shares and means, by formulas
bootstrap  over recordings: intervals, and the difference of two sets of predictions
loudness   how loud a waveform is: in frames, over its active part, to the ear
"""
