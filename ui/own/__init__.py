"""The parts of the Own sounds page.

notes       what was just done, said once, with the way back
bring       opening a zip, or a folder on this computer
sets        the data sets that this browser may open: choose, make, share, remove
cards       samples as cards, letters and colours of their recordings, and the page's one player
cutting     a long recording cut into its sounds, each to keep or to drop
sources     where samples come from: microphone, files, clips
samples     the samples of a category: rename, move, delete
collect     the categories, and what is added to them
groups      which samples are one recording
learn       learning in seconds, and what came of it
use         the model on other pages, and everything as files
"""
