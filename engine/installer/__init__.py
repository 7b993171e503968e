"""Installing the program for people without Python: the GPU that is there, the build of torch that runs on it, versions
beside each other, rollback, repair, uninstalling, updates.

Standard library only, on any Python from 3.11 (updates alone need the extra `update`): the thin installer carries this
room, three modules of `engine.base` and uv in one file, and runs where nothing else is installed. It never imports
torch, and nothing that it installs is imported by it.
"""
