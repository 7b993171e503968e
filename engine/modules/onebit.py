"""OneBit layers: one bit a weight and two vectors, packed, and the form in which they are trained."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import torch
from torch import nn
from torch.nn import functional as F

from engine.modules.base import CompressedLinear
from engine.numerics.quantization import onebit, packing
from engine.numerics.straight_through import as_stored

VECTOR = torch.float16
"""The dtypes that the two vectors may be stored in."""


class OneBitLinear(CompressedLinear):
    """z = LayerNorm((x ⊙ g) · sign(W)ᵀ ⊙ h) + bias.

    The LayerNorm has no weights. The layer is not linear: its dense weight is the part before the norm only.

    Tensors: ``signs`` uint8 (out, ⌈in/8⌉), bit 1 means −1, the first input in the lowest bit, filled with zero bits;
    ``h`` (out) and ``g`` (in) float16; ``bias`` (out) as it was.
    transposed: it stands for a Conv1D, whose dense weight is (in, out); ``signs`` are (out, in) all the same.
    """

    KIND: ClassVar[str] = "onebit"
    ONLINE: ClassVar[str] = "normalizes its output"
    ADVICE: ClassVar[str] = "run OneBit without LayerNorm, whose layers have dense equals"
    NORMALIZE: ClassVar[bool] = True
    signs: torch.Tensor
    h: torch.Tensor
    g: torch.Tensor
    bias: torch.Tensor | None

    def __init__(
        self,
        out_features: int,
        in_features: int,
        *,
        bias: torch.Tensor | None = None,
        transposed: bool = False,
    ) -> None:
        super().__init__()
        self.out_features, self.in_features, self.transposed = out_features, in_features, transposed
        layout = onebit_layout(out_features, in_features)
        for name, (dtype, shape) in layout.items():
            self.register_buffer(name, torch.empty(shape, dtype=dtype, device="meta"))
        self.register_buffer("bias", None if bias is None else bias.detach())

    def sign_matrix(self, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        """The signs, (out, in)."""
        return onebit.from_codes(packing.unpack(self.signs, 1, self.in_features), dtype)

    def matrix(self) -> torch.Tensor:
        """sign(W) ⊙ h gᵀ in float32, (out, in); a LayerNorm is not in it."""
        return self.sign_matrix().mul_(self.h.float()[:, None]).mul_(self.g.float())

    def cache_dense_weight(self, dtype: torch.dtype | None) -> None:
        """Keep the unpacked signs, or drop them."""
        self._dense = None if dtype is None else self.sign_matrix(dtype)

    def weight_for(self, x: torch.Tensor) -> torch.Tensor:
        """The unpacked signs in the dtype and on the device of ``x``."""
        return (self.sign_matrix(x.dtype) if self._dense is None else self._dense).to(device=x.device, dtype=x.dtype)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) -> (…, out)."""
        product = F.linear(x * self.g.to(x.dtype), self.weight_for(x))
        return onebit.layer(x, product, self.h, self.bias, self.NORMALIZE)

    def trainable(self) -> OneBitTraining:
        """The same with latent weights: signs can flip."""
        form = OneBitTraining(self.out_features, self.in_features, transposed=self.transposed, normalize=self.NORMALIZE)
        form.latent = nn.Parameter(self.sign_matrix() * onebit.LATENT)
        form.h, form.g = nn.Parameter(self.h.float()), nn.Parameter(self.g.float())
        form.take_bias(self.bias)
        return form

    def form_spec(self) -> dict[str, Any]:
        """Nothing but the shape."""
        return {}

    @classmethod
    def form_arguments(cls, spec: dict[str, Any]) -> dict[str, Any]:
        """Nothing but the shape."""
        return {}

    def extra_repr(self) -> str:
        return f"{self.out_features}, {self.in_features}"


class OneBitDense(OneBitLinear):
    """OneBit without LayerNorm: z = (x ⊙ g) · sign(W)ᵀ ⊙ h + bias, a dense layer whose weight is sign(W) ⊙ h gᵀ."""

    KIND: ClassVar[str] = "onebit_dense"
    ONLINE: ClassVar[str] = ""
    NORMALIZE: ClassVar[bool] = False


class OneBitTraining(nn.Module):
    """The form in which a `OneBitLinear` is trained: latent weights (out, in), whose signs count, and the vectors, in
    float32. The vectors are rounded on the way as they will be stored, so that packing changes nothing."""

    latent: nn.Parameter
    h: nn.Parameter
    g: nn.Parameter
    bias: nn.Parameter | None

    def __init__(
        self, out_features: int, in_features: int, *, transposed: bool = False, normalize: bool = True
    ) -> None:
        super().__init__()
        self.out_features, self.in_features = out_features, in_features
        self.transposed, self.normalize = transposed, normalize
        for name, shape in (("latent", (out_features, in_features)), ("h", (out_features,)), ("g", (in_features,))):
            self.register_parameter(name, nn.Parameter(torch.empty(shape, device="meta")))
        self.register_parameter("bias", None)
        self._bias_dtype = torch.float32

    @classmethod
    def of(
        cls,
        weight: torch.Tensor,
        bias: torch.Tensor | None,
        *,
        transposed: bool = False,
        normalize: bool = True,
    ) -> Self:
        """Initialized from a dense weight (out, in) by SVID. ValueError for a NaN or an infinity."""
        form = cls(*weight.shape, transposed=transposed, normalize=normalize)
        h, g = onebit.svid(weight)
        form.latent = nn.Parameter(onebit.signs(weight, torch.float32) * onebit.LATENT)
        form.h, form.g = nn.Parameter(h), nn.Parameter(g)
        form.take_bias(bias)
        return form

    def take_bias(self, bias: torch.Tensor | None) -> None:
        """Train this bias; it is stored in the dtype that it has."""
        if bias is not None:
            self._bias_dtype = bias.dtype
            self.bias = nn.Parameter(bias.detach().float())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, in) -> (…, out), as the packed layer does."""
        product = onebit.sign_product(x * as_stored(self.g, VECTOR).to(x.dtype), self.latent)
        bias = None if self.bias is None else as_stored(self.bias, self._bias_dtype)
        return onebit.layer(x, product, as_stored(self.h, VECTOR), bias, self.normalize)

    @torch.no_grad()
    def watched_weight(self) -> torch.Tensor:
        """Signs times vectors as they are now, for `engine.training.weight_watch`."""
        return self.compressed().dense_weight()

    def compressed(self) -> OneBitLinear:
        """Packed."""
        bias = None if self.bias is None else self.bias.detach().to(self._bias_dtype)
        kind = OneBitLinear if self.normalize else OneBitDense
        layer = kind(self.out_features, self.in_features, bias=bias, transposed=self.transposed)
        layer.signs = packing.pack(onebit.to_codes(self.latent.detach()), 1)
        largest = torch.finfo(VECTOR).max
        layer.h = self.h.detach().clamp(-largest, largest).to(VECTOR)
        layer.g = self.g.detach().clamp(-largest, largest).to(VECTOR)
        return layer


def onebit_layout(out_features: int, in_features: int) -> dict[str, tuple[torch.dtype, tuple[int, ...]]]:
    """Dtype and shape of the packed tensors of an (outputs, inputs) weight: what it will take on disk."""
    return {
        "signs": (torch.uint8, (out_features, packing.packed_width(in_features, 1))),
        "h": (VECTOR, (out_features,)),
        "g": (VECTOR, (in_features,)),
    }
