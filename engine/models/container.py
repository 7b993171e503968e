"""The project's own container: a Hugging Face folder whose compressed layers are described in compression.json.

Files: config.json and the tokenizer's; ``model-00001-of-0000N.safetensors``, one per part of the model (embeddings,
each layer, head); ``model.safetensors.index.json``; ``compression.json`` with the compressed modules by name and the
history of steps that led here. Each part is written whole or not at all, so that a killed run goes on from the last.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from engine.contracts.errors import BadInput
from engine.contracts.files import sync_folder, whole_file, write_json

DESCRIPTION = "compression.json"
VERSION = 1


class ArtifactWriter:
    """Writes an artifact part by part into ``folder`` + ".partial"; `finish` gives it its name."""

    def __init__(self, folder: Path, parts: Sequence[str]) -> None:
        self.folder = folder
        self.work = folder.with_name(folder.name + ".partial")
        self.work.mkdir(parents=True, exist_ok=True)
        self._files = {
            part: f"model-{index + 1:05d}-of-{len(parts):05d}.safetensors" for index, part in enumerate(parts)
        }

    def file(self, part: str) -> Path:
        """Where the tensors of a part lie until `finish`."""
        return self.work / self._files[part]

    def has(self, part: str) -> bool:
        """Whether this part was already written, perhaps by a run that was killed."""
        return self.file(part).exists() and self._specs(part).exists()

    def modules(self, part: str) -> dict[str, dict[str, Any]]:
        """The compressed modules of a written part: name -> spec."""
        specs: dict[str, dict[str, Any]] = json.loads(self._specs(part).read_text(encoding="utf-8"))
        return specs

    def write(self, part: str, tensors: dict[str, torch.Tensor], modules: dict[str, dict[str, Any]]) -> None:
        """Write a part: its tensors by full name, and the specs of its compressed modules. The tensor file comes
        last: it is the sign that the part is complete."""
        write_json(self._specs(part), modules)
        with whole_file(self.file(part)) as temporary:
            save_file({name: t.detach().contiguous() for name, t in tensors.items()}, temporary, {"format": "pt"})

    def finish(self, config: dict[str, Any], history: Sequence[dict[str, Any]], companions: Sequence[Path]) -> Path:
        """Write index, description, config and companion files (tokenizer …), then name the folder; returns it."""
        weight_map: dict[str, str] = {}
        modules: dict[str, dict[str, Any]] = {}
        total = 0
        for part, name in self._files.items():
            with safe_open(self.file(part), "pt") as file:
                for key in sorted(file.keys()):
                    weight_map[key] = name
            total += self.file(part).stat().st_size
            modules.update(self.modules(part))
        index = {"metadata": {"total_size": total}, "weight_map": weight_map}
        write_json(self.work / "model.safetensors.index.json", index)
        write_json(self.work / DESCRIPTION, {"version": VERSION, "modules": modules, "history": list(history)})
        write_json(self.work / "config.json", config)
        for companion in companions:
            with whole_file(self.work / companion.name) as temporary:
                shutil.copyfile(companion, temporary)
        for part in self._files:
            self._specs(part).unlink(missing_ok=True)
        os.replace(self.work, self.folder)
        sync_folder(self.folder.parent)
        return self.folder

    def _specs(self, part: str) -> Path:
        return self.file(part).with_suffix(".modules.json")


def file_bytes(tensors: Mapping[str, tuple[Sequence[int], int]]) -> int:
    """Bytes of a safetensors file with these tensors (name -> shape, bytes), its header within a few bytes."""
    total = sum(nbytes for _, nbytes in tensors.values())
    digits = len(str(total))
    header = sum(
        len(f'"{name}":{{"dtype":"BF16","shape":{list(shape)},"data_offsets":[,]}},') + 2 * digits - len(shape)
        for name, (shape, _) in tensors.items()
    )
    return total + header + 48


def read_description(folder: Path) -> dict[str, Any]:
    """compression.json of an artifact: ``{"version", "modules", "history"}``; raises `BadInput`."""
    path = folder / DESCRIPTION
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput("The artifact's description can't be read", where=str(path), why=str(error)) from None
    if not isinstance(data, dict) or not isinstance(data.get("modules"), dict) or data.get("version") != VERSION:
        raise BadInput(
            "The artifact's description is damaged or of another version",
            where=str(path),
            why=f"version {data.get('version') if isinstance(data, dict) else None}, this program reads {VERSION}",
        )
    return data
