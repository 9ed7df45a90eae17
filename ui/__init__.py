"""What the pages share.

state        every URL parameter by name, and the clip in hand
literal      people's own text in the middle of Markdown
loaders      data and models, cached
header       title, sentence, and the two chips
starter      the synthetic starter set, made in the background
data_dialog  choosing a folder, downloading ESC-50
clip         one clip in hand: bar, picker, full view, picture, guesses
clip_grid    the cards of many clips
explore      the parts of the Explore page
augment      the parts of the Augment page
train        the parts of the Train page
results      the parts of the Results page
prediction   one answer of the model
microphone   the recorder
player       the clip player, and how a waveform becomes its track
"""
