"""Classroom mode: the app opened to a room, and what only the teacher may do there.

private      files that only the user who runs the server may read
network      this machine's names and addresses on its network
certificate  the certificate that the server makes for itself
opened       where others reach this server: addresses, names, QR code
teacher      the teacher's key, and the cookie that it is exchanged for
door         where the key is exchanged for the cookie
start        what is made and said before the app is opened
rights       who may do what
runs         what only a teacher does to runs in a class, each behind its right
switch       opening the app to the network from a page, and closing it
poll         one question for the whole class, and its answers
question     the same on the pages: who asks, who answers, the bars
data         what only a teacher does to the data of all, each behind its right
"""
