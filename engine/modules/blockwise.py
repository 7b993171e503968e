"""Linear layers in 4 bits by blocks, as bitsandbytes stores them: NF4 and FP4, with or without double quantization."""

from __future__ import annotations

from typing import Any, ClassVar, cast, get_args

import torch
from torch.nn import functional as F

from engine.modules.base import CompressedLinear
from engine.numerics.quantization.blockwise import NESTED, BlockFormat, Blockwise, dequantize_blocks


def block_layout(count: int, size: int, double: bool) -> dict[str, tuple[torch.dtype, tuple[int, ...]]]:
    """Dtype and shape of the packed tensors of ``count`` weights: what they take on disk."""
    blocks = -(-count // size)
    layout: dict[str, tuple[torch.dtype, tuple[int, ...]]] = {"codes": (torch.uint8, (-(-count // 2),))}
    if not double:
        return {**layout, "scales": (torch.float32, (blocks,))}
    layout["scales"] = (torch.uint8, (blocks,))
    return {**layout, "nested_scales": (torch.float32, (-(-blocks // NESTED),)), "offset": (torch.float32, ())}


class BlockwiseLinear(CompressedLinear):
    """A linear layer whose weight (out, in), laid out flat, is in blocks of ``size``; its bias stays as it is.

    Without a held dense weight it is unpacked for each product, forwards and backwards, so that training through it
    takes the memory of one layer.

    transposed: it stands for a Conv1D, whose dense weight is (in, out); the codes are those of (out, in) all the same.
    """

    KIND: ClassVar[str] = "blockwise"
    codes: torch.Tensor
    scales: torch.Tensor
    nested_scales: torch.Tensor | None
    offset: torch.Tensor | None
    bias: torch.Tensor | None

    def __init__(
        self,
        form: BlockFormat,
        size: int,
        double: bool,
        out_features: int,
        in_features: int,
        *,
        bias: torch.Tensor | None = None,
        transposed: bool = False,
    ) -> None:
        super().__init__()
        if form not in get_args(BlockFormat):  # of a damaged file: another word must not pass for a format of floats
            raise ValueError(f"there is no block format {form!r}")
        self.form, self.size, self.nested = form, size, double
        self.out_features, self.in_features = out_features, in_features
        self.transposed = transposed
        layout = block_layout(out_features * in_features, size, double)
        for name in ("codes", "scales", "nested_scales", "offset"):
            dtype, shape = layout.get(name, (None, None))
            self.register_buffer(name, None if shape is None else torch.empty(shape, dtype=dtype, device="meta"))
        self.register_buffer("bias", None if bias is None else bias.detach())

    def set_quantized(self, blocks: Blockwise) -> None:
        """Take over a quantized weight (out, in)."""
        self.codes, self.scales = blocks.codes, blocks.scales
        self.nested_scales, self.offset = blocks.nested_scales, blocks.offset

    def blocks(self) -> Blockwise:
        """The quantized weight (out, in)."""
        return Blockwise(self.codes, self.scales, self.nested_scales, self.offset)

    def matrix(self) -> torch.Tensor:
        """The weight as float32 (out, in)."""
        shape = torch.Size((self.out_features, self.in_features))
        if self.codes.is_meta:
            return torch.empty(shape, device="meta")
        return dequantize_blocks(self.blocks(), self.form, self.size, shape)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) -> (…, out)."""
        if self._dense is None:
            y = cast(torch.Tensor, _Product.apply(x, self))  # type: ignore[no-untyped-call]
        else:
            weight = self.weight_for(x)
            y = F.linear(x, weight.t() if self.transposed else weight)
        return y if self.bias is None else y + self.bias.to(y)

    def form_spec(self) -> dict[str, Any]:
        """Format and blocks."""
        return {"format": self.form, "block_size": self.size, "double": self.nested}

    @classmethod
    def form_arguments(cls, spec: dict[str, Any]) -> dict[str, Any]:
        """Format and blocks."""
        return {"form": spec["format"], "size": spec["block_size"], "double": spec["double"]}

    def extra_repr(self) -> str:
        return f"{self.out_features}, {self.in_features}, {self.form}, blocks of {self.size}"


class _Product(torch.autograd.Function):
    """x Wᵀ that keeps no dense weight for the gradient but unpacks it again."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, layer: BlockwiseLinear) -> torch.Tensor:
        ctx.layer = layer
        return F.linear(x, layer.matrix().to(x))

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        (gradient,) = gradients
        return gradient @ ctx.layer.matrix().to(gradient), None
