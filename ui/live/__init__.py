"""The parts of the Live page.

session   what a session hears: the listener, its events, what was lost, where each sound comes from
file      a file that is listened to as if it were live
settings  threshold, smoothing, categories, rules
board     bars, scrolling mel and the list of events, drawn by the browser
keep      a sound that was heard → a sample in a data set of one's own
pick      the event that the user has pressed: player, correction
log       the events as files
"""
