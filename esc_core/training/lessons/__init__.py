"""Lessons: several trainings that show one thing, such as what a leak does to a score.

lessons     their arms, and what each of them leaks
teach       a lesson trained, and its curves
"""
