"""The parts of the Results page.

data            the tables that it reads
charts          what its charts share
source          where a number comes from
claims          the forerunner's claims and their verdicts
questions       one chart and one sentence a question
traps           the questions about what misleads
people          the model next to people
published       what others have published
scorer          anyone's predictions go in
scorer_report   what they are worth comes out
"""
