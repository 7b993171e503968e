"""Size as it lies on disk, and what it means per weight."""

from __future__ import annotations

from pathlib import Path

import torch

from engine.contracts.human import bytes_text
from engine.models.checkpoint import CheckpointHeader
from engine.models.memory import MemoryStructure
from engine.models.model import Model, Part
from engine.models.modules import CompressedModule
from engine.models.parameters import dense_parameters

TENSOR_FILES = (".safetensors", ".gguf")


def size_bytes(path: Path) -> int:
    """Bytes of all tensor files of a folder (or of one file) as they lie on disk, headers included."""
    files = [path] if path.is_file() else [file for file in path.iterdir() if file.suffix in TENSOR_FILES]
    return sum(file.stat().st_size for file in files)


def larger_than(source: CheckpointHeader, result: CheckpointHeader) -> str:
    """Why a compressed model is larger than the one that it was made from, as a sentence; "" if it is not."""
    if result.nbytes <= source.nbytes:
        return ""
    return (
        f"The result is larger than its source, {bytes_text(result.nbytes)} against {bytes_text(source.nbytes)}: "
        f"it stores {_by_type(result)}, the source {_by_type(source)}"
    )


def _by_type(header: CheckpointHeader) -> str:
    """The types of the tensors by their bytes, the largest first."""
    found: dict[str, int] = {}
    for tensor in header.tensors:
        found[tensor.dtype] = found.get(tensor.dtype, 0) + tensor.nbytes
    largest = sorted(found.items(), key=lambda item: -item[1])[:3]
    return ", ".join(f"{bytes_text(count)} of {name}" for name, count in largest)


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
