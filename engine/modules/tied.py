"""A head that reads the quantized or pruned embedding and has no tensors of its own."""

from __future__ import annotations

import abc
from typing import Any, ClassVar, Self

import torch
from torch.nn import functional as F

from engine.modules.base import CompressedModule


class HeadTable(abc.ABC):
    """A token embedding E (tokens, features) that a tied head multiplies with."""

    @abc.abstractmethod
    def dense_weight(self) -> torch.Tensor:
        """E in float32."""

    @abc.abstractmethod
    def weight_for(self, x: torch.Tensor) -> torch.Tensor:
        """E in the dtype and on the device of ``x``."""

    def head_product(self, x: torch.Tensor) -> torch.Tensor:
        """x · Eᵀ, (…, features) -> (…, tokens)."""
        return F.linear(x, self.weight_for(x))


class TiedLinear(CompressedModule):
    """y = x · Eᵀ with the embedding E called ``embedding``."""

    KIND: ClassVar[str] = "tied"

    def __init__(self, embedding: str) -> None:
        super().__init__()
        self.embedding = embedding
        # in a list, or it would be registered as a child
        self._embedding_modules: list[HeadTable] = []

    def connect(self, root: torch.nn.Module) -> None:
        """Find the embedding."""
        embedding = root.get_submodule(self.embedding)
        if isinstance(embedding, HeadTable):
            self._embedding_modules = [embedding]

    def dense_weight(self) -> torch.Tensor:
        """The embedding's table in float32."""
        return self._embedding_modules[0].dense_weight()

    def cache_dense_weight(self, dtype: torch.dtype | None) -> None:
        """Nothing to hold: the embedding does, for both."""

    def weight_for(self, x: torch.Tensor) -> torch.Tensor:
        """The embedding's table in the dtype and on the device of ``x``."""
        return self._embedding_modules[0].weight_for(x)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(…, features) -> (…, tokens)."""
        return self._embedding_modules[0].head_product(x)

    def packed_tensors(self) -> dict[str, torch.Tensor]:
        """None."""
        return {}

    def spec(self) -> dict[str, Any]:
        """The embedding's name."""
        return {"kind": self.KIND, "embedding": self.embedding}

    @classmethod
    def from_spec(cls, spec: dict[str, Any], original: torch.nn.Module) -> Self:
        """An equal, not yet connected."""
        return cls(spec["embedding"])
