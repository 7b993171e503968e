"""What a method will cost, from shapes: bytes on disk and in memory, and how fast this machine computes."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping

import torch

from engine.measure import machine
from engine.models.anatomy import Anatomy, Linear
from engine.models.container import file_bytes
from engine.models.modules import CompressedModule
from engine.models.modules.sparse import SparseLinear
from engine.models.source import DTYPES
from engine.models.structure import Structure, TensorInfo

RENAMED = {"embed_out": "lm_head"}
"""Modules that transformers calls otherwise than the files of some architectures do (GPT-NeoX)."""


def artifact_bytes(structure: Structure, anatomy: Anatomy, replaced: Mapping[str, CompressedModule]) -> int:
    """Bytes of the tensor files when these modules (they may lie on the meta device) have taken the places of the
    layers with these names, and all else is stored as it is; to about a percent."""
    tensors: dict[str, tuple[tuple[int, ...], int]] = {}
    for info in structure.tensors:
        if owner(info.name, replaced) is None and not _is_tied(info, anatomy):
            tensors[info.name] = (info.shape, loaded_bytes(info))
    for name, module in replaced.items():
        for key, tensor in module.packed_tensors().items():
            tensors[f"{name}.{key}"] = (tuple(tensor.shape), tensor.numel() * tensor.element_size())
    specs = {name: module.spec() for name, module in replaced.items()}
    return file_bytes(tensors, specs) + file_bytes({}) * (len(anatomy.layers) + 1)


def loaded_bytes(info: TensorInfo) -> int:
    """Bytes of a tensor in memory: packed blocks of GGUF are unpacked to float32."""
    return info.nbytes if info.dtype in DTYPES else 4 * math.prod(info.shape)


def owner(tensor: str, modules: Mapping[str, object]) -> str | None:
    """Which of these modules a stored tensor belongs to; checkpoints may lack or add the prefix of the whole model."""
    stem = tensor.rpartition(".")[0]
    stems = [RENAMED.get(stem, stem)]
    stems.append(stems[0].partition(".")[2])
    for stem in stems:
        if stem in modules:
            return stem
    shorter = {name.partition(".")[2]: name for name in modules}
    return shorter.get(stems[0])


def _is_tied(info: TensorInfo, anatomy: Anatomy) -> bool:
    return anatomy.tied and anatomy.head is not None and owner(info.name, {anatomy.head: None}) is not None


def sparse_layers(
    structure: Structure, linears: Mapping[str, Linear], kept: Mapping[str, int]
) -> dict[str, CompressedModule]:
    """Pruned layers in the places of these, on the meta device: ``kept`` weights of each, in the dtype of its file."""
    stored = {owner(info.name, linears): DTYPES.get(info.dtype, torch.float32) for info in structure.tensors}
    made: dict[str, CompressedModule] = {}
    for name, linear in linears.items():
        dtype = stored.get(name, torch.float32)
        bias = torch.empty(linear.outputs, dtype=dtype, device="meta") if linear.bias else None
        module = SparseLinear(linear.outputs, linear.inputs, kept[name], bias=bias, transposed=linear.transposed)
        module.values = module.values.to(dtype)
        made[name] = module
    return made


def calibration_bytes(anatomy: Anatomy, tokens: int, matrices: int = 0) -> int:
    """What a walk through the layers keeps in memory beside the weights of one: hidden states, the inputs of a layer's
    MLP, and some float32 matrices of the widest input."""
    widest = max((linear.inputs for linear in anatomy.linears), default=0)
    return 4 * tokens * (2 * anatomy.hidden_size + 2 * anatomy.intermediate_size) + 4 * matrices * widest**2


@functools.cache
def operations_per_second(device: str) -> float:
    """Floating-point operations per second of a float32 matrix product, measured once on each machine."""
    a = torch.ones(1024, 1024, device=device)
    return 2.0 * 1024**3 / machine.seconds("float32 product of 1024 x 1024", device, lambda: a @ a)
