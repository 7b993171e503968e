"""What an artifact will take on disk, from shapes."""

from __future__ import annotations

import math
from collections.abc import Mapping

from engine.models.anatomy import Anatomy
from engine.models.container import file_bytes
from engine.models.modules import CompressedModule
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
