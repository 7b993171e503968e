"""Other machines that ssh reaches: their names, conversations with their engines, files that are moved, runs on them.

May import every room of the engine below `engine.api`. Only the command line, the API and the window import it. Nothing
here loads torch, and nothing here trusts what a machine answers: types are checked, names of files too, and hashes are
compared. The far side of a conversation is `engine.service`.
"""
