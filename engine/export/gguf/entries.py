"""A tensor of a GGUF file, and which of its blocks hold what a compressed layer packs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gguf
import torch

from engine.modules import CompressedModule
from engine.modules.ggml import GgmlWeight
from engine.modules.quantized import QuantizedWeight
from engine.numerics.quantization import gguf_blocks

Type = gguf.GGMLQuantizationType
DENSE = {torch.float32: Type.F32, torch.float16: Type.F16, torch.bfloat16: Type.BF16}
DTYPES = {kind: dtype for dtype, kind in DENSE.items()}


@dataclass(frozen=True)
class Entry:
    """A tensor of the file. ``shape`` as Hugging Face has it; ``data`` gives its bytes, a row for each of its rows,
    once its part is loaded."""

    name: str
    kind: Any
    shape: tuple[int, ...]
    data: Callable[[], torch.Tensor]

    @property
    def byte_shape(self) -> tuple[int, ...]:
        """The shape in bytes."""
        block, size = gguf.GGML_QUANT_SIZES[self.kind]
        return (*self.shape[:-1], self.shape[-1] // block * size)

    @property
    def nbytes(self) -> int:
        """Bytes of its data."""
        return math.prod(self.byte_shape)


def packed_kind(module: CompressedModule) -> tuple[Any, str]:
    """The block type that holds a module's codes as they are; or None and why there is none."""
    if isinstance(module, GgmlWeight):
        return Type[module.layout.name], ""
    if not isinstance(module, QuantizedWeight):
        return None, f"layers of the kind '{module.KIND}' have no place in a GGUF file"
    name, why = gguf_blocks.block_type(module.scheme, module.in_features)
    return (Type[name] if name else None), why


def packed_rows(module: CompressedModule) -> torch.Tensor:
    """The blocks of a layer that `packed_kind` is known of, a row for each output. ValueError for scales without an
    equal in float16."""
    if isinstance(module, GgmlWeight):
        return module.blocks
    assert isinstance(module, QuantizedWeight)
    return gguf_blocks.blocks(module.quantized(), module.scheme)
