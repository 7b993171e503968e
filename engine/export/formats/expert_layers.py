"""Experts as published checkpoints have them: layers of their own, though the network holds them in one tensor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import torch
from torch import nn

from engine.architecture.experts import ExpertLinears, fused_tensors
from engine.checkpoints.names import CheckpointNames
from engine.checkpoints.sequential_experts import sequential_experts
from engine.models.model import Model

NO_NAMES = "transformers knows no names for single experts of this architecture, only one tensor for all of a layer"


@dataclass(frozen=True)
class ExpertLayers:
    """The names of the experts of a model in files.

    names: None for a model without experts, whose tensors keep the names of the network. stored: the name of a tensor
    of experts -> the layers of each expert, with "{}" for its number; empty where transformers knows none. sequential:
    those tensors that transformers makes ordinary layers of when it loads a quantized model.
    """

    names: CheckpointNames | None
    fused: dict[str, ExpertLinears] = field(default_factory=dict)
    stored: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sequential: frozenset[str] = frozenset()

    @classmethod
    def of(cls, model: Model, method: str = "") -> ExpertLayers:
        """Of a model whose tensors may lie on the meta device. ``method``: the quantization that config.json will
        name."""
        fused = dict(fused_tensors(model.module, lambda _: True))
        if not fused:
            return cls(None)
        names = CheckpointNames(model.module)
        apart = {
            name: tuple(map(names.of, layers)) for name, layers in sequential_experts(model.module, method).items()
        }
        stored = {name: apart.get(name) or names.of_experts(name) for name in fused}
        return cls(names, fused, stored, frozenset(apart))

    def name(self, name: str) -> str:
        """The name in files of a tensor or module that is stored as it is."""
        return name if self.names is None else self.names.of(name)

    def layers(self, linear: str) -> tuple[str, ...]:
        """The layers that one expert's linear is stored as; empty for a linear outside of experts, or without names."""
        fused, _, index = linear.rpartition(".")
        return tuple(name.format(index) for name in self.stored.get(fused, ()))

    def is_expert(self, linear: str) -> bool:
        """True for a linear that lies in a tensor of experts."""
        return linear.rpartition(".")[0] in self.fused

    def is_fused(self, linear: str) -> bool:
        """True for a linear that lies in a tensor of experts when transformers has loaded the file."""
        return self.is_expert(linear) and linear.rpartition(".")[0] not in self.sequential

    def split(self, linear: str, tensors: Iterable[tuple[str, torch.Tensor]]) -> Iterator[tuple[str, torch.Tensor]]:
        """The tensors of one expert's layers. ``tensors``: of the linear, by what stands behind its name; those with
        one value are for all of its rows. Works on meta."""
        layers = self.layers(linear)
        parts = list(tensors)
        for number, layer in enumerate(layers):
            for end, tensor in parts:
                if end == ".weight_shape":
                    yield layer + end, tensor // torch.tensor([len(layers), 1])
                elif tensor.numel() == 1:
                    yield layer + end, tensor
                else:
                    rows = len(tensor) // len(layers)
                    yield layer + end, tensor[number * rows : (number + 1) * rows]

    def split_dense(self, name: str, tensor: torch.Tensor) -> Iterator[tuple[str, torch.Tensor]]:
        """A dense tensor under its names in files: one of experts as layers."""
        if not self.stored.get(name):
            yield self.name(name), tensor
            return
        for index, matrix in enumerate(tensor.transpose(1, 2) if self.fused[name].transposed else tensor):
            yield from self.split(f"{name}.{index}", [(".weight", matrix.contiguous())])


def routers(model: Model) -> list[str]:
    """Names of the modules that weigh experts: a matrix of their own with as many rows as there are experts, which is
    no linear layer to transformers but one to servers."""
    experts = {len(experts) for _, experts in fused_tensors(model.module, lambda _: True)}
    names = []
    for name, module in model.module.named_modules():
        weight = module._parameters.get("weight")
        if weight is not None and weight.ndim == 2 and len(weight) in experts and not isinstance(module, nn.Embedding):
            names.append(name)
    return names
