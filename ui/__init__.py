"""The parts of the pages: those that several pages share, then a package for each page.

state        every URL parameter, read, written and bound in one way
memory       what the garbage collector is spared, and what is freed with a session
dialog       dialogs, which pages that poll must not close
literal      untrusted text inside Markdown
player       the clip player, and how a waveform becomes its track
clip_grid    the cards of many clips
microphone   the recorder
loaders      data and models, cached
classroom    classroom mode: the app opened to a room, the teacher's key, who may do what
frame        what stands around every page: navigation, header, the way to data, the guard
clip         the selected clip: bar, picker, full view, picture, guesses
answer       what is said of an answer: bars, people, why
runs         what is shown of a run: state, progress, curves
explore      the parts of the Explore page
augment      the parts of the Augment page
train        the parts of the Train page
own          the parts of the Own sounds page
results      the parts of the Results page
classify     the parts of the Classify page
live         the parts of the Live page
generate     the parts of the Generate page
about        the parts of the About page
vote         the parts of the Vote page
projector    the parts of the Projector page
"""
