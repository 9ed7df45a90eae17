"""What the study found: its tables in `assets/results` → comparisons, answers in words, verdicts.

clips           correctly classified clips → the interval of their share, paired differences
measured        a study's tables → levels with intervals
levels          levels of a study next to each other: shares, differences
trust           by how much a score is too high: by a leak, or by choosing the epoch
people          the best model next to people
words           labels, intervals, differences and verdicts in words
published       published accuracies on ESC-50
answers         the answers on augmentation and spectrograms in a few sentences
networks        the answers on networks within a budget and at their end
pitfalls        the answers on leaks, imbalance, pictures, shortcuts and the best epoch
robust          the answer on rooms, noise and telephones
beyond          the answers on hearing AudioSet first, and on unknown sounds
generated       the answer on whether generated sounds help, and what a generator's sounds are worth in words
unlabelled      the answer on how far one gets without labels
questions       every question, declared once: tables, factor, title, answer
claim           a claim of the original study and its verdict
network_claims  the claims on mel CNNs and on AclNet
claims          the original study's claims, each with our measurement and a verdict
"""
