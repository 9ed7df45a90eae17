"""Lessons: a few small networks trained side by side to show one thing, such as what a leak does to a score.

lessons     the arms of a lesson, and what leaks in each of them
teach       training the arms, and their curves
"""
