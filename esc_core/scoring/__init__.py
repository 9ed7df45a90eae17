"""Scoring anyone's predictions on ESC-50 or ESC-10, with an audit of what makes the scores too high.

table        a CSV, by the shared reader → rows of text, folds
categories   a category's name as people write it → its target
numbering    a category's number → its target: the documented numbering, and others that people use
predictions  its rows → one prediction per clip
audit        other folds, copies, siblings, gaps: what makes a score too high
figures      every figure of a score, declared once: formula, interval, title, help
score        predictions → figures, recalls, confusion matrix, audit; the difference of two tables
report       a score as Markdown, and as JSON
page         a score as an HTML page in one file
"""
