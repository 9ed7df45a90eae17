"""What the study found: its tables in `assets/results` → comparisons, answers in words, verdicts.

clips      correctly classified clips → the interval of their share, paired differences
measured   a study's tables → levels with intervals
levels     levels of a study next to each other: shares, differences
trust      by how much a score is too high: by a leak, or by choosing the epoch
people     the best model next to people
words      labels, intervals, differences and verdicts in words
answers    the answers on augmentation, networks and spectrograms in a few sentences
pitfalls   the answers on leaks, imbalance, pictures, shortcuts and the best epoch
robust     the answer on rooms, noise and telephones
questions  every question, declared once: tables, factor, title, answer
claims     the original study's claims, each with our measurement and a verdict
"""
