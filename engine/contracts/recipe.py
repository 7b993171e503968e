"""replay.json beside an export: what it was made of, how and where, so that anyone can make it again. Torch-free."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pydantic

from engine.base.errors import BadInput
from engine.base.files import read_object, write_text

NAME = "replay.json"
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
        """Its settings without files that it would write beside the model: the record may be a stranger's."""
        return {name: "" if name.startswith(_WRITES) else value for name, value in self.settings.items()}

    def as_history(self) -> dict[str, Any]:
        """As it lies in the history of a model."""
        return self.model_dump(mode="json", exclude_unset=True)


class Recipe(pydantic.BaseModel):
    """All of replay.json. ``steps``: the history of the model; the first one loaded the base. ``environment``:
    versions, device, processor, instruction set, BLAS and threads of the run that computed it. ``tensors``:
    file/name -> SHA-256 of the bytes that were exported."""

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

    @classmethod
    def read(cls, folder: Path) -> Recipe:
        """Read that of an export: its folder, its replay.json under whatever name, or another of its files, such as the
        model card. Raises `BadInput`."""
        is_recipe = folder.suffix == ".json" or not folder.exists()
        path = folder / NAME if folder.is_dir() else folder if is_recipe else folder.with_name(NAME)
        if not path.is_file():
            why = f"it has no {NAME}"
            raise BadInput("The export can't be replayed", where=str(folder), why=why, advice="export the result again")
        data = read_object(path)
        try:
            return cls.model_validate(data)
        except pydantic.ValidationError as error:
            first = error.errors()[0]
            why = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
            raise BadInput("The record of how it was made is damaged", where=str(path), why=why) from None
