"""The Results view: every result of every run in one table."""
