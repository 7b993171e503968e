"""The tensor files of an exported folder: their bytes are its size."""

from __future__ import annotations

from pathlib import Path

from engine.checkpoints.checkpoint import COMPANIONS
from engine.export import record
from engine.export.base import ExportFormat

_TEXTS = (".json", ".md", ".txt", ".jinja")


def tensor_files(folder: Path, kind: ExportFormat) -> list[Path]:
    """The tensor files of an export, in alphabetical order. Nobody knows how a plug-in's format calls its own: they are
    those that are neither texts nor belong to the tokenizer, or all that it wrote where nothing else is there."""
    if not kind.origin:
        return record.tensor_files(folder)
    there = sorted(file for file in folder.rglob("*") if file.is_file())
    there = [file for file in there if file.relative_to(folder).as_posix() not in (record.CARD, record.RECORD)]
    return [file for file in there if file.name not in COMPANIONS and file.suffix not in _TEXTS] or there
