"""Dense Hugging Face safetensors: what every program reads. Compressed layers are written out in full."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from engine.contracts.problem import Problem
from engine.export.folder import unheld_problems
from engine.export.formats.expert_layers import ExpertLayers
from engine.export.options import DtypeOptions
from engine.export.safetensors_format import SafetensorsFormat
from engine.models.model import Model, Part
from engine.modules.quantized import RoundedLinear


class Dense(SafetensorsFormat):
    """All layers as ordinary tensors, under the names of published checkpoints."""

    id = "dense"
    title = "Hugging Face, dense"
    summary = "Plain safetensors that every program loads. Not smaller: compressed layers are written out in full."
    rounds_inputs = False

    def problems(self, model: Model, options: DtypeOptions) -> list[Problem]:
        """Rounded activations are lost: a dense layer does not round its input."""
        problems = unheld_problems(model, options)
        modules = {name: module for name, module in model.compressed().items() if isinstance(module, RoundedLinear)}
        rounding = [name for name, module in modules.items() if module.activations is not None]
        if rounding:
            message = f"{len(rounding)} layers round their inputs, which a dense model does not"
            advice = "The export will compute a little more exactly"
            problems.append(Problem("warning", message, where=rounding[0], advice=advice))
        return problems

    def tensors(self, model: Model, part: Part, options: DtypeOptions) -> Iterator[tuple[str, torch.Tensor]]:
        """The dense equal of every layer, experts as layers of their own."""
        experts = ExpertLayers.of(model)
        for name, tensor in self.dense_tensors(model, part, options):
            yield from experts.split_dense(name, tensor)


FORMAT = Dense()
