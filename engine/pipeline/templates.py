"""The pipelines that ship with the program, each to begin with. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine import resources
from engine.base.errors import StudioError
from engine.methods.base import Family, MethodInfo
from engine.pipeline.document import Pipeline

SAMPLE = "sample_int4"
"""The name of the file of the one that works on the sample."""


@dataclass(frozen=True)
class Template:
    """A pipeline and its file."""

    path: Path
    pipeline: Pipeline

    @property
    def infos(self) -> list[MethodInfo]:
        """The methods of its blocks in file order, without sources."""
        return [block.info for block in self.pipeline.blocks if block.info is not None and not block.info.is_source]

    @property
    def telling(self) -> list[MethodInfo]:
        """The methods that it is about."""
        return [info for info in self.infos if not info.supporting] or self.infos

    @property
    def words(self) -> str:
        """Words that a search looks in, in lower case."""
        more = [word for info in self.infos for word in (info.id, info.title, info.family, *info.keywords)]
        return " ".join([self.pipeline.name, self.pipeline.description, *more]).lower()

    @property
    def family(self) -> Family | None:
        """Family of the methods that it is about; None where a model goes through methods of several families."""
        about = {block.id: block.info.family for block in self.pipeline.blocks if block.info in self.telling}
        for block in self.pipeline.blocks:
            way = (block.id, *self.pipeline.upstream(block.id))
            if len({about[name] for name in way if name in about}) > 1:
                return None
        return next(reversed(about.values()), None)


def templates(folder: Path | None = None) -> list[Template]:
    """All templates by name, that of the sample first. A damaged file is left out here; a test names it."""
    read = []
    for path in (folder or resources.path("pipelines")).glob("*.json"):
        try:
            read.append(Template(path, Pipeline.read(path)))
        except StudioError:
            continue
    return sorted(read, key=lambda template: (template.path.stem != SAMPLE, template.pipeline.name))
