"""Sounds without labels: what lies near what, which clusters there are, and how much of the categories they show.

Labels are used to name and to judge what was found, never to find it.

views        two views of each clip: draws of a chain of augmentations, in batches
contrastive  a network trained without labels: two views of one clip shall be alike
contrasts    a data set → such networks, one for each fold that is held out: trained, resumed, stored
embedders    waveform → embedding, by name: log-mel statistics, YAMNet, the network trained without labels
neighbours   sounds nearest to a sound, by cosine similarity
vectors      a whole data set → its embeddings, kept on disk; their standardisation
clusters     k-means and HDBSCAN; names for clusters, and the sounds that fit theirs least
layout       embeddings → two dimensions by UMAP; where a new sound goes
agreement    clusters beside categories, beside chance
held_out     clusters, nearest neighbour and linear probe of clips that nothing was fitted to, fold by fold
compare      embeddings beside each other, as rows of a table of Results
maps         all of it for a data set: computed once, kept on disk
shipped      maps of ESC-50 that come with the program
worker       the process that makes a map while a page goes on
"""
