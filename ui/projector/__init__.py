"""The parts of the Projector page.

way_in     address, QR code, and how to trust the certificate
question   the question of the class: asking it, its answers, the bell
settings   what the teacher sets for the class
"""
