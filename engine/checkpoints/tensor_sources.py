"""Sources that a model's tensors are read from, one at a time: safetensors, GGUF, under the names of its network."""

from __future__ import annotations

import copy
import functools
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import torch
from torch import nn

from engine.base.errors import BadInput, RunFailed
from engine.base.pinned import Pinned
from engine.checkpoints import sequential_experts
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.checkpoints.checksum import refuse_damaged
from engine.checkpoints.headers import TensorInfo, gguf_delta
from engine.checkpoints.headers.gguf_architectures import BY_TYPE
from engine.checkpoints.headers.gguf_delta import HeadOrder
from engine.checkpoints.packed import PackedTensor, dtype_of, from_ggml

DTYPES = {
    "BOOL": torch.bool,
    "U8": torch.uint8,
    "I8": torch.int8,
    "U16": torch.uint16,
    "I16": torch.int16,
    "U32": torch.uint32,
    "I32": torch.int32,
    "U64": torch.uint64,
    "I64": torch.int64,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F32": torch.float32,
    "F64": torch.float64,
    "C64": torch.complex64,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
}
"""Types of safetensors that can be worked on."""


class TensorSource(Protocol):
    """A source of tensors; names are the Hugging Face ones, as in the skeleton's state dict."""

    def names(self) -> Iterable[str]:
        """All names."""

    def load(self, name: str) -> torch.Tensor:
        """One tensor on the CPU in its stored dtype (packed ones are unpacked to float32)."""

    def packed(self, name: str) -> PackedTensor | None:
        """A tensor as it lies packed there, None for any other."""


class SafetensorsSource:
    """Tensors of safetensors files under the names that they have there.

    They are read, not mapped: mapped pages stay in memory after the tensor is gone, and a change in place would be
    seen by the next who loads it.
    """

    def __init__(self, header: CheckpointHeader) -> None:
        self._folder = header.folder
        self._pins = header.pins
        self._stated = header.stated_hashes if header.format == "artifact" else None
        self._tensors = {tensor.name: tensor for tensor in header.tensors}
        self._packed = header.packed

    def names(self) -> Iterable[str]:
        """All names."""
        return self._tensors

    def dtype(self, name: str) -> torch.dtype | None:
        """The dtype that `load` will give, as far as the headers tell."""
        if name in self._packed:
            return dtype_of(self._packed[name].layout)
        return DTYPES.get(self._tensors[name].dtype) if name in self._tensors else None

    def is_state_of(self, state: Mapping[str, torch.Tensor]) -> bool:
        """True where these are the tensors of a network, every name and every shape of it: tied ones may lack, stacked
        experts may lie either way and don't count."""
        if self._packed or any(tensor.ndim > 2 for tensor in state.values()):
            return False
        if any(name not in state or state[name].shape != info.shape for name, info in self._tensors.items()):
            return False
        here = {id(state[name]) for name in self._tensors}
        return all(id(tensor) in here for tensor in state.values())

    def load(self, name: str) -> torch.Tensor:
        """One tensor on the CPU; a packed one is unpacked."""
        packed = self.packed(name)
        return self._stored(self._tensors[name]) if packed is None else packed.dense()

    def packed(self, name: str) -> PackedTensor | None:
        """A tensor as it lies there, None for one that is not packed."""
        header = self._packed.get(name)
        if header is None:
            return None
        read = {role: self._stored(info) for role, info in header.parts.items()}
        return PackedTensor(header.layout, read, header.shape, header.options, header.word)

    def _stored(self, info: TensorInfo) -> torch.Tensor:
        if info.dtype not in DTYPES:
            raise BadInput(
                f"Tensors of the type {info.dtype} can't be worked on",
                where=f"{self._folder / info.file}: {info.name}",
                advice="use the model in 16 or 32 bits",
            )
        path = self._folder / info.file
        if self._stated is not None:
            refuse_damaged(path, self._stated.get(info.file))
        return read_bytes(self._pins.pin(path), info).view(DTYPES[info.dtype]).reshape(info.shape)


def read_bytes(pinned: Pinned, info: TensorInfo) -> torch.Tensor:
    """The bytes of a tensor, uint8 (bytes,), on the CPU. Raises `InputChanged` if the file is not what it was."""
    raw = torch.empty(info.nbytes, dtype=torch.uint8)
    path = pinned.path
    try:
        with pinned.open() as file:
            file.seek(info.offset)
            rest = raw.numpy().data
            while rest and (count := file.readinto(rest)):
                rest = rest[count:]
    except OSError as error:
        raise RunFailed(
            "A file of the model can't be read", where=str(path), why=error.strerror or str(error)
        ) from None
    if rest:
        raise RunFailed("A file of the model was changed while it was in use", where=str(path), advice="run again")
    return raw


