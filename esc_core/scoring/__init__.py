"""Scoring anyone's predictions on ESC-50 or ESC-10, and saying what the scores can't be trusted for.

table        a CSV of strangers, with caps → rows of text
predictions  its rows → one prediction a clip, never the kinder of two
audit        folds, copies, siblings, gaps: what would make a score too high
score        accuracies, calibration, intervals by recording, and the difference of two
report       a score in words, and as JSON
page         a score as a web page of one file
"""
