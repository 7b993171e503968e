"""Costs of methods, from shapes alone: bytes of artifacts, peak memory, seconds of walks, solving and training."""
