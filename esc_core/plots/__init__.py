"""Arrays → images and figures; no Streamlit here.

spectrograms  spectrograms as images, with the ticks of their axes
answers       a model's guesses, tipping points and events
training      confusion matrices, filters, layers
results       levels of the study with intervals, accuracy against cost
"""
