"""The project's own container: everything that the engine can express, exactly as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch

from engine.architecture.experts import fused_tensors
from engine.checkpoints.container import ArtifactWriter, part_bytes, part_tensors
from engine.checkpoints.container_config import to_container_config
from engine.contracts.problem import Problem
from engine.export.base import ExportFormat, Progress
from engine.export.folder import loaded_parts
from engine.export.options import ExportOptions
from engine.models.model import Model
from engine.models.source import open_model


class Container(ExportFormat):
    """All kinds of layers, and what came packed as it came."""

    id = "container"
    title = "Compression Studio"
    summary = "The studio's own container: every kind of layer, bit for bit, with the history of its making."
    keeps_online = True

    def problems(self, model: Model, options: ExportOptions) -> list[Problem]:
        """None: it holds all kinds of layers."""
        return []

    def keeps_values(self, model: Model, options: ExportOptions) -> bool:
        """Always."""
        return True

    def expected_bytes(self, model: Model, options: ExportOptions) -> int:
        """Bytes of the files of all parts."""
        return sum(part_bytes(model.tensors(p), model.specs(p), model.came_packed(p)) for p in model.parts)

    def stored(self, model: Model, options: ExportOptions) -> Iterator[tuple[str, int]]:
        """Type and bytes of each tensor of all parts."""
        for part in model.parts:
            for dtype, tensor in part_tensors(model.tensors(part), model.came_packed(part)).values():
                yield dtype, tensor.numel() * tensor.element_size()

    def write_files(self, model: Model, folder: Path, options: ExportOptions, progress: Progress) -> None:
        """Write the parts as a run writes its artifacts."""
        came_packed = {part.name: model.came_packed(part) for part in model.parts}
        writer = ArtifactWriter(folder, [part.name for part in model.parts])
        for part in loaded_parts(model, progress):
            packed = {name: model.packed(name, part) for name in came_packed[part.name]}
            writer.write(part.name, model.tensors(part), model.specs(part), {k: v for k, v in packed.items() if v})
        folder.rmdir()  # the writer moves its own folder there
        is_own = model.compressed() or _has_separate_experts(model) or any(came_packed.values())
        config = to_container_config(model.config) if is_own else model.config
        writer.finish(config, model.history, model.companions)

    def read(self, folder: Path) -> Iterator[tuple[str, torch.Tensor]]:
        """The tensors of the model that opens from the folder, compressed layers in full."""
        model = open_model(folder)
        for part in loaded_parts(model, lambda *_: None):
            for name, module in model.compressed(part).items():
                if module.packed_tensors():
                    yield f"{name}.weight", module.dense_weight()
            prefixes = tuple(f"{name}." for name in model.compressed(part))
            for name, tensor in model.tensors(part).items():
                if not name.startswith(prefixes) or name.endswith(".bias"):
                    yield name, tensor


def _has_separate_experts(model: Model) -> bool:
    """True where experts are stored one by one, which only this program puts together."""
    return any(True for _ in fused_tensors(model.module, lambda _: True))


FORMAT = Container()
