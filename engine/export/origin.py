"""The source of an exported model, as its history says: words of whoever made the artifact, which may be anything."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from engine.models.model import Model

LONGEST = 4096
"""Characters of a path."""


def source_name(model: Model) -> str:
    """The word by which the first step opened its model: a path, an id on the hub; "" if the history has none."""
    first = model.history[0].get("settings", {}) if model.history else {}
    name = first.get("model", "")
    return name if isinstance(name, str) and len(name) <= LONGEST and "\0" not in name else ""


def source_folder(model: Model) -> Path | None:
    """The folder of this machine that the first step opened, None if it was something else or is gone."""
    path = source_path(model)
    return path if path is not None and path.is_dir() else None


def source_path(model: Model) -> Path | None:
    """The file or folder of this machine that the first step opened, None if it was something else or is gone."""
    name = source_name(model)
    try:
        return Path(name) if name and Path(name).exists() else None
    except OSError:  # a name that is too long for the disk, a folder that may not be read
        return None


def mix_step(model: Model) -> dict[str, Any]:
    """The last step that chose a mix of types of GGUF; {} if none did."""
    step: dict[str, Any] = next((step for step in reversed(model.history) if step.get("method") == "gguf_quants"), {})
    return step


def mix_settings(model: Model) -> dict[str, Any]:
    """The settings of that step."""
    settings: dict[str, Any] = mix_step(model).get("settings", {})
    return settings


def mix_name(model: Model) -> str:
    """The word for that mix, e.g. "Q4_K_M"; "" if there is none. It becomes part of the name of a file."""
    name = mix_settings(model).get("type", "")
    return name if isinstance(name, str) and re.fullmatch(r"[A-Z0-9_]{1,20}", name) else ""
