"""The bundled pipelines, as the welcome page lists them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import resources
from engine.contracts.files import parse_json
from engine.methods.base import Family
from engine.methods.registry import methods
from studio.welcome.sketch import Sketch

SAMPLE = "sample_int4"
"""The template that the first tile of the welcome page opens."""


@dataclass(frozen=True)
class Template:
    """``methods``: the method ids of its blocks in file order, without sources. ``family``: that of the methods it is
    about, None where it joins several into one model."""

    path: Path
    name: str
    description: str
    methods: tuple[str, ...]
    family: Family | None = None
    sketch: Sketch = field(default_factory=Sketch)

    @property
    def words(self) -> str:
        """What a search looks in, in lower case."""
        infos = [methods()[name] for name in self.methods if name in methods()]
        more = [word for info in infos for word in (info.title, info.family, *info.keywords)]
        return " ".join([self.name, self.description, *self.methods, *more]).lower()

    @property
    def telling(self) -> tuple[str, ...]:
        """The methods that it is about."""
        return tuple(name for name in self.methods if not _is_supporting(name)) or self.methods


def templates(folder: Path | None = None) -> list[Template]:
    """All templates by name, that of the sample first. A damaged file is left out here; a test names it."""
    found = []
    for path in sorted((folder or resources.path("pipelines")).glob("*.json")):
        try:
            data = parse_json(path.read_text(encoding="utf-8"))
            names = tuple(block["method"] for block in data["blocks"] if not _is_source(block["method"]))
            words = str(data["name"]), str(data.get("description", ""))
            found.append(Template(path, *words, names, _family(data), _sketch(data)))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return sorted(found, key=lambda template: (template.path.stem != SAMPLE, template.name))


def _sketch(data: dict[str, Any]) -> Sketch:
    blocks = [(b["id"], b["method"], float(b.get("x", 0.0)), float(b.get("y", 0.0))) for b in data["blocks"]]
    return Sketch.of(blocks, [(link["source"], link["target"]) for link in data.get("links", ())])


def _family(data: dict[str, Any]) -> Family | None:
    """The family of a pipeline's methods, None if some model went through methods of several families."""
    known = methods()
    used = {block["id"]: block["method"] for block in data["blocks"]}
    about = {name for name in used.values() if name in known and not (_is_supporting(name) or _is_source(name))}
    family: Family | None = None
    for block, method in used.items():
        way = {used[name] for name in (block, *_before(block, data.get("links", ())))}
        families = {known[name].family for name in way & about}
        if len(families) > 1:
            return None
        if method in about:
            family = known[method].family
    return family or next((known[name].family for name in used.values() if _is_supporting(name)), None)


def _is_supporting(method: str) -> bool:
    """Whether a template is not about this method if it has another one."""
    return method in methods() and methods()[method].supporting


def _is_source(method: str) -> bool:
    return method in methods() and methods()[method].is_source


def _before(block: str, links: Any) -> set[str]:
    """All blocks that lead to this one."""
    found: set[str] = set()
    waiting = [block]
    while waiting:
        target = waiting.pop()
        new = {link["source"] for link in links if link["target"] == target} - found
        found |= new
        waiting += new
    return found
