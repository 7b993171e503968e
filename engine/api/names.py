"""Arguments that several functions take: their types, and the workspace. Loads no torch."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from engine.record.home import Home
from engine.run.argument_checks import path_of

PathLike = str | os.PathLike[str]
Step = str | tuple[str, Mapping[str, Any]]
"""A method's id, or its id and its settings."""
Measure = Callable[[Any], Mapping[str, float]]
"""Gets a network of transformers and gives metrics by name."""
MODELS = "name a folder, a GGUF file, an id on the hub, or 'sample'"
"""Advice to a caller who named no model."""


def home_of(home: Home | PathLike | None) -> Home:
    """The workspace: by default $COMPRESSION_STUDIO_HOME, or the user's data folder. Raises `BadInput`."""
    if home is None or isinstance(home, Home):
        return home or Home.default()
    return Home(path_of(home, "a workspace"))
