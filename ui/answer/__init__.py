"""What is said of an answer of a model: its bars, its reasons, how people heard it, where it is wrong.

people      how people classified the clips in the listening test
matrix      the cells of a confusion matrix, as a list
why         why the model gave an answer
prediction  an answer of the model
"""
