"""The recipe of an export that was just written, with the hashes of its tensors and of those of its base."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

from engine.base.errors import StudioError
from engine.base.pinned import Pinned
from engine.checkpoints.checkpoint import CheckpointHeader, read_header
from engine.checkpoints.headers import TensorInfo, gguf, safetensors
from engine.checkpoints.headers.gguf_fields import Tensor, listing
from engine.checkpoints.hub import resolve
from engine.checkpoints.tensor_sources import read_bytes
from engine.contracts.history import INPUTS
from engine.contracts.recipe import VERSION, Base, Recipe, Step
from engine.export.base import ExportFormat, ExportOptions
from engine.export.measured import portable
from engine.export.origin import source_name, source_path
from engine.export.provenance import named_base
from engine.models.model import Model
from engine.version import __version__

ROOM = 8 << 10
"""Bytes of a file for all of its recipe but names and hashes of tensors. It depends neither on the steps nor on the
machine, so that a plan for a budget knows the size of the file before it is a step itself."""
_NO_HASH = "0" * 64
_OF_RESULT = ("details", "coverage")
"""Entries of a step on what came of it, which nobody needs to repeat it."""


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
    if not _is_repeatable(model):
        return None
    header = _base_header(model)
    is_base = header is not None and header.fingerprint == model.history[0]["fingerprint"]
    hashes = hashes_of_model(header, checkpoint) if header is not None and is_base else {}
    return _recipe(model, kind.id, options, hashes, tensor_hashes(folder, checkpoint), environment)


def recipe_bytes(model: Model, kind: ExportFormat, options: ExportOptions, tensors: Iterable[str]) -> int:
    """Bytes that a file keeps for its recipe before its ``tensors`` are written, 0 for a model without one: what names
    and hashes of tensors take, and `ROOM`. Nothing else in a recipe changes the size of a file."""
    if not _is_repeatable(model):
        return 0
    header = _base_header(model)
    names = () if header is None else (info.name for info in header.tensors)
    hashes = [dict.fromkeys(group, _NO_HASH) for group in (names, tensors)]
    return ROOM + sum(len(json.dumps(group, ensure_ascii=False, separators=(",", ":")).encode()) for group in hashes)


def fitted(recipe: Recipe, room: int) -> bytes:
    """The recipe as bytes for so much room; without the hashes of its base where they do not fit, b"" where it does not
    fit without them either."""
    small = recipe.model_copy(update={"base": recipe.base.model_copy(update={"tensors": {}})})
    return next((text for part in (recipe, small) if len(text := part.to_bytes()) <= room), b"")


def _is_repeatable(model: Model) -> bool:
    return len(model.history) > 1 and "fingerprint" in model.history[0]


def _recipe(
    model: Model,
    format_id: str,
    options: ExportOptions,
    base: dict[str, str],
    tensors: dict[str, str],
    environment: Mapping[str, Any],
) -> Recipe:
    first = model.history[0]
    path, name = source_path(model), source_name(model)
    return Recipe(
        version=VERSION,
        program=__version__,
        format=format_id,
        options=options.model_dump(mode="json"),
        base=Base(
            name=name if path is None else named_base(model) or path.name,
            revision=_revision(model),
            fingerprint=str(first["fingerprint"]),
            tensors=base,
        ),
        steps=[Step.model_validate(_portable(step)) for step in model.history],
        environment=dict(environment),
        tensors=tensors,
    )


def _revision(model: Model) -> str:
    return str(model.history[0].get("settings", {}).get("revision") or "")


def _base_header(model: Model) -> CheckpointHeader | None:
    """The headers of the base, None where it is not on this machine."""
    try:
        return read_header(source_path(model) or resolve(source_name(model), _revision(model)))
    except (StudioError, OSError):
        return None


def hashes_of_model(header: CheckpointHeader, checkpoint: Callable[[], None]) -> dict[str, str]:
    """Name -> SHA-256 of the bytes of each tensor of a model, as they lie in its files."""
    return _hashes(
        ((info.name, header.pins.pin(header.folder / info.file), info) for info in header.tensors), checkpoint
    )


def tensor_files(export: Path) -> Iterator[tuple[Path, tuple[TensorInfo, ...]]]:
    """The files with tensors of an export, its folder or one of them, in alphabetical order, and what is in each under
    Hugging Face names."""
    for file in _files(export, "safetensors"):
        yield file, safetensors.read_file(file)
    for file in _files(export, "gguf"):
        yield file, gguf.read_file(file)[1]


def tensor_hashes(export: Path, checkpoint: Callable[[], None]) -> dict[str, str]:
    """Name -> SHA-256 of the bytes of each tensor of an export: file/name, and in a GGUF file its own names alone."""
    entries = (
        (f"{file.relative_to(export).as_posix()}/{info.name}", Pinned(file, settled=False), info)
        for file in _files(export, "safetensors")
        for info in safetensors.read_file(file)
    )
    in_ggufs = (
        (tensor.name, Pinned(file, settled=False), _as_info(tensor))
        for file in _files(export, "gguf")
        for tensor in listing(file).tensors
    )
    return _hashes(itertools.chain(entries, in_ggufs), checkpoint)


def hashes_by_model_names(export: Path, checkpoint: Callable[[], None]) -> dict[str, str]:
    """The same of GGUF files by Hugging Face names, as the first recipes had them."""
    entries = ((info.name, Pinned(file, settled=False), info) for file, infos in tensor_files(export) for info in infos)
    return _hashes(entries, checkpoint)


def _files(export: Path, ending: str) -> list[Path]:
    return (
        sorted(export.rglob(f"*.{ending}")) if export.is_dir() else [export] * (export.suffix.lower() == f".{ending}")
    )


def _as_info(tensor: Tensor) -> TensorInfo:
    kind = GGMLQuantizationType(tensor.kind)
    block, size = GGML_QUANT_SIZES[kind]
    nbytes = math.prod(tensor.shape) // block * size
    return TensorInfo(tensor.name, tensor.shape, kind.name, nbytes, offset=tensor.offset)


def _hashes(tensors: Iterable[tuple[str, Pinned, TensorInfo]], checkpoint: Callable[[], None]) -> dict[str, str]:
    hashes = {}
    for name, file, info in tensors:
        checkpoint()
        hashes[name] = hashlib.sha256(read_bytes(file, info).numpy().data).hexdigest()
    return hashes


def _portable(step: dict[str, Any]) -> dict[str, Any]:
    """The step without the folders of the machine that it was made on."""
    step = {name: value for name, value in step.items() if name not in _OF_RESULT}
    step = {**step, "settings": {name: portable(value) for name, value in step.get("settings", {}).items()}}
    if isinstance(inputs := step.get(INPUTS), dict):
        step[INPUTS] = {port: [_portable(entry) for entry in steps] for port, steps in inputs.items()}
    return step
