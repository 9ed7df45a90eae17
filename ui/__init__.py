"""The parts of the pages: those that several pages share, then a package for each page.

state        every URL parameter, read, written and bound in one way
navigation   the pages, in one table
guard        who may ask the server, and who may frame it
memory       what the garbage collector is spared, and what is freed with a session
dialog       dialogs, which pages that poll must not close
literal      untrusted text inside Markdown
player       the clip player, and how a waveform becomes its track
clip_grid    the cards of many clips
microphone   the recorder
loaders      data and models, cached
matrix       the cells of a confusion matrix, as a list
oddities     what is odd about the data set in use
people       how people classified the clips in the listening test
data_dialog  the dialog for choosing a folder or downloading ESC-50
starter      the synthetic starter set, made in the background
trunk        what is missing without YAMNet, and its download
header       title, sentence, and the buttons for data and model
clip         the selected clip: bar, picker, full view, picture, guesses
why          why the model gave an answer
prediction   an answer of the model
explore      the parts of the Explore page
augment      the parts of the Augment page
train        the parts of the Train page
own          the parts of the Own sounds page
results      the parts of the Results page
classify     the parts of the Classify page
live         the parts of the Live page
"""
