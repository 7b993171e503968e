"""The one layer-by-layer pass: what reaches every linear, one layer in memory at a time."""
