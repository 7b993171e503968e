"""Names of details that blocks leave in the history of a model, for others to read."""

from __future__ import annotations

IMPORTANCE_MATRIX = "importance matrix"
"""Of a block that read one from a file: ``{"file", "dataset", "chunks", "entries"}``."""
