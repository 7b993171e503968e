"""Measuring: perplexity, agreement, size, speed, memory, and the statistics of every layer."""
