"""Untrusted bytes → waveform, in a child process with limits of time and memory.

decode      what callers use: bytes → samples and rate, or one sentence
decoder     the child process that reads the bytes
mpeg        how long an MP3 without a tag is
"""
