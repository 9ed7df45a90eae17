"""What the pages are made of: what several share, then a package for each page.

state        every URL parameter by name, and the clip in hand
memory       what keeps the server's memory small
literal      people's own text in the middle of Markdown
player       the clip player, and how a waveform becomes its track
clip_grid    the cards of many clips
microphone   the recorder
loaders      data and models, cached
data_dialog  choosing a folder, downloading ESC-50
starter      the synthetic starter set, made in the background
header       title, sentence, and the two chips
clip         one clip in hand: bar, picker, full view, picture, guesses
prediction   one answer of the model
explore      the parts of the Explore page
augment      the parts of the Augment page
train        the parts of the Train page
results      the parts of the Results page
"""
