"""Explore, augment, train on and classify environmental sounds (ESC-50).

The packages and modules, in the order in which data flows; each imports only from those above it:

errors      what can go wrong, in sentences meant for people
words       numbers, sizes, times and names as people say them
escape      text from outside, for Markdown, Plotly and spreadsheets
colours     every colour with a meaning
disk        what lies on a disk: written whole, read with care, locked
children    one way to start a module as a process of its own
config      settings as frozen dataclasses, the caps for untrusted input, where things live on disk
measures    formulas that know nothing of the rest: scores, intervals, loudness
libraries   what Numba and TensorFlow must find in the environment before they are imported
decoding    untrusted bytes → waveform, in a child process with limits of time and memory
audio       a data set's files → waveform; resampling; levels; waveform → WAV bytes
dataset     clips, folds, ways to the data: a folder, the download, the synthesised starter set
features    waveform → mel power and levelled waveforms; a whole data set → one memory-mapped array
augment     one registry of seeded transforms on waveforms, spectrograms, and pairs
yamnet      YAMNet's trunk: its download; waveform → embeddings, and scores of AudioSet's classes
models      networks, their registry, and the model folder with its card
inference   a sound and a model → an answer with its remarks, events, and "not sure"; scores out of fold
robustness  a fixed suite of corruptions → a model's scores in rooms, noise, telephones and so on
scoring     anyone's predictions → scores, and an audit of what makes them too good
training    runs as processes and folders, their queue, lessons, studies, exports; five runs packed into a model
unsupervised  sounds without labels: embeddings, neighbours, clusters, a map, and how much of the categories shows
generate    sounds that a network makes up: trained as a run, walked through, judged, and used for training
findings    the study's tables → comparisons, sentences, verdicts
plots       arrays → images and figures
cli         python -m esc_core …
"""

__version__ = "0.2.0"
