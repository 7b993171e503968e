"""The record of how an export was made: of what, how and where, so that anyone can make it again.

It lies in replay.json beside the export, and in the metadata of a GGUF file under `KEY`. Torch-free.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pydantic

from engine.base.errors import BadInput
from engine.base.files import read_object, write_text
from engine.base.human import bytes_text
from engine.contracts.history import EARLIER_DEFAULTS, with_earlier_defaults

NAME = "replay.json"
KEY = "compression_studio.replay"
"""The key of a GGUF file that holds the same record, as compact JSON that spaces may follow."""
LONGEST = 64 << 20
"""Bytes of a record that is read; one of 100,000 tensors has 20 MB."""
VERSION: Literal[1] = 1
_WRITES = "save_"
"""Beginning of the names of settings by which a step writes a file of its own."""


class Base(pydantic.BaseModel):
    """The model that it was made from. ``name``: a hub id, or the last word of a path. ``fingerprint`` of all its
    files, ``tensors``: name -> SHA-256 of its bytes, {} where the model was not at hand."""

    model_config = pydantic.ConfigDict(strict=True, frozen=True)

    name: str
    revision: str = ""
    fingerprint: str
    tensors: dict[str, str] = {}


class Step(pydantic.BaseModel):
    """An entry of the history of a model, see `engine.contracts.history`; what else is in it is kept."""

    model_config = pydantic.ConfigDict(strict=True, frozen=True, extra="allow")

    method: str
    title: str = ""
    settings: dict[str, Any] = {}
    fingerprint: str = ""
    seed_hash: str = ""
    data: dict[str, str] = {}
    inputs: dict[str, list[Step]] = {}
    stopped: bool = False

    @property
    def name(self) -> str:
        """For people."""
        return self.title or self.method

    @property
    def repeatable_settings(self) -> dict[str, Any]:
        """Its settings without files that it would write beside the model: the record may be a stranger's. Records name
        all settings of their version, so one that is missing is newer and gets its earlier value."""
        settings = with_earlier_defaults(self.method, self.settings, EARLIER_DEFAULTS)
        return {name: "" if name.startswith(_WRITES) else value for name, value in settings.items()}

    def as_history(self) -> dict[str, Any]:
        """As it lies in the history of a model."""
        return self.model_dump(mode="json", exclude_unset=True)


class Recipe(pydantic.BaseModel):
    """All of a record. ``steps``: the history of the model; the first one loaded the base. ``environment``:
    versions, device, processor, instruction set, BLAS and threads of the run that computed it. ``tensors``:
    file/name -> SHA-256 of the bytes that were exported; of a GGUF file the names in it alone, since it may be
    renamed."""

    model_config = pydantic.ConfigDict(strict=True, frozen=True)

    version: Literal[1]
    program: str
    format: str
    options: dict[str, Any]
    base: Base
    steps: list[Step] = pydantic.Field(min_length=2)
    environment: dict[str, Any]
    tensors: dict[str, str]

    def write(self, folder: Path) -> None:
        """Write it into an export, whole or not at all."""
        write_text(folder / NAME, json.dumps(self.model_dump(exclude_unset=True), ensure_ascii=False, indent=1) + "\n")

    def to_bytes(self) -> bytes:
        """The same without spaces."""
        text = json.dumps(self.model_dump(exclude_unset=True), ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8")

    @classmethod
    def parse(cls, data: dict[str, Any], where: str) -> Recipe:
        """The record that is in ``where``. Raises `BadInput`."""
        try:
            return cls.model_validate(data)
        except pydantic.ValidationError as error:
            first = error.errors()[0]
            why = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
            raise BadInput("The record of how it was made is damaged", where=where, why=why) from None

    @classmethod
    def read(cls, path: Path) -> Recipe:
        """Read a replay.json under whatever name, or that of a folder. Raises `BadInput`."""
        path = path / NAME if path.is_dir() else path
        if not path.is_file():
            raise not_replayable(path.parent, f"it has no {NAME}")
        refuse_longer(path.stat().st_size, str(path))
        return cls.parse(read_object(path), str(path))

    def first_difference(self, other: Recipe) -> str:
        """The first entry that another record says otherwise, "" if there is none. One without hashes of the base says
        nothing of them."""
        mine, theirs = (record.model_dump(mode="json") for record in (self, other))
        if not (self.base.tensors and other.base.tensors):
            mine["base"]["tensors"] = theirs["base"]["tensors"] = {}
        return _first_difference(mine, theirs, "") or ""


def not_replayable(where: Path, why: str) -> BadInput:
    """The refusal of an export that says nothing of its making."""
    return BadInput("The export can't be replayed", where=str(where), why=why, advice="export the result again")


def refuse_longer(size: int, where: str) -> None:
    """Raises `BadInput` for a record that no export is large enough for."""
    if size > LONGEST:
        why = f"it has {bytes_text(size)}, {bytes_text(LONGEST)} are allowed"
        raise BadInput("The record of how it was made is damaged", where=where, why=why)


def _first_difference(one: Any, other: Any, name: str) -> str | None:
    """Name of the first difference of two values of JSON, its parts with points between them."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = [(key, f"{name}.{key}".lstrip(".")) for key in dict.fromkeys((*one, *other))]
        differences = (
            _first_difference(one[key], other[key], full) if key in one and key in other else full for key, full in keys
        )
        return next(filter(None, differences), None)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True), 1)
        return next(filter(None, (_first_difference(a, b, f"{name}.{i}") for i, (a, b) in pairs)), None)
    return None if one == other and type(one) is type(other) else name
