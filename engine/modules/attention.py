"""Rotation of queries, keys and values between the position embeddings and the attention; keys and values are rounded
head by head.

It stands beside the projections as a module called ``online`` and works for every architecture whose attention goes
through the attention functions of transformers.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from typing import Any, ClassVar, Self

import torch
from torch import nn

from engine.base.errors import BadInput
from engine.modules.base import CompressedModule
from engine.modules.quantized import Activations
from engine.numerics.hadamard import hadamard

NAME = "online"
"""The name of the module inside an attention."""
_PREFIX = "online_"


class OnlineAttention(CompressedModule):
    """Rotates queries and keys of heads of ``head_dim`` by a Hadamard transform if ``rotate``, which leaves their
    products as they are, and rounds keys and values (None: as they are), each token of each head for itself.

    ``cached``: keys and values come from a cache that has done it already.
    """

    KIND: ClassVar[str] = "attention"
    ADDED: ClassVar[bool] = True
    ONLINE: ClassVar[str] = "rotates queries and keys, or rounds keys and values, at run time"
    ADVICE: ClassVar[str] = "run SpinQuant in its variant 'no-had' with 16-bit keys and values"

    def __init__(
        self, head_dim: int, *, rotate: bool, keys: Activations | None = None, values: Activations | None = None
    ) -> None:
        super().__init__()
        self.head_dim = head_dim
        self.rotate = rotate
        self.keys = keys
        self.values = values
        self.cached = False

    def forward(
        self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Queries, keys, values (batch, heads, tokens, head_dim), as the attention will see them."""
        query = self.rotated(query)
        if self.cached:
            return query, key, value
        key = self.rotated(key)
        return (
            query,
            key if self.keys is None else self.keys.rounded(key),
            value if self.values is None else self.values.rounded(value),
        )

    def rotated(self, x: torch.Tensor) -> torch.Tensor:
        """Rotated, worked in float32 or better."""
        if not self.rotate:
            return x
        wide = x.float() if x.dtype.itemsize < 4 else x
        return hadamard(self.head_dim).apply(wide).to(x.dtype)

    def connect(self, root: nn.Module) -> None:
        """Let the attention that it stands in call it."""
        parent = next((module for module in root.modules() if module._modules.get(NAME) is self), None)
        if parent is not None:
            route(parent)

    def dense_weight(self) -> torch.Tensor:
        """It has none."""
        return torch.empty(0)

    def cache_dense_weight(self, dtype: torch.dtype | None) -> None:
        """Nothing to hold."""

    def packed_tensors(self) -> dict[str, torch.Tensor]:
        """None."""
        return {}

    def spec(self) -> dict[str, Any]:
        """All of it."""
        keys, values = (None if x is None else dataclasses.asdict(x) for x in (self.keys, self.values))
        return {"kind": self.KIND, "head_dim": self.head_dim, "rotate": self.rotate, "keys": keys, "values": values}

    @classmethod
    def from_spec(cls, spec: dict[str, Any], original: nn.Module) -> Self:
        """An equal, not yet connected."""
        keys, values = (None if spec[name] is None else Activations(**spec[name]) for name in ("keys", "values"))
        return cls(spec["head_dim"], rotate=spec["rotate"], keys=keys, values=values)


def can_route(network: nn.Module) -> bool:
    """True where the attention of this network goes through the attention functions of transformers."""
    can_set = getattr(type(network), "_can_set_attn_implementation", None)
    return bool(can_set is not None and can_set())


def route(attention: nn.Module) -> None:
    """Let an attention module call its child ``online``, whatever takes its place, on queries, keys and values.

    Raises `BadInput` for an attention that does not go through the attention functions of transformers.
    """
    config: Any = getattr(attention, "config", None)
    base = getattr(config, "_attn_implementation", None)
    if not isinstance(base, str):
        raise BadInput(
            "Queries and keys of this model can't be reached",
            why=f"{type(attention).__name__} computes its attention by itself",
            advice="choose the variant without online rotations, and leave the key/value cache at 16 bits",
        )
    if not base.startswith(_PREFIX):
        register(_PREFIX + base, base, _attending)
        config._attn_implementation = _PREFIX + base


def register(name: str, base: str, make: Callable[[str, Any], Callable[..., Any]]) -> None:
    """Let transformers find an attention function of this name, with the masks of ``base``, unless it does already.
    ``make``: (base, all functions) -> the function."""
    from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS  # with torch's compiler: two seconds to load
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    if name not in ALL_ATTENTION_FUNCTIONS:
        ALL_ATTENTION_FUNCTIONS.register(name, make(base, ALL_ATTENTION_FUNCTIONS))
        ALL_MASK_ATTENTION_FUNCTIONS.register(name, ALL_MASK_ATTENTION_FUNCTIONS[base])


def _attending(base: str, functions: Any) -> Callable[..., Any]:
    """The attention function ``base`` behind what the module's child ``online`` does."""

    def attend(
        module: nn.Module, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *rest: Any, **keywords: Any
    ) -> Any:
        online = module._modules.get(NAME)
        if online is not None:
            query, key, value = online(query, key, value)
        plain = sys.modules[type(module).__module__]
        function = functions.get_interface(base, getattr(plain, "eager_attention_forward", None))
        return function(module, query, key, value, *rest, **keywords)

    return attend
