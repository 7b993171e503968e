"""An embedding with a quantized table; a row is unpacked when it is looked up."""

from __future__ import annotations

import abc
from typing import Any, ClassVar, Self

import torch
from torch import nn

from engine.modules.base import CompressedModule
from engine.modules.quantized import QuantizedWeight
from engine.modules.tied import HeadTable
from engine.numerics.quantization.scheme import Quantized, Scheme


class PackedEmbedding(CompressedModule, HeadTable):
    """A token embedding (tokens, features) whose rows are unpacked by `matrix`. ``factor`` multiplies what comes out,
    as in Gemma's."""

    factor: float = 1.0
    out_features: int
    in_features: int
    _like: tuple[nn.Module, str] | None = None

    @abc.abstractmethod
    def matrix(self, rows: torch.Tensor | None = None) -> torch.Tensor:
        """The table, or some rows of it, as float32 (tokens, features)."""

    @abc.abstractmethod
    def set_quantized(self, quantized: Quantized) -> None:
        """Take over a quantized table: nothing is rounded again."""

    @abc.abstractmethod
    def weight_spec(self) -> dict[str, Any]:
        """JSON description of how the table is packed."""

    @classmethod
    @abc.abstractmethod
    def weight_arguments(cls, spec: dict[str, Any]) -> dict[str, Any]:
        """The arguments of the constructor for a description with `weight_spec` in it."""

    def spec(self) -> dict[str, Any]:
        """A description: packing, shape, factor."""
        shape = {"outputs": self.out_features, "inputs": self.in_features}
        return {"kind": self.KIND, **self.weight_spec(), **shape, "factor": self.factor}

    @classmethod
    def from_spec(cls, spec: dict[str, Any], original: nn.Module) -> Self:
        """An equal on the meta device."""
        make: Any = cls
        embedding: Self = make(
            **cls.weight_arguments(spec),
            out_features=spec["outputs"],
            in_features=spec["inputs"],
            factor=spec["factor"],
        )
        return embedding

    @staticmethod
    def factor_of(original: nn.Module) -> float | None:
        """The factor of the embedding whose place is taken; None if it does something that isn't known here."""
        if isinstance(original, PackedEmbedding):
            return original.factor
        if type(original).forward is nn.Embedding.forward:
            return 1.0
        factor = getattr(original, "scalar_embed_scale", None)
        return None if factor is None else float(factor)

    def connect(self, root: nn.Module) -> None:
        """Find a dense parameter of the network: its dtype is the one to compute in."""
        for module in root.modules():
            if isinstance(module, CompressedModule):
                continue
            for name, parameter in module.named_parameters(recurse=False):
                if parameter.is_floating_point():
                    self._like = (module, name)
                    return

    def dense_weight(self) -> torch.Tensor:
        """The table in float32, without the factor."""
        return self.matrix()

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """(…) token ids -> (…, features)."""
        dtype = torch.float32 if self._like is None else getattr(*self._like).dtype
        if self._dense is None:
            device = next(iter(self.packed_tensors().values())).device
            rows = self.matrix(tokens.reshape(-1).to(device))
        else:
            rows = self._dense.index_select(0, tokens.reshape(-1))
        rows = rows.view(*tokens.shape, self.in_features).to(dtype)
        return rows if self.factor == 1.0 else rows * torch.tensor(self.factor, dtype=dtype, device=rows.device)


class QuantizedEmbedding(QuantizedWeight, PackedEmbedding):
    """A token embedding with a quantized table."""

    KIND: ClassVar[str] = "quantized_embedding"

    def __init__(self, scheme: Scheme, out_features: int, in_features: int, *, factor: float = 1.0) -> None:
        super().__init__(scheme, out_features, in_features)
        self.factor = factor
