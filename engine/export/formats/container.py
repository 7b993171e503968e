"""The project's own container: everything that the engine can express, exactly as it is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from engine.architecture.experts import fused_tensors
from engine.base.files import disk_error
from engine.checkpoints.container import ArtifactWriter, part_bytes, part_tensors
from engine.checkpoints.container_config import to_container_config
from engine.checkpoints.packed import PackedTensor
from engine.contracts.problem import Problem
from engine.export import folder as folders
from engine.export.base import ExportFormat, ExportOptions, Progress
from engine.models.model import Model, Part
from engine.models.source import open_model


def problems(model: Model, options: ExportOptions) -> list[Problem]:
    """None: it holds all kinds of layers."""
    return []


@dataclass(frozen=True)
class _Planned:
    """What is written of a part: its tensors, and those of them that stay packed as they came; data on any device."""

    part: Part
    tensors: dict[str, torch.Tensor]
    packed: dict[str, PackedTensor]


def _plan(model: Model) -> list[_Planned]:
    return [_Planned(part, model.tensors(part), model.came_packed(part)) for part in model.parts]


def expected_bytes(model: Model, options: ExportOptions) -> int:
    """Exact."""
    return sum(part_bytes(each.tensors, model.specs(each.part), each.packed) for each in _plan(model))


def stored(model: Model, options: ExportOptions) -> Iterator[tuple[str, int]]:
    """See `ExportFormat`."""
    for each in _plan(model):
        for word, tensor in part_tensors(each.tensors, each.packed).values():
            yield word, tensor.numel() * tensor.element_size()


def _separated(model: Model) -> bool:
    """Whether experts are stored one by one, which only this program puts together."""
    return any(True for _ in fused_tensors(model.module, lambda _: True))


def write(model: Model, folder: Path, options: ExportOptions, progress: Progress) -> None:
    """See `ExportFormat`."""
    folders.refuse_taken(folder)
    work = folder.with_name(folder.name + ".partial")
    try:
        shutil.rmtree(work, ignore_errors=True)  # of an export that was killed
        writer = ArtifactWriter(folder, [part.name for part in model.parts])
        stay = {each.part.name: each.packed for each in _plan(model)}
        for part in folders.loaded_parts(model, progress):
            packed = {name: model.packed(name, part) for name in stay[part.name]}
            writer.write(part.name, model.tensors(part), model.specs(part), {k: v for k, v in packed.items() if v})
        if folder.exists():
            folder.rmdir()
        own = model.compressed() or _separated(model) or any(stay.values())
        config = to_container_config(model.config) if own else model.config
        writer.finish(config, model.history, model.companions)
    except OSError as error:
        raise disk_error(error, folder) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    progress(1.0, "Written")


def read(folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """See `ExportFormat`."""
    model = open_model(folder)
    for part in folders.loaded_parts(model, lambda *_: None):
        for name, module in model.compressed(part).items():
            if module.packed_tensors():
                yield f"{name}.weight", module.dense_weight()
        prefixes = tuple(f"{name}." for name in model.compressed(part))
        for name, tensor in model.tensors(part).items():
            if not name.startswith(prefixes) or name.endswith(".bias"):
                yield name, tensor


FORMAT = ExportFormat(
    id="container",
    title="Compression Studio",
    summary="The studio's own container: every kind of layer, bit for bit, with the history of its making.",
    options=ExportOptions,
    problems=problems,
    expected_bytes=expected_bytes,
    stored=stored,
    keeps_values=lambda model, options: True,
    write=write,
    keeps_online=True,
    read=read,
)