class GgufSource:
    """Tensors of a GGUF file under their Hugging Face names, unpacked one at a time.

    Undoes what llama.cpp's convert_hf_to_gguf.py does to values: the rows of q and k of Llama, the +1 in Gemma's norms,
    the transposed weights of GPT-2, gate and up rows of experts in tensors of their own, the two matrices that keys
    and values of DeepSeek are made with. 16-bit floats stay as they are, packed blocks become float32.
    """

    def __init__(self, header: CheckpointHeader) -> None:
        self._tensors = {tensor.name: tensor for tensor in header.tensors}
        self._pieces = header.packed
        self._config = header.config
        self._form = BY_TYPE[header.config["model_type"]]
        self._file = header.pins.pin(header.path)

    def names(self) -> Iterable[str]:
        """All names."""
        return self._tensors

    def dtype(self, name: str) -> torch.dtype | None:
        """The dtype that `load` will give, as far as the headers tell."""
        if self._adds_one(name):
            return torch.float32
        return DTYPES.get(self._tensors[name].dtype, torch.float32) if name in self._tensors else None

    def load(self, name: str) -> torch.Tensor:
        """One tensor on the CPU."""
        if name in self._pieces:
            return self._together(
                name, [self._unpacked(part, part.shape) for part in self._pieces[name].parts.values()]
            )
        info = self._tensors[name]
        transposed = name.endswith(self._form.turned or ("\0",))
        tensor = self._unpacked(info, info.shape[::-1] if transposed else info.shape)
        if transposed:
            tensor = tensor.t().contiguous()
        tensor = self._row_order(name, tensor)
        if name.endswith(".A_log"):
            return (-tensor.float()).log()
        return tensor.float() - 1 if self._adds_one(name) else tensor

    def packed(self, name: str) -> PackedTensor | None:
        """The blocks of a matrix in the order of its rows in Hugging Face form, None for one that is not packed."""
        from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType

        parts = [*self._pieces[name].parts.values()] if name in self._pieces else [self._tensors[name]]
        kind, shape = parts[0].dtype, self._tensors[name].shape
        if kind in DTYPES or len(shape) != 2 or any(part.dtype != kind or len(part.shape) != 2 for part in parts):
            return None
        turned = name.endswith(self._form.turned or ("\0",))
        rows = [read_bytes(self._file, part).reshape(part.shape[1] if turned else part.shape[0], -1) for part in parts]
        together = self._together(name, rows)
        order = gguf_delta.head_order(self._config, name)
        if order is not None and order.axis == 1 and order.width % GGML_QUANT_SIZES[GGMLQuantizationType[kind]][0]:
            return None  # a block has values of several heads
        blocks = self._row_order(name, together)
        return PackedTensor("ggml", {"blocks": blocks}, shape, {"type": kind, "turned": turned}, kind)

    def _adds_one(self, name: str) -> bool:
        return self._form.adds_one(name)

    def _together(self, name: str, pieces: list[torch.Tensor]) -> torch.Tensor:
        """Gate and up in one, as the network has them: rows of a matrix, values of a bias."""
        if len(pieces) == 1:
            return pieces[0]
        if self._pieces[name].options.get("latent"):
            keys, values = pieces
            return torch.cat([keys.transpose(1, 2), values], 1).reshape(self._pieces[name].shape)
        axis = -1 if name.endswith("_bias") else 0
        if not self._pieces[name].options["interleaved"]:
            return torch.cat(pieces, axis)
        shape = list(pieces[0].shape)
        shape[axis] *= 2
        return torch.stack(pieces, -1 if axis == -1 else 1).reshape(shape)

    def _row_order(self, name: str, tensor: torch.Tensor) -> torch.Tensor:
        """The rows, and the heads of values, as Hugging Face has them."""
        order = gguf_delta.head_order(self._config, name)
        if order is not None:
            return moved_heads(tensor, order, back=True)
        if not self._form.permuted:
            return tensor
        heads = self._config["num_attention_heads"]
        if ".self_attn.q_proj." in name:
            return _unpermuted(tensor, heads)
        if ".self_attn.k_proj." in name:
            return _unpermuted(tensor, self._config.get("num_key_value_heads", heads))
        return tensor

    def _unpacked(self, info: TensorInfo, shape: tuple[int, ...]) -> torch.Tensor:
        raw = read_bytes(self._file, info)
        if info.dtype in DTYPES:
            return raw.view(DTYPES[info.dtype]).reshape(shape)
        return from_ggml(raw.reshape(math.prod(shape[:-1]), -1), info.dtype).reshape(shape)


