"""Training itself: from scratch, or on."""
