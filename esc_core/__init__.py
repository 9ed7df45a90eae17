"""Explore, augment, train on and classify environmental sounds (ESC-50).

The modules, in the order in which data flows; each imports only from those before it:

errors      what can go wrong, in sentences meant for people
words       numbers, sizes, times and names as people say them
files       files that are read while they are written, and why one can't be
locks       locks on files, which the system frees
children    one way to start a module as a process of its own
config      settings as frozen dataclasses, the caps for foreign audio, where things live on disk
decoder     the child process that reads strangers' bytes, within limits of time and memory
decode      strangers' bytes → waveform, by that child
audio       trusted files → waveform; resampling; levels; waveform → WAV bytes
dataset     clips, folds, ways to the data: a folder, the download, the synthesised starter set
cache       arrays on disk that cost time to compute
loudness    how loud a waveform is: in frames, over its active part, to the ear
features    waveform → mel power; a whole data set → one memory-mapped array; mel power → model input
recognise   waveform → the clip of ESC-50 that it is, by fingerprint
overview    what a data set holds: level, silence and siblings by clip, category, fold
augment     one registry of seeded transforms on waveforms, spectrograms, and pairs
waveforms   a whole data set at one rate → one memory-mapped array; the active part at one level
crops       the windows that a network is asked about
models      networks, their registry, and the model folder with its card
events      a long recording → windows, quiet stretches, events
remarks     what stands in the way of a good guess: clipped, very quiet, band-limited
inference   waveform → probabilities, events, remarks, "not sure"
tipping     how far a change can go before a model changes its mind
classify    strangers' bytes → an answer, out of fold where the clip is known
metrics     accuracy, top-k, recall, calibration
intervals   bootstrap over recordings: intervals, and the difference of two sets of predictions
scoring     anyone's predictions → scores, and an audit of what makes them too good
training    runs as processes and folders, their queue, lessons, exports, five runs packed into a model
evaluate    a model's scores on a data set, out of fold
findings    the study's tables → comparisons, sentences, verdicts
plots       spectrograms → images (plots_answers, plots_training, plots_results: figures of answers, runs, the study)
cli         python -m esc_core …
"""

__version__ = "0.1.0"
