"""The document in the window: undo, files, autosave, recovery, recent files, the session."""
