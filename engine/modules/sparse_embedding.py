"""A pruned embedding: one bit per weight that says whether it is kept, and the kept weights in order."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import torch
from torch import nn
from torch.nn import functional as F

from engine.modules.base import CompressedModule
from engine.modules.sparse import SparseLinear
from engine.modules.tied import HeadTable


class SparseEmbedding(SparseLinear, HeadTable):
    """A token embedding (tokens, features), stored as `SparseLinear` is. ``scalar_embed_scale`` multiplies what comes
    out, as in Gemma's."""

    KIND: ClassVar[str] = "sparse_embedding"
    scalar_embed_scale: float = 1.0

    def __init__(
        self,
        out_features: int,
        in_features: int,
        kept: int,
        *,
        bias: torch.Tensor | None = None,
        transposed: bool = False,
    ) -> None:
        assert bias is None and not transposed
        super().__init__(out_features, in_features, kept)
        self._like: tuple[nn.Module, str] | None = None

    def connect(self, root: nn.Module) -> None:
        """Find a dense parameter of the network: its dtype is the one to compute in."""
        modules = (module for module in root.modules() if not isinstance(module, CompressedModule))
        parameters = (
            (m, name) for m in modules for name, p in m.named_parameters(recurse=False) if p.is_floating_point()
        )
        self._like = next(parameters, None)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """(…) token ids -> (…, features)."""
        weight = self.matrix() if self._dense is None else self._dense
        dtype = torch.float32 if self._like is None else getattr(*self._like).dtype
        return scaled(F.embedding(tokens, weight.to(tokens.device)).to(dtype), self.scalar_embed_scale)

    def trainable(self) -> nn.Module:
        """The same with a dense parameter; what is not kept stays zero."""
        return MaskedEmbedding(self)

    def spec(self) -> dict[str, Any]:
        """Shape, how many weights are kept, factor."""
        return {**super().spec(), "factor": self.scalar_embed_scale}

    @classmethod
    def from_spec(cls, spec: dict[str, Any], original: nn.Module) -> Self:
        """An equal on the meta device."""
        embedding = cls(spec["outputs"], spec["inputs"], spec["kept"])
        embedding.scalar_embed_scale = spec["factor"]
        return embedding


class MaskedEmbedding(nn.Module, HeadTable):
    """A token embedding in training: ``weight`` (tokens, features) is a float32 parameter, ``mask`` a constant."""

    weight: nn.Parameter
    mask: torch.Tensor

    def __init__(self, sparse: SparseEmbedding) -> None:
        super().__init__()
        self.scalar_embed_scale = sparse.scalar_embed_scale
        self._dtype = sparse.values.dtype
        self.weight = nn.Parameter(sparse.matrix())
        self.register_buffer("mask", sparse.kept_mask(), persistent=False)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """(…) token ids -> (…, features)."""
        return scaled(F.embedding(tokens, self.dense_weight()), self.scalar_embed_scale)

    def dense_weight(self) -> torch.Tensor:
        """The masked table in float32."""
        return self.weight * self.mask

    def weight_for(self, x: torch.Tensor) -> torch.Tensor:
        """The masked table in the dtype of ``x``, for a head that shares it."""
        return self.dense_weight().to(x.dtype)

    def compressed(self) -> SparseEmbedding:
        """The packed table with the weights as they are now, in the dtype that it had."""
        embedding = SparseEmbedding.of(self.weight, self.mask, dtype=self._dtype)
        embedding.scalar_embed_scale = self.scalar_embed_scale
        return embedding


def scaled(values: torch.Tensor, factor: float) -> torch.Tensor:
    """Times a factor that is rounded to the dtype of the values, as Gemma does."""
    return values if factor == 1.0 else values * torch.tensor(factor, dtype=values.dtype, device=values.device)
