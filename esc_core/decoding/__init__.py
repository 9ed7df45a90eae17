"""Untrusted bytes → waveform, in a child process with limits of time and memory.

decode      what callers use: bytes → samples and rate, or an error of one sentence
decoder     the child process that reads the bytes
mpeg        the length of an MP3 without a tag
"""
