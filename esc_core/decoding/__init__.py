"""Untrusted bytes → waveform, in a child process with limits of time and memory.

capped      files, pipes and standard input → bytes, no more than allowed
source      a sound file that was opened and not yet decoded
kinds       what kind of file some bytes are
lengths     the length in a header against what the file holds
ogg         the pages of Ogg files
mpeg        the frames of MP3 and AAC streams
ffmpeg      what libsndfile can't read, such as the recordings of phones and browsers
reader      bytes → samples and rate, in this process
decoder     the child process that reads the bytes
decode      what callers use: bytes → samples and rate, or an error of one sentence
"""
