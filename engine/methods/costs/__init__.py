"""What methods cost, from shapes alone: bytes of artifacts, peak memory, seconds of walks, solving and training."""
