"""Keys of a step in the history of a model, beside ``method``, ``title``, ``settings`` and ``details``. Torch-free."""

from __future__ import annotations

SEED_HASH = "seed_hash"
"""Hash of the method, its settings and all that went in: random numbers are drawn from it."""
DATA = "data"
"""Setting -> hash of the content of the file, text or model that it names."""
INPUTS = "inputs"
"""Port -> history of the model there, of ports other than the main one: a teacher."""
STOPPED = "stopped"
"""True where a person ended the step early: it can't be repeated."""
