"""Runs in the window: the controller, cards, the run table, past runs, checking in the background."""
