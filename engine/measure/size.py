"""Size as it lies on disk, and what it means per weight."""

from __future__ import annotations

from pathlib import Path

import torch

from engine.models.memory import MemoryStructure
from engine.models.model import Model
from engine.models.modules import CompressedModule
from engine.models.parameters import dense_parameters

TENSOR_FILES = (".safetensors", ".gguf")


def size_bytes(path: Path) -> int:
    """Bytes of all tensor files of a folder (or of one file) as they lie on disk, headers included."""
    files = [path] if path.is_file() else [file for file in path.iterdir() if file.suffix in TENSOR_FILES]
    return sum(file.stat().st_size for file in files)


def size_metrics(model: Model) -> dict[str, float]:
    """``size_bytes`` (of the files, or of the tensors of a network in memory), ``bits_per_weight`` (all stored tensor
    bits, scales included, per parameter of the dense equal) and ``parameters``, from headers and shapes alone."""
    parameters = dense_parameters(model)
    in_memory = isinstance(model.header, MemoryStructure)
    return {
        "size_bytes": float(model.header.nbytes if in_memory else size_bytes(model.path)),
        "bits_per_weight": 8 * model.header.nbytes / parameters,
        "parameters": float(parameters),
    }


@torch.no_grad()
def sparsity(model: Model) -> float:
    """Share of exact zeros among the weights of the linear layers of a loaded model."""
    zeros = count = 0
    for linear in model.anatomy.linears:
        weight = dense_weight(model, linear.name)
        zeros += weight.numel() - int(torch.count_nonzero(weight))
        count += weight.numel()
    return zeros / count if count else 0.0


def dense_weight(model: Model, name: str) -> torch.Tensor:
    """The weight of a loaded layer, unpacked if it is a compressed one."""
    module = model.get(name)
    if isinstance(module, CompressedModule):
        return module.dense_weight().detach()
    weight = module.weight
    assert isinstance(weight, torch.Tensor)
    return weight.detach()
