"""Pruning: weights, heads, channels or layers go."""
