"""The parts of the Results page.

data            the tables that it reads
source          where a number comes from
claims          the original study's claims and their verdicts
robustness      what rooms, noise and telephones cost: charts, table, source
beyond          charts of models that heard AudioSet first, and of rules that know unknown sounds
unlabelled      what each embedding tells of the categories: chart, table, source
generated       what classifiers reach with generated sounds, and what each generator is worth
charts          the chart of each question
questions       one answer and one chart per question
people          the model next to people
published       published results
scorer_report   their score comes out
scorer          anyone's predictions go in
"""
