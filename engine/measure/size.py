"""Size as it lies on disk, and what it means per weight."""

from __future__ import annotations

import torch

from engine.models.model import Model, Part
from engine.models.parameters import dense_parameters
from engine.modules import CompressedModule


def size_metrics(model: Model) -> dict[str, float]:
    """``size_bytes`` (of the files, or of the tensors of a network in memory), ``bits_per_weight`` (all stored tensor
    bits, scales included, per parameter of the dense equal) and ``parameters``, from headers and shapes alone."""
    parameters = dense_parameters(model)
    return {
        "size_bytes": float(model.header.file_bytes),
        "bits_per_weight": 8 * model.header.nbytes / parameters,
        "parameters": float(parameters),
    }


class Zeros:
    """Counts the exact zeros among the weights of the linear layers of a model, part by part."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._counts: dict[str, tuple[int, int]] = {}

    @torch.no_grad()
    def look(self, part: Part) -> None:
        """Count those of a loaded part; a second time changes nothing."""
        for linear in part.linears:
            if linear.name not in self._counts:
                weight = dense_weight(self._model, linear.name)
                self._counts[linear.name] = (weight.numel() - int(torch.count_nonzero(weight)), weight.numel())

    @property
    def share(self) -> float:
        """Of zeros in what was looked at."""
        zeros, count = (sum(counts) for counts in zip(*self._counts.values(), strict=True)) if self._counts else (0, 1)
        return zeros / count


def dense_weight(model: Model, name: str) -> torch.Tensor:
    """The weight of a loaded layer, unpacked if it is a compressed one."""
    module = model.get(name)
    if isinstance(module, CompressedModule):
        return module.dense_weight().detach()
    weight = module.weight
    assert isinstance(weight, torch.Tensor)
    return weight.detach()
