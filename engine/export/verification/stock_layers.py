"""A folder that transformers loads, one layer in memory at a time: its own network with its own quantizer on the meta
device, whose layers get their tensors when a pass comes to them and lose them behind it.

transformers reads a folder as a whole, in float32 for the comparison: 28 GB of a model of 7 billion. What is large is
read this way; what is small, and what transformers converts as it reads, is read by ``from_pretrained``.
"""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.architecture.pretrained import needs_code, quantizer_of
from engine.architecture.recognition import find_anatomy
from engine.architecture.skeleton import build_skeleton
from engine.base.files import read_object
from engine.base.pinned import Pins
from engine.checkpoints.checkpoint import read_header
from engine.checkpoints.headers import TensorInfo
from engine.checkpoints.headers.safetensors import read_file
from engine.checkpoints.tensor_sources import DTYPES, RenamedSource, read_bytes

WHOLE = 400_000_000
"""Bytes of float32 up to which a model is read as a whole."""


class StoredTensors:
    """The tensors of a folder as they lie there, packed or not. Has what `RenamedSource` asks of a source."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._pins = folder, Pins()
        self._infos: dict[str, TensorInfo] = {}
        for path in sorted(folder.glob("*.safetensors")):
            self._infos |= {info.name: info for info in read_file(path, self._pins)}

    def names(self) -> Mapping[str, TensorInfo]:
        """All names."""
        return self._infos

    def is_state_of(self, state: Mapping[str, torch.Tensor]) -> bool:
        """True where every tensor has a place in ``state`` under its own name."""
        return self._infos.keys() <= state.keys() and all(tensor.ndim <= 2 for tensor in state.values())

    def dtype(self, name: str) -> torch.dtype | None:
        """The dtype on disk."""
        return DTYPES.get(self._infos[name].dtype) if name in self._infos else None

    def load(self, name: str) -> torch.Tensor:
        """One tensor on the CPU."""
        info = self._infos[name]
        return read_bytes(self._pins.pin(self._folder / info.file), info).view(DTYPES[info.dtype]).reshape(info.shape)

    def packed(self, name: str) -> None:
        """Nothing: all is given as it lies there."""
        del name


class NotByLayerError(Exception):
    """A folder that ``from_pretrained`` should read as a whole. Its text: why, "" for a small model."""


def layered(folder: Path, dtype: torch.dtype, room: int = WHOLE) -> tuple[nn.Module, list[str]]:
    """The network in a folder, ready for forward passes, in ``dtype`` where it is dense, and the names of its layers.

    Raises `NotByLayerError` if it needs no more than ``room`` bytes, or if it has tensors that are converted, missing
    or left over, which transformers itself should report."""
    header = read_header(folder)
    if sum(math.prod(tensor.shape) for tensor in header.tensors) * dtype.itemsize <= room:
        raise NotByLayerError
    quantization = header.config.get("quantization_config")
    if needs_code(header):
        raise NotByLayerError("its network is built by its own code")
    if isinstance(quantization, dict) and (quantization.get("quant_method") != _CT or quantization.get("dequantize")):
        raise NotByLayerError("transformers unpacks its layers as it reads them")
    network, config = build_skeleton(header, False)
    module: Any = network
    anatomy = find_anatomy(module, config)
    size = sum(parameter.numel() for parameter in module.parameters()) * dtype.itemsize
    float32_names = dtype != torch.float32 and getattr(module, "_keep_in_fp32_modules", None)
    if size <= room:
        raise NotByLayerError
    if float32_names or not anatomy.layers or getattr(module.base_model, "pooler", "") is None:
        raise NotByLayerError("its network can't be taken apart into layers")
    unpack = _quantized(module, folder) if isinstance(quantization, dict) else None
    stored = StoredTensors(folder)
    source = RenamedSource(stored, module)  # type: ignore[arg-type]  # it has what is asked of it
    state: dict[str, Any] = module.state_dict(keep_vars=True)
    stored_names = set(source.names())
    named: dict[int, str] = {id(tensor): name for name, tensor in state.items() if name in stored_names}
    whole = (
        all(id(tensor) in named for tensor in state.values()) and stored_names <= state.keys() and not source.converts
    )
    if not whole:
        raise NotByLayerError("it has tensors that are converted as they are read, missing or left over")
    for name, tensor in state.items():
        if name in stored_names and tuple(tensor.shape) != stored.names()[source.stored_name(name)].shape:
            raise NotByLayerError(f"{name} has another shape in the file than in the network")
    tied = {name for name, tensor in state.items() if named[id(tensor)] != name}
    tied |= {named[id(state[name])] for name in tied}
    layers = [layer.name for layer in anatomy.layers]
    _Layers(module, source, dtype, unpack).arrange(layers, tied)
    network.eval()
    return network, layers


_CT = "compressed-tensors"


def _quantized(module: Any, folder: Path) -> Callable[[nn.Module], None]:
    """Let transformers' quantizer put its layers in their places; gives what unpacks one of them, as it would do at the
    first pass with all of them."""
    from compressed_tensors.compressors import decompress_module

    quantizer = quantizer_of(dict(read_object(folder / "config.json")["quantization_config"]))
    quantizer.validate_environment()
    quantizer.preprocess_model(model=module)
    quantizer.compressor.remove_decompression_hook(module)
    return functools.partial(decompress_module, format=quantizer.compressor.force_compression_format)


class _Layers:
    """Gives modules their tensors for the time of a call."""

    def __init__(
        self, module: nn.Module, source: RenamedSource, dtype: torch.dtype, unpack: Callable[[nn.Module], None] | None
    ) -> None:
        self._root: Any = module
        self._source, self._dtype, self._unpack = source, dtype, unpack
        self._names = frozenset(source.names())

    def arrange(self, layers: list[str], tied: set[str]) -> None:
        """Layers, and tables and heads that are not tied, come and go; all else is loaded for good."""
        inside = tuple(f"{name}." for name in layers)
        ends = [
            name
            for name, module in self._root.named_modules()
            if isinstance(module, nn.Embedding | nn.Linear)
            and not name.startswith(inside)
            and not any(f"{name}.{leaf}" in tied for leaf, _ in module.named_parameters(recurse=False))
        ]
        for name in (*layers, *ends):
            self._come_and_go(name)
        passing = tuple(f"{name}." for name in (*layers, *ends))
        loaded: dict[int, torch.Tensor] = {}
        for prefix, owner in self._root.named_modules():
            for leaf, tensor in _tensors(owner):
                name = f"{prefix}.{leaf}" if prefix else leaf
                if name.startswith(passing):
                    continue
                key = id(tensor)
                if key not in loaded and name in self._names:
                    loaded[key] = self._read(name)
        for owner in self._root.modules():
            for leaf, tensor in _tensors(owner):
                if id(tensor) in loaded:
                    _set_tensor(owner, leaf, loaded[id(tensor)])
        for name in self._packed(self._root, inside):
            assert self._unpack is not None
            self._unpack(self._root.get_submodule(name))

    def _packed(self, root: nn.Module, inside: tuple[str, ...] = ("\0",)) -> list[str]:
        """The quantized modules that are loaded."""
        return [
            name
            for name, module in root.named_modules()
            if self._unpack is not None
            and getattr(module, "quantization_scheme", None) is not None
            and not f"{name}.".startswith(inside)
            and not any(tensor.is_meta for _, tensor in _tensors(module))
        ]

    def _come_and_go(self, name: str) -> None:
        layer = self._root.get_submodule(name)
        for leaf_owner in layer.modules():  # networks ask a module's weight for its dtype before they call it
            for leaf, tensor in _tensors(leaf_owner):
                if tensor.is_floating_point() and tensor.is_meta:
                    _set_tensor(leaf_owner, leaf, tensor.to(self._dtype))
        shared = {id(value): value for value in (getattr(self._root, "config", None),) if value is not None}

        def run(*arguments: Any, **options: Any) -> Any:
            own = layer.__dict__.pop("forward")
            try:
                loaded = copy.deepcopy(layer, dict(shared))
            finally:
                layer.__dict__["forward"] = own
            if before is not None:
                loaded.__dict__["forward"] = copy.deepcopy(before, {id(layer): loaded})
            for prefix, owner in loaded.named_modules(prefix=name):
                for leaf, _ in _tensors(owner):
                    full = f"{prefix}.{leaf}"
                    if full in self._names:
                        _set_tensor(owner, leaf, self._read(full))
            for inner in self._packed(loaded):
                assert self._unpack is not None
                self._unpack(loaded.get_submodule(inner) if inner else loaded)
            return loaded.forward(*arguments, **options)

        before = layer.__dict__.get("forward")
        layer.__dict__["forward"] = run

    def _read(self, name: str) -> torch.Tensor:
        tensor = self._source.load(name)
        return tensor.to(self._dtype) if tensor.is_floating_point() and tensor.element_size() > 1 else tensor


def _tensors(owner: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """The parameters and buffers that a module holds itself."""
    for leaf, tensor in (*owner._parameters.items(), *owner._buffers.items()):
        if tensor is not None:
            yield leaf, tensor


def _set_tensor(owner: nn.Module, leaf: str, tensor: torch.Tensor) -> None:
    if leaf in owner._parameters:
        owner._parameters[leaf] = nn.Parameter(tensor, requires_grad=False)
    else:
        owner._buffers[leaf] = tensor
