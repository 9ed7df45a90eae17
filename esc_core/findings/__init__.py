"""What the study found: its tables in `assets/results` → comparisons, sentences, verdicts.

measured  a study's tables → levels with intervals, differences clip by clip
trust     how much too high a score is: by a leak, by choosing the epoch
people    the best model beside people
words     names, differences and verdicts as people say them
claims    the forerunner's claims, each with our measurement and a verdict
"""
