"""Tools that every room uses and that know nothing of models: errors, files, pinned bytes, plug-ins, words for people.

May import the standard library and small packages only. Nothing here imports torch, Qt or another room.
"""
