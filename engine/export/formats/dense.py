"""Dense Hugging Face safetensors: what every program reads. Compressed layers are written out in full."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch

from engine.contracts.problem import Problem
from engine.export import folder as folders
from engine.export.base import DtypeOptions, ExportFormat, Progress
from engine.export.formats.expert_layers import ExpertLayers
from engine.export.shards import Planned, shards
from engine.models.model import Model, Part
from engine.modules.quantized import RoundedLinear


def problems(model: Model, options: DtypeOptions) -> list[Problem]:
    """Rounded activations are lost: a dense layer does not round its input."""
    found = folders.unheld_problems(model, options)
    rounding = [n for n, m in model.compressed().items() if isinstance(m, RoundedLinear) and m.activations is not None]
    if rounding:
        message = f"{len(rounding)} layers round their inputs, which a dense model does not"
        advice = "The export will compute a little more exactly"
        found.append(Problem("warning", message, where=rounding[0], advice=advice))
    return found


def expected_bytes(model: Model, options: DtypeOptions) -> int:
    """Exact."""
    return sum(shard.nbytes for shard in shards(_plan(model, options)))


def write(model: Model, folder: Path, options: DtypeOptions, progress: Progress) -> None:
    """See `ExportFormat`."""
    folders.write_folder(
        model,
        folder,
        _plan(model, options),
        lambda part: _tensors(model, part, options),
        folders.config_of(model, options),
        progress,
    )


def _tensors(model: Model, part: Part, options: DtypeOptions) -> Iterator[tuple[str, torch.Tensor]]:
    """As published checkpoints name them; works on meta."""
    experts = ExpertLayers.of(model)
    for name, tensor in folders.cast_tensors(model, part, lambda *_: False, options):
        yield from experts.split_dense(name, tensor)


def _plan(model: Model, options: DtypeOptions) -> list[Planned]:
    return [Planned.like(name, tensor) for part in model.parts for name, tensor in _tensors(model, part, options)]


FORMAT = ExportFormat(
    id="dense",
    title="Hugging Face, dense",
    summary="Plain safetensors that every program loads. Not smaller: compressed layers are written out in full.",
    options=DtypeOptions,
    problems=problems,
    expected_bytes=expected_bytes,
    stored=lambda model, options: (each.stored for each in _plan(model, options)),
    writes_out=True,
    keeps_values=folders.keeps_values,
    write=write,
    read=folders.read_tensors,
    rounds_inputs=False,
)
