"""Costs of a method from shapes: bytes on disk and in memory, and the speed of this machine."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

import torch

from engine.architecture.anatomy import Anatomy, Linear
from engine.checkpoints.checkpoint import CheckpointHeader, TensorInfo
from engine.checkpoints.container import file_bytes
from engine.checkpoints.tensor_sources import DTYPES
from engine.modules import CompressedModule
from engine.modules.sparse import SparseLinear

RENAMED = {"embed_out": "lm_head"}
"""Modules that transformers calls otherwise than the files of some architectures do (GPT-NeoX)."""

Replaced = Mapping[str, CompressedModule | torch.Tensor]
"""Layers by name: what takes the place of each, a module or a dense weight; both may lie on the meta device."""
Shapes = dict[str, tuple[tuple[int, ...], int]]
"""Tensors by name: shape and bytes."""


def artifact_bytes(
    header: CheckpointHeader,
    anatomy: Anatomy,
    replaced: Replaced,
    *,
    all_change: bool = False,
) -> int:
    """Bytes of the tensor files that `artifact_tensors` lie in, to about a percent."""
    specs = {name: module.spec() for name, module in replaced.items() if isinstance(module, CompressedModule)}
    tensors = artifact_tensors(header, anatomy, replaced, all_change=all_change)
    return file_bytes(tensors, specs) + file_bytes({}) * (len(anatomy.layers) + 1)


def artifact_tensors(
    header: CheckpointHeader,
    anatomy: Anatomy,
    replaced: Replaced,
    *,
    all_change: bool = False,
) -> Shapes:
    """Tensors of an artifact in which these modules replace the layers with these names, and all else is stored as it
    is.

    A bias stays as it is where what takes the layer's place has none of its own. What came packed is stored so again,
    unless ``all_change``.
    """
    tensors: Shapes = {}
    for name, module in replaced.items():
        packed = {"weight": module} if isinstance(module, torch.Tensor) else module.packed_tensors()
        for key, tensor in packed.items():
            tensors[f"{name}.{key}"] = (tuple(tensor.shape), tensor.numel() * tensor.element_size())
    owners = Owners(replaced)
    for info in header.tensors:
        layer = owners.of(info.name)
        is_kept = layer is None or (info.name.endswith(".bias") and f"{layer}.bias" not in tensors)
        if is_kept and not is_tied(info, anatomy):
            tensors[info.name] = (info.shape, loaded_bytes(info) if all_change else info.nbytes)
    return tensors


def largest_part(anatomy: Anatomy, tensors: Shapes, *, tables: bool = True) -> int:
    """Bytes of the largest of the parts that a model is worked on in: embeddings, a layer, the head; without ``tables``
    of the largest layer, if there are layers."""
    sizes: dict[str, int] = {}
    names = [layer.name for layer in anatomy.layers]
    inside = _Layers(names)
    for tensor, (_, nbytes) in tensors.items():
        part = inside.of(tensor)
        part = part or ("head" if anatomy.head and tensor.startswith(anatomy.head) else "embeddings")
        sizes[part] = sizes.get(part, 0) + nbytes
    layers = [size for part, size in sizes.items() if part in names]
    return max((layers if layers and not tables else sizes.values()), default=0)


class _Layers:
    """Finds the layer that a tensor lies in, with any prefix of the layer's name."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._depths = sorted({name.count(".") + 1 for name in self._names})

    def of(self, tensor: str) -> str:
        """The layer's name; "" for a tensor of none."""
        words = tensor.split(".")
        for start in range(len(words)):
            for depth in self._depths:
                if (name := ".".join(words[start : start + depth])) in self._names:
                    return name
        return ""


def host_bytes(header: CheckpointHeader, anatomy: Anatomy, changed: Collection[str] = ()) -> int:
    """Least memory of the host for tensors that a block does not change: the largest part while it is stored, its bytes
    once more as they are written, and of what came packed the blocks that it is compared with."""
    layers = Owners(changed)
    tensors = {
        info.name: (info.shape, loaded_bytes(info) + info.nbytes * (1 if info.dtype in DTYPES else 2))
        for info in header.tensors
        if not is_tied(info, anatomy) and layers.of(info.name) is None
    }
    return largest_part(anatomy, tensors)


def stored_as(header: CheckpointHeader, dtype: str, replaced: Collection[str]) -> CheckpointHeader:
    """The headers of a checkpoint once all dense tensors but those of the layers ``replaced`` are stored in ``dtype``.

    Of an artifact only weights and biases are: what else is there belongs to its compressed layers.
    """
    to: torch.dtype = getattr(torch, dtype)
    word = next(word for word, prefix in DTYPES.items() if prefix == to)
    layers = Owners(replaced)

    def changed(info: TensorInfo) -> TensorInfo:
        is_dense = header.format != "artifact" or info.name.endswith((".weight", ".bias"))
        if not is_dense or not DTYPES.get(info.dtype, to).is_floating_point or layers.of(info.name) is not None:
            return info
        return replace(info, dtype=word, nbytes=math.prod(info.shape) * to.itemsize)

    return replace(header, tensors=tuple(changed(info) for info in header.tensors))


