"""What the pages share.

state        every URL parameter by name, and the clip in hand
loaders      data and models, cached
header       title, sentence, and the two chips
data_dialog  choosing a folder, downloading ESC-50
clip_picker  choosing a clip by category
track        a waveform and its spectrogram as a track of the player
prediction   one answer of the model
microphone   the recorder
player       the clip player
"""
