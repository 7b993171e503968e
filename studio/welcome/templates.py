"""The bundled pipelines, as the welcome page lists them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import resources

SAMPLE = "sample_int4"
"""The template that the first tile of the welcome page opens."""


@dataclass(frozen=True)
class Template:
    """``methods``: the method ids of its blocks in file order, without sources."""

    path: Path
    name: str
    description: str
    methods: tuple[str, ...]


def templates(folder: Path | None = None) -> list[Template]:
    """All templates by name, that of the sample first. A damaged file is left out here; a test names it."""
    found = []
    for path in sorted((folder or resources.path("pipelines")).glob("*.json")):
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            methods = tuple(block["method"] for block in data["blocks"] if block["method"] != "model")
            found.append(Template(path, str(data["name"]), str(data.get("description", "")), methods))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return sorted(found, key=lambda template: (template.path.stem != SAMPLE, template.name))
