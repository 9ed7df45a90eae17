"""Sounds that are none of ESC-50's fifty, made by formulas and by espeak-ng: speech, music, tones and noises.

- `basis`: rate, lengths and notes
- `speech`: sentences, spoken by espeak-ng
- `music`: tunes, chords and a beat
- `signals`: tones, telephones, a heart, noises
- `families`: all of them, one after the other
- `__main__`: the command, which writes them as WAV files

None is a siren, an alarm, a bell, a laugh or a bird, which are categories.
"""
