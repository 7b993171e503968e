"""Comparing two artifacts of a run: figures, protocols, layers, distributions."""
