"""The parts of the About page.

walk      the first walk: eight stations, each with a link that sets its page up
sources   what is never sent; the data, the models, how to cite them
for_class  opening the app to a class
licences  the packages that the app runs on, with their licences; `make licences` prints them
packages  the same on the page, by licence
"""
