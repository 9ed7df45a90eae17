"""Arrays → images and figures; no Streamlit here.

spectrograms  spectrograms as images, with the ticks of their axes
answers       a model's guesses, tipping points, events
training      confusion matrices, filters, layers
results       intervals and costs of the study
"""
