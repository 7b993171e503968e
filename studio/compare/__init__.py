"""Comparing two artifacts of a run: metrics, protocols, layers, distributions."""
