"""Runs in the window: the controller, the queue, cards, the run table, past runs, checking in the background."""
