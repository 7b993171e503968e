"""Tensors in the form in which they came: packed by another program, unpacked for use, stored again as they were."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from engine.base.errors import BadInput
from engine.numerics.exponents import e8m0_values
from engine.numerics.ggml.layouts import FORMATS, dequantize
from engine.numerics.quantization import checkpoint_layouts as layouts

Roles = Mapping[str, torch.Tensor]

AT_ONCE = 1 << 20
"""Values that are unpacked at once to be compared."""


@dataclass(frozen=True)
class PackedTensor:
    """layout, options: see `engine.checkpoints.headers.packed.Packed`. tensors: role -> what is stored. shape: of what
    they stand for."""

    layout: str
    tensors: dict[str, torch.Tensor]
    shape: tuple[int, ...]
    options: dict[str, Any] = field(default_factory=dict)
    word: str = ""

    def dense(self) -> torch.Tensor:
        """The dense tensor. Raises `BadInput` for a layout that is not known or does not fit."""
        return unpacked(self.layout, self.tensors, self.options)

    def stands_for(self, tensor: torch.Tensor) -> bool:
        """True where it stands for this tensor, to the bit of float32. Blocks are unpacked some rows at a time: in
        float32 an embedding is several times as large."""
        if tuple(tensor.shape) != self.shape:
            return False
        if self.layout != "ggml" or self.options.get("turned"):
            return torch.equal(self.dense().float(), tensor.detach().cpu().float())
        blocks = self.tensors["blocks"]
        step = max(1, AT_ONCE // self.shape[-1])
        pieces = zip(torch.split(blocks, step), torch.split(tensor.detach(), step), strict=True)
        return all(
            torch.equal(unpacked(self.layout, {"blocks": some}, self.options), piece.cpu().float())
            for some, piece in pieces
        )

    @property
    def nbytes(self) -> int:
        """Bytes of what is stored."""
        return sum(tensor.numel() * tensor.element_size() for tensor in self.tensors.values())

    def spec(self) -> dict[str, Any]:
        """JSON, with which `unpacked` makes a tensor of the stored ones."""
        return {"layout": self.layout, "options": self.options, "word": self.word, "shape": list(self.shape)}


def unpacked(layout: str, tensors: Roles, options: Mapping[str, Any]) -> torch.Tensor:
    """The tensor that packed ones stand for. Raises `BadInput`."""
    try:
        return _LAYOUTS[layout](tensors, options)
    except (KeyError, IndexError, TypeError, ValueError, AssertionError, RuntimeError) as error:
        raise BadInput(
            "A packed tensor can't be unpacked",
            where=layout,
            why=f"{type(error).__name__}: {error}",
            advice="download or copy the model again",
        ) from error


def dtype_of(layout: str) -> torch.dtype:
    """The dtype of what `unpacked` gives."""
    return torch.bfloat16 if layout == "mxfp4" else torch.float32


def _gptq(roles: Roles, options: Mapping[str, Any]) -> torch.Tensor:
    return layouts.gptq(roles["qweight"], roles["qzeros"], roles["scales"], roles.get("g_idx"), **options)


def _awq(roles: Roles, options: Mapping[str, Any]) -> torch.Tensor:
    return layouts.awq(roles["qweight"], roles["qzeros"], roles["scales"])


def _compressed_tensors(roles: Roles, options: Mapping[str, Any]) -> torch.Tensor:
    scales, zeros = roles["weight_scale"], roles.get("weight_zero_point")
    if options["form"] == "float4":
        divisor = roles.get("weight_global_scale")
        steps = e8m0_values(scales) if scales.dtype == torch.uint8 else scales.float()
        steps = steps if divisor is None else steps * (1 / divisor.float())
        return layouts.scaled_integers(layouts.packed_floats(roles["weight_packed"]), steps)
    if options["form"] == "plain":
        codes = roles["weight"]
    else:
        bits = options["bits"]
        codes = layouts.packed_integers(roles["weight_packed"], bits, options["inputs"])
        if zeros is not None:
            zeros = layouts.packed_integers(zeros.t().contiguous(), bits, options["outputs"]).t()
    block = tuple(options.get("block", ()))
    return layouts.scaled_integers(codes, scales, zeros, roles.get("weight_g_idx"), block)


def _bitsandbytes(roles: Roles, options: Mapping[str, Any]) -> torch.Tensor:
    tensors = (roles["weight"], roles["weight.absmax"], roles.get("weight.nested_absmax"))
    shape = tuple(options["shape"])
    return layouts.blockwise(
        *tensors, form=options["form"], size=options["size"], shape=shape, offset=options["offset"]
    )


def _llm_int8(roles: Roles, options: Mapping[str, Any]) -> torch.Tensor:
    return layouts.vectorwise(roles["weight"], roles["SCB"])


def _mxfp4(roles: Roles, options: Mapping[str, Any]) -> torch.Tensor:
    dense = layouts.mxfp4(roles["blocks"], roles["scales"])
    return dense.t().contiguous() if options.get("turned") else dense


def from_ggml(blocks: torch.Tensor, kind: str) -> torch.Tensor:
    """(rows, bytes) uint8 in the type that ggml calls ``kind``, such as "Q4_1" -> float32 (rows, inputs). Types that
    nothing is written in here, such as IQ1_S, are unpacked by the gguf package."""
    if kind in FORMATS:
        return dequantize(blocks, FORMATS[kind])
    from gguf import GGMLQuantizationType, quants

    return torch.from_numpy(quants.dequantize(blocks.numpy(), GGMLQuantizationType[kind]))


def _ggml(roles: Roles, options: Mapping[str, Any]) -> torch.Tensor:
    dense = from_ggml(roles["blocks"], options["type"])
    return dense.t().contiguous() if options.get("turned") else dense


_LAYOUTS: dict[str, Callable[[Roles, Mapping[str, Any]], torch.Tensor]] = {
    "gptq": _gptq,
    "awq": _awq,
    "compressed-tensors": _compressed_tensors,
    "bitsandbytes": _bitsandbytes,
    "llm.int8": _llm_int8,
    "mxfp4": _mxfp4,
    "ggml": _ggml,
}
