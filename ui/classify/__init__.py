"""The parts of the Classify page.

uploads     the uploaded files, which stay when another page is looked at
all_models  all models on one sound
files       the answers to all files as a table, and one of them in detail
"""
