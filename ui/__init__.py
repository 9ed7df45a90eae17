"""What the pages share.

state        every URL parameter by name, and the clip in hand
literal      people's own text in the middle of Markdown
loaders      data and models, cached
header       title, sentence, and the two chips
starter      the synthetic starter set, made in the background
data_dialog  choosing a folder, downloading ESC-50
clip_picker  choosing a clip by category
clip_bar     the clip in hand in one line, with links to what can be done with it
clip_view    a clip in full: player, picture, siblings
clip_grid    the cards of many clips
explore_*    the parts of the Explore page: filters, cards, table, overview, picture, guess first
train_*      the parts of the Train page: start, own settings, watching a run, its matrix and clips, all runs, lessons
results_*    the parts of the Results page: claims, questions, the model and people, the field, the scorer
track        a waveform and its spectrogram as a track of the player
prediction   one answer of the model
microphone   the recorder
player       the clip player
"""
