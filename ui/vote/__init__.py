"""The parts of the Vote page.

phone   the question of the class on a phone
"""