def unpacked(header: CheckpointHeader, changed: Collection[str]) -> CheckpointHeader:
    """The headers of a checkpoint once the weights of the modules ``changed`` are others: what came packed is stored
    in float32."""
    layers = Owners(changed)

    def loaded(info: TensorInfo) -> TensorInfo:
        if info.dtype in DTYPES or layers.of(info.name) is None:
            return info
        return replace(info, dtype="F32", nbytes=loaded_bytes(info))

    return replace(header, tensors=tuple(loaded(info) for info in header.tensors))


def loaded_bytes(info: TensorInfo) -> int:
    """Bytes of a tensor in memory: packed blocks of GGUF are unpacked to float32."""
    return info.nbytes if info.dtype in DTYPES else 4 * math.prod(info.shape)


PREFIXES = ("model", "backbone", "transformer")
"""Of the whole model, which a checkpoint may have in the place of one another."""
_EXPERT = re.compile(r"(?:.*\.)?(\d+)\..*\bexperts\.(\d+)\.(\w+)")
"""One expert's layer in a checkpoint: (decoder layer, expert, name of the layer)."""
_MODULE = re.compile(r"(?:.*\.)?(\d+)\..*\bexperts\.(\w+)\.(\d+)")
"""The same in a network that has the experts in one tensor: (decoder layer, name of the tensor, expert)."""
_DOWN = ("down_proj", "w2")
"""Names of the layer of an expert that gives its output."""


STACKED = {".experts.gate_up_proj": ".input_linear", ".experts.down_proj": ".output_linear"}
"""Tensors of all experts of a layer that files call otherwise (Granite)."""


def _with_stored_leaf(stem: str) -> str:
    """The name of a tensor of experts as in `STACKED`; others as they are."""
    leaf = next((leaf for leaf in STACKED if stem.endswith(leaf)), "")
    return stem.removesuffix(leaf) + STACKED[leaf] if leaf else stem


class Owners:
    """Finds the module that a stored tensor belongs to; checkpoints may lack or add the prefix of the whole model, and
    may have each expert's layers apart (``experts.3.gate_proj``) or all experts in one tensor
    (``experts.gate_up_proj``) where a module is one expert of such a tensor (``experts.gate_up_proj.3``).

    Made once for all tensors of a checkpoint: with hundreds of experts both are tens of thousands.
    """

    def __init__(self, modules: Iterable[str]) -> None:
        self._names = frozenset(modules)
        self._shorter = {name.partition(".")[2]: name for name in self._names}
        self._stacked: dict[str, str] = {}
        self._experts: dict[tuple[str, str, bool], str] = {}
        for name in self._names:
            stem, _, number = name.rpartition(".")
            if number.isdigit():
                for stored in (stem, _with_stored_leaf(stem)):
                    self._stacked |= {stored: name, stored.partition(".")[2]: name}
            if match := _MODULE.fullmatch(name):
                layer, tensor, expert = match.groups()
                self._experts[layer, expert, "down" in tensor] = name

    def of(self, tensor: str) -> str | None:
        """The module's name; None for a tensor of none of them. Of a tensor of several modules one of them."""
        stem = tensor.rpartition(".")[0]
        stem = RENAMED.get(stem, stem)
        for name in (stem, stem.partition(".")[2]):
            if name in self._names:
                return name
        first, _, rest = stem.partition(".")
        other = self._shorter.get(rest) if first in PREFIXES else None
        return self._shorter.get(stem) or other or (self._expert(tensor, stem) if self._stacked else None)

    def _expert(self, tensor: str, stem: str) -> str | None:
        """The expert that a stored tensor belongs to."""
        for name in (tensor, stem, tensor.partition(".")[2], stem.partition(".")[2]):
            if name in self._stacked:
                return self._stacked[name]
        match = _EXPERT.fullmatch(stem)
        return None if match is None else self._experts.get((match[1], match[2], match[3] in _DOWN))


def is_tied(info: TensorInfo, anatomy: Anatomy) -> bool:
    """True if a stored tensor is the embedding once more, as the head that shares it."""
    return anatomy.tied and anatomy.head is not None and Owners((anatomy.head,)).of(info.name) is not None


def stored_dtypes(header: CheckpointHeader, modules: Iterable[str]) -> dict[str, torch.dtype]:
    """The dtypes that these modules are stored in, their weights first of all; float32 for packed ones, which are
    unpacked to it."""
    owners = Owners(modules)
    dtypes: dict[str, torch.dtype] = {}
    for info in header.tensors:
        dtype, name = DTYPES.get(info.dtype, torch.float32), owners.of(info.name)
        if name is not None and dtype.is_floating_point and (name not in dtypes or info.name.endswith(".weight")):
            dtypes[name] = dtype
    return dtypes


def sparse_layers(
    header: CheckpointHeader, linears: Mapping[str, Linear], kept_weights: Mapping[str, int]
) -> dict[str, CompressedModule]:
    """Pruned layers in the places of these, on the meta device: ``kept_weights`` weights of each, in the dtype of its
    file."""
    stored = stored_dtypes(header, linears)
    modules: dict[str, CompressedModule] = {}
    for name, linear in linears.items():
        dtype = stored.get(name, torch.float32)
        bias = torch.empty(linear.out_features, dtype=dtype, device="meta") if linear.bias else None
        module = SparseLinear(
            linear.out_features, linear.in_features, kept_weights[name], bias=bias, transposed=linear.transposed
        )
        module.values = module.values.to(dtype)
        modules[name] = module
    return modules
