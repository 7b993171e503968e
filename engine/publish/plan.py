"""The files of an export that are published, compared with its record: nothing else in the folder is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.base.errors import BadInput
from engine.base.pinned import Identity
from engine.contracts.opening import OpeningLines
from engine.export.record import CARD, READ_BY_LOADERS, RECORD, Record, changed_files, read_record

Checkpoint = Callable[[], None]
_FIRST = 5
"""Faults that are named."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A file as it was before it was compared. ``sha256``: "" for the card and the record, which have none."""

    name: str
    path: Path
    identity: Identity
    sha256: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All of a push that is known without the hub. ``replaces``: patterns of names that a loader would read beside
    these files, and take for parts of this model."""

    folder: Path
    record: Record
    files: tuple[Planned, ...]
    others: tuple[str, ...]
    card: str
    open_in: tuple[OpeningLines, ...]
    replaces: tuple[str, ...]


def plan_of(folder: Path, checkpoint: Checkpoint) -> Plan:
    """Plan of a push of the export in ``folder``, whose files are read and compared with the hashes of its record.

    Raises `BadInput` for a folder that is not an export, or was changed since."""
    if not folder.is_dir():
        raise BadInput("The folder does not exist", where=str(folder), advice="name the folder of an export")
    if not (folder / RECORD).is_file():
        raise BadInput(
            "This folder is not an export",
            where=str(folder),
            why=f"it has no {RECORD}",
            advice="export a result first: compression-studio export RUN --out DIR",
        )
    record, _ = read_record(folder)
    _refuse_early(record, folder)
    names = [*record.files, *(name for name in (RECORD, CARD) if (folder / name).is_file())]
    _refuse_links(folder, names)
    files = _looked_at(folder, names, record)
    if faults := changed_files(folder, record, checkpoint):
        more = f" and {len(faults) - _FIRST} more" if len(faults) > _FIRST else ""
        raise BadInput(
            "The export was changed since it was written",
            where=str(folder),
            why=", ".join(faults[:_FIRST]) + more,
            advice="export the result again; the model card (README.md) may be edited",
        )
    present = (file.relative_to(folder).as_posix() for file in sorted(folder.rglob("*")) if file.is_file())
    return Plan(
        folder=folder,
        record=record,
        files=files,
        others=tuple(name for name in present if name not in names),
        card=(folder / CARD).read_text("utf-8", "replace") if CARD in names else "",
        open_in=record.opening_lines,
        replaces=() if record.format == "gguf" else ("*.safetensors", "*.index.json", *sorted(READ_BY_LOADERS)),
    )


def _refuse_early(record: Record, folder: Path) -> None:
    """Refuse exports whose record does not name all their files."""
    if record.version < 2:
        why = "its record has hashes of the weights alone"
        raise BadInput(
            "The export is of an earlier release", where=str(folder), why=why, advice="export the result again"
        )


def _refuse_links(folder: Path, names: list[str]) -> None:
    """Refuse a link in the place of a file: its contents are somebody else's."""
    for name in names:
        if any((folder / part).is_symlink() for part in (Path(name), *Path(name).parents) if part != Path()):
            raise BadInput(
                "A file of the export is a link to another place",
                where=str(folder / name),
                advice="put the file itself there",
            )


def _looked_at(folder: Path, names: list[str], record: Record) -> tuple[Planned, ...]:
    files = []
    for name in sorted(names):
        path = folder / name
        if not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
            advice = "export the result again"
            raise BadInput("A file of the export is missing", where=str(folder), why=name, advice=advice)
        files.append(Planned(name, path, Identity.of(path), record.files.get(name, "")))
    return tuple(files)
