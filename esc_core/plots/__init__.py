"""Arrays → images and figures; no Streamlit here.

spectrograms  waveforms and spectrograms as figures; spectrograms as images, with the ticks of their axes
answers       a model's guesses and tipping points
training      learning curves, confusion matrices, filters, layers
maps          the map of a data set, a point for each clip
results       levels of the study with intervals, accuracy against cost
"""