def moved_heads(values: torch.Tensor, order: HeadOrder, *, back: bool = False) -> torch.Tensor:
    """Heads in the order of the file, or ``back`` in that of Hugging Face; ``values`` may be bytes of whole blocks."""
    index = torch.tensor(order.heads)
    index = index.argsort() if back else index
    start, size = order.start, values.shape[order.axis] - order.start
    shape = list(values.shape)
    shape[order.axis : order.axis + 1] = [len(index), size // len(index)]
    moving = values.narrow(order.axis, start, size).reshape(shape)
    moved = moving.index_select(order.axis, index).flatten(order.axis, order.axis + 1)
    return torch.cat([values.narrow(order.axis, 0, start), moved], order.axis)


def _unpermuted(tensor: torch.Tensor, heads: int) -> torch.Tensor:
    """Rows of each head from pairs (0, 1), (2, 3) … as llama.cpp rotates them to two halves as Hugging Face does."""
    rows = tensor.shape[0] // heads // 2
    return tensor.reshape(heads, rows, 2, *tensor.shape[1:]).swapaxes(1, 2).reshape(tensor.shape)


class RenamedSource:
    """A checkpoint under the names of the network's state dict, through transformers' own conversions.

    Older checkpoints lack the prefix of the base model, keep experts apart, or spell names in another way. ``method``:
    the quantization that the config names.
    """

    def __init__(self, source: SafetensorsSource, module: nn.Module, method: str = "") -> None:
        self._source = source
        self._module: Any = module
        self._plain: dict[str, str] = {}
        self._computed: dict[str, torch.Tensor] = {}
        self._converted: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._converters: dict[str, Any] = {}
        state = module.state_dict(keep_vars=True)
        if source.is_state_of(state):  # no conversion keeps all names and shapes; to read the table of all takes 0.15 s
            self._plain = {name: name for name in source.names()}
        else:
            self._rename(state, method)
        self._targets = {target: first for first in self._converted for target in self._siblings(first, state)}

    def _rename(self, state: dict[str, Any], method: str) -> None:
        from transformers.conversion_mapping import get_model_conversion_mapping
        from transformers.core_model_loading import WeightConverter, WeightRenaming, rename_source_key

        module, source = self._module, self._source
        mapping = [*get_model_conversion_mapping(self._module), *sequential_experts.converters(module, method)]
        renamings = [entry for entry in mapping if isinstance(entry, WeightRenaming)]
        converters = [entry for entry in mapping if isinstance(entry, WeightConverter)]
        by_pattern = {pattern: entry for entry in converters for pattern in entry.source_patterns}
        prefix = self._module.base_model_prefix
        for original in sorted(source.names(), key=_natural):  # experts are stacked in this order
            name, pattern = rename_source_key(original, renamings, converters, prefix, state)
            if name not in state and original in state:
                name, pattern = rename_source_key(original, [], [], prefix, state)
            if pattern is None:
                self._plain[name] = original
            else:
                self._converted[name].append((pattern, original))
                self._converters[name] = by_pattern[pattern]

    @property
    def converts(self) -> bool:
        """True for a tensor that is put together or computed as it is loaded."""
        return bool(self._converted or self._computed)

    def stored_name(self, name: str) -> str:
        """The name in the files of a tensor that is loaded as it is. KeyError for any other."""
        return self._plain[name]

    def names(self) -> Iterable[str]:
        """All names."""
        return (*self._plain, *self._targets, *self._computed)

    def compute(self, name: str, tensor: torch.Tensor) -> None:
        """Let ``name`` be this tensor, which no file holds."""
        self._computed[name] = tensor

    def alias(self, name: str, other: str) -> None:
        """Let ``name`` be read where ``other`` is."""
        self._plain[name] = self._plain[other]

    def dtype(self, name: str) -> torch.dtype | None:
        """The dtype that `load` will give, as far as the headers tell."""
        if name in self._computed:
            return self._computed[name].dtype
        first = self._targets.get(name)
        stored = self._plain.get(name) if first is None else self._converted[first][0][1]
        return None if stored is None else self._source.dtype(stored)

    def load(self, name: str) -> torch.Tensor:
        """One tensor on the CPU."""
        if name in self._computed:
            return self._computed[name]
        if name in self._plain:
            return self._source.load(self._plain[name])
        return self._convert(self._targets[name])[name]

    def packed(self, name: str) -> PackedTensor | None:
        """See `SafetensorsSource.packed`; None for what is made of several tensors."""
        return self._source.packed(self._plain[name]) if name in self._plain else None

    def _siblings(self, first: str, state: dict[str, Any]) -> list[str]:
        """The names that a conversion gives: ``first`` is one of them."""
        targets = self._converters[first].target_patterns
        named = [first.replace(targets[0], target) for target in targets]
        return [name for name in named if name in state] or [first]

    def _convert(self, first: str) -> dict[str, torch.Tensor]:
        converter = copy.deepcopy(self._converters[first])
        for pattern, original in self._converted[first]:
            converter.add_tensor(first, original, pattern, functools.partial(self._source.load, original))
        converted = converter.convert(first, model=self._module, config=self._module.config)
        return {name: value[0] if isinstance(value, list) else value for name, value in converted.items()}


def _natural(name: str) -> list[tuple[int, str]]:
    """Sorts expert 2 before expert 10, as transformers does."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]
