"""The recipe of an export that was just written, with the hashes of its tensors and of those of its base."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.base.pinned import Pinned
from engine.checkpoints.checkpoint import CheckpointHeader, read_header
from engine.checkpoints.headers import TensorInfo, gguf, safetensors
from engine.checkpoints.tensor_sources import read_bytes
from engine.contracts.history import INPUTS
from engine.contracts.recipe import VERSION, Base, Recipe, Step
from engine.export.base import ExportFormat, ExportOptions
from engine.export.origin import source_name, source_path
from engine.export.provenance import named_base
from engine.models.model import Model
from engine.version import __version__


def recipe_of(
    model: Model,
    kind: ExportFormat,
    options: ExportOptions,
    folder: Path,
    environment: Mapping[str, Any],
    checkpoint: Callable[[], None],
) -> Recipe | None:
    """Recipe of ``folder``, which holds ``model`` in the format ``kind``; None for a model that was not made of another
    one by known steps."""
    if len(model.history) < 2 or "fingerprint" not in model.history[0]:
        return None
    return Recipe(
        version=VERSION,
        program=__version__,
        format=kind.id,
        options=options.model_dump(mode="json"),
        base=_base(model, checkpoint),
        steps=[Step.model_validate(_portable(step)) for step in model.history],
        environment=dict(environment),
        tensors=tensor_hashes(folder, checkpoint),
    )


def _base(model: Model, checkpoint: Callable[[], None]) -> Base:
    first = model.history[0]
    path, name = source_path(model), source_name(model)
    hashes: dict[str, str] = {}
    if path is not None:
        header = read_header(path)
        if header.fingerprint == first["fingerprint"]:
            hashes = hashes_of_model(header, checkpoint)
        name = named_base(model) or path.name
    revision = str(first.get("settings", {}).get("revision") or "")
    return Base(name=name, revision=revision, fingerprint=str(first["fingerprint"]), tensors=hashes)


def hashes_of_model(header: CheckpointHeader, checkpoint: Callable[[], None]) -> dict[str, str]:
    """Name -> SHA-256 of the bytes of each tensor of a model, as they lie in its files."""
    return _hashes(
        ((info.name, header.pins.pin(header.folder / info.file), info) for info in header.tensors), checkpoint
    )


def tensor_files(folder: Path) -> Iterator[tuple[Path, tuple[TensorInfo, ...]]]:
    """The files with tensors of an export, in alphabetical order, and what is in each."""
    for file in sorted(folder.rglob("*.safetensors")):
        yield file, safetensors.read_file(file)
    for file in sorted(folder.rglob("*.gguf")):
        yield file, gguf.read_file(file)[1]


def tensor_hashes(folder: Path, checkpoint: Callable[[], None]) -> dict[str, str]:
    """file/name -> SHA-256 of the bytes of each tensor of an export."""
    entries = (
        (f"{file.relative_to(folder).as_posix()}/{info.name}", Pinned(file, settled=False), info)
        for file, infos in tensor_files(folder)
        for info in infos
    )
    return _hashes(entries, checkpoint)


def _hashes(tensors: Iterator[tuple[str, Pinned, TensorInfo]], checkpoint: Callable[[], None]) -> dict[str, str]:
    hashes = {}
    for name, file, info in tensors:
        checkpoint()
        hashes[name] = hashlib.sha256(read_bytes(file, info).numpy().data).hexdigest()
    return hashes


def _portable(step: dict[str, Any]) -> dict[str, Any]:
    """The step without the folders of the machine that it was made on."""
    step = {**step, "settings": {name: _short(value) for name, value in step.get("settings", {}).items()}}
    if isinstance(inputs := step.get(INPUTS), dict):
        step[INPUTS] = {port: [_portable(entry) for entry in steps] for port, steps in inputs.items()}
    return step


def _short(value: Any) -> Any:
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value
