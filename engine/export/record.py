"""verification.json: the record that an export carries of its files and of what the model should give."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic

from engine.base.errors import BadInput
from engine.base.files import parse_json, read_regular, write_text
from engine.checkpoints.checkpoint import COMPANIONS, DESCRIPTION
from engine.contracts.opening import OpeningLines
from engine.export.base import ExportFormat
from engine.export.verification.expectation import Expectation

RECORD = "verification.json"
VERSION: Literal[2] = 2
"""Version 1 has the hashes of the tensor files alone; both are read."""
CARD = "README.md"
_TEXTS = (".json", ".md", ".txt", ".jinja", ".yaml", ".svg")
READ_BY_LOADERS = frozenset({*COMPANIONS, DESCRIPTION, "config.json", "adapter_config.json", "quantize_config.json"})
"""Beside tensors and indices: names that change what a loader makes of a folder."""
_Index = Annotated[int, pydantic.Field(ge=0, lt=1 << 31)]
_Amount = Annotated[float, pydantic.Field(ge=0, allow_inf_nan=False)]


class Record(pydantic.BaseModel):
    """The values that `engine.export.verification.check` compares with. ``files``: names in the folder with "/" ->
    sha256. ``text``: tokens of the fixed text, None where the tokenizer is another's. ``open_in``: as in
    `opening_lines`."""

    model_config = pydantic.ConfigDict(strict=True, frozen=True)

    version: Literal[1, 2]
    format: str
    artifact: str = ""
    expected_bytes: _Amount
    contents: str = ""
    computed: str | None = None
    tolerance: _Amount
    tokenizer: bool = True
    text: list[_Index] | None
    files: dict[str, str]
    expectation: dict[str, Any]
    open_in: list[dict[str, str]] = []

    @property
    def opening_lines(self) -> tuple[OpeningLines, ...]:
        """Lines that open it in other programs; () in records of earlier releases."""
        entries = []
        for entry in self.open_in:
            program, here, hub = (entry.get(name, "") for name in ("program", "here", "hub"))
            entries.append(OpeningLines(program, "python" if entry.get("language") == "python" else "sh", here, hub))
        return tuple(entries)

    def write(self, folder: Path) -> None:
        """Write it into an export, whole or not at all."""
        text = json.dumps(self.model_dump(), ensure_ascii=False, separators=(",", ":"))
        write_text(folder / RECORD, text + "\n")


def read_record(folder: Path) -> tuple[Record, Expectation]:
    """The record of an export; raises `BadInput` if there is none or if it is damaged."""
    path = folder / RECORD
    if not path.exists():
        raise BadInput(
            "This folder can't be verified",
            where=str(folder),
            why=f"it has no {RECORD}, which says what the model should give",
            advice="choose a folder that was exported by this program",
        )
    try:
        data = parse_json(read_regular(path, "record"))
        version = data.get("version") if isinstance(data, dict) else None
        if isinstance(version, int) and version > VERSION:
            raise ValueError(f"version {version}, this program reads up to {VERSION}")
        record = Record.model_validate(data)
        return record, Expectation.from_json(record.expectation)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        why = f"{'.'.join(map(str, first['loc'])) or 'the file'}: {first['msg']}"
    except ValueError as error:
        why = str(error)
    raise BadInput(
        "The record of what the model should give is damaged",
        where=str(path),
        why=why[:300],
        advice="export the model again",
    ) from None


def tensor_files(folder: Path, kind: ExportFormat) -> list[Path]:
    """The tensor files of an export, in alphabetical order: their bytes are its size. Nobody knows how a plug-in's
    format calls its own: they are those that are neither texts nor belong to the tokenizer, or all that it wrote where
    nothing else is there."""
    if not kind.origin:
        return _known_tensor_files(folder)
    paths = sorted(file for file in folder.rglob("*") if file.is_file())
    paths = [file for file in paths if file.relative_to(folder).as_posix() not in (CARD, RECORD)]
    return [file for file in paths if file.name not in COMPANIONS and file.suffix not in _TEXTS] or paths


def _known_tensor_files(folder: Path) -> list[Path]:
    """Files of the two kinds that built-in formats write, in alphabetical order."""
    return sorted(file for ending in ("safetensors", "gguf") for file in folder.rglob(f"*.{ending}"))


def digests(folder: Path, checkpoint: Callable[[], None], *, version: int = VERSION) -> dict[str, str]:
    """sha256 of the files of an export by their names in it: all but the record and the model card, which is written
    after it; in version 1 the tensor files alone."""
    paths = _known_tensor_files(folder) if version == 1 else [file for file in folder.rglob("*") if file.is_file()]
    return {
        name: _sha256(file, checkpoint)
        for file in sorted(paths)
        if (name := file.relative_to(folder).as_posix()) not in (RECORD, CARD)
    }


def changed_files(folder: Path, record: Record, checkpoint: Callable[[], None]) -> list[str]:
    """Faults of the files of an export, in words. Files that no loader reads may lie beside them."""
    hashes = digests(folder, checkpoint, version=record.version)
    tensors = {file.relative_to(folder).as_posix() for file in _known_tensor_files(folder)}
    faults = [f"{name} is missing" for name in record.files if name not in hashes]
    faults += [f"{name} was added" for name in hashes if name not in record.files and _is_read(name, tensors)]
    return faults + [f"{name} was changed" for name, said in record.files.items() if hashes.get(name, said) != said]


def _is_read(name: str, tensors: set[str]) -> bool:
    return name in tensors or name.rpartition("/")[2] in READ_BY_LOADERS or name.endswith(".index.json")


def _sha256(path: Path, checkpoint: Callable[[], None]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 24):
            digest.update(block)
            checkpoint()
    return digest.hexdigest()
