"""Projected attention (Linformer): keys and values are projected along the sequence before they are attended.

It stands beside the projections of an attention as a module called ``linformer`` and works for every architecture
whose attention goes through the attention functions of transformers.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, ClassVar, Self

import torch
from torch import nn

from engine.base.errors import BadInput
from engine.modules import attention as online
from engine.modules.base import CompressedModule
from engine.numerics import linformer

NAME = "linformer"
"""The name of the module inside an attention."""
_PREFIX = "linformer_"


class LinformerAttention(CompressedModule):
    """The projections E and F of one attention.

    length: most tokens of a sequence; with ``causal`` tokens of a segment. ``slots``: what they are projected to.
    heads: 1 for projections that all heads share, otherwise the number of key/value heads. ``separate``: F is another
    than E. ``of``: name of the module whose projections these are, "" for its own.

    Tensors, float32: ``e`` (heads, slots, length), ``f`` alike if separate, ``logits`` (heads, slots) if causal: what
    is added to the logits of the slots.
    """

    KIND: ClassVar[str] = "linformer"
    ADDED: ClassVar[bool] = True
    ONLINE: ClassVar[str] = "projects keys and values along the sequence"
    ADVICE: ClassVar[str] = "leave Linformer out"
    e: nn.Parameter | None
    f: nn.Parameter | None
    logits: nn.Parameter | None

    def __init__(
        self, length: int, slots: int, *, heads: int = 1, separate: bool = True, causal: bool = False, of: str = ""
    ) -> None:
        super().__init__()
        self.length, self.slots, self.heads = length, slots, heads
        self.separate, self.causal, self.of = separate, causal, of
        shapes = {"e": (heads, slots, length), "f": (heads, slots, length), "logits": (heads, slots)}
        there = {"e": not of, "f": separate and not of, "logits": causal and not of}
        for name, shape in shapes.items():
            empty = nn.Parameter(torch.empty(shape, device="meta"), requires_grad=False)
            self.register_parameter(name, empty if there[name] else None)
        self.active = True
        """True: it projects; False: the attention is as it was."""
        self.seen: list[torch.Tensor] | None = None
        """While it is a list and the module is not active: the mean attention of every pass, (tokens, tokens)."""
        self._owner: list[LinformerAttention] = []  # in a list, or it would be registered as a child

    def set_projections(
        self, e: torch.Tensor, f: torch.Tensor | None = None, logits: torch.Tensor | None = None
    ) -> None:
        """Take these projections, (slots, length) for all heads or one for each."""
        for name, value in (("e", e), ("f", f), ("logits", logits)):
            old = getattr(self, name)
            if old is not None and value is not None:
                setattr(self, name, nn.Parameter(value.expand(old.shape).clone(), requires_grad=False))

    def connect(self, root: nn.Module) -> None:
        """Let the attention that it stands in call it, and find the module whose projections it reads."""
        parent = next((module for module in root.modules() if module._modules.get(NAME) is self), None)
        if parent is not None:
            route(parent)
        if self.of:
            owner = root.get_submodule(self.of)
            self._owner = [owner] if isinstance(owner, LinformerAttention) else []

    @property
    def reads(self) -> tuple[str, ...]:
        """The module that has to be loaded with it."""
        return (self.of,) if self.of else ()

    def forward(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor | None,
        scale: float,
        dropout: float = 0.0,
    ) -> torch.Tensor:
        """Queries, keys, values (batch, heads, tokens, d) -> (batch, heads, tokens, d). ``mask`` is the usual one,
        (batch, 1, queries, tokens), or None without padding."""
        own = self._owner[0] if self.of else self
        assert own.e is not None
        e, f = own.e, own.e if own.f is None else own.f
        tokens = key.shape[2]
        visible = None if mask is None else _visible(mask)
        if self.causal:
            assert own.logits is not None
            if mask is not None and query.shape[2] < tokens and not bool(_visible(mask)[:, -1].any()):
                raise BadInput(
                    "The cache is longer than the text",
                    why="segments are counted from its end, where there is nothing yet",
                    advice="generate with a cache that grows (the usual one)",
                )
            return linformer.attend_causal(
                query, key, value, e, f, own.logits, scale=scale, keep_mask=visible, dropout=dropout
            )
        if tokens > self.length:
            raise BadInput(
                "The sequence is too long for the projections",
                why=f"it has {tokens} tokens, keys and values are projected from at most {self.length}",
                advice="shorten it, or run Linformer again with more positions",
            )
        if query.shape[2] != tokens:
            raise BadInput(
                "A projected attention can't go on from a cache",
                why="every slot mixes all tokens of the sequence, so that a new one changes them all",
                advice="give the whole sequence, without a cache",
            )
        return linformer.attend(query, key, value, e, f, scale=scale, keep_mask=visible, dropout=dropout)

    def trainable(self) -> Self:
        """Itself: its projections are float32 parameters."""
        return self

    def dense_weight(self) -> torch.Tensor:
        """It has none."""
        return torch.empty(0)

    def cache_dense_weight(self, dtype: torch.dtype | None) -> None:
        """Nothing to hold."""

    def packed_tensors(self) -> dict[str, torch.Tensor]:
        """``e``, ``f``, ``logits``, as far as they are there."""
        return {name: parameter.detach() for name, parameter in self.named_parameters()}

    def spec(self) -> dict[str, Any]:
        """All but the numbers."""
        names = ("length", "slots", "heads", "separate", "causal", "of")
        return {"kind": self.KIND, **{name: getattr(self, name) for name in names}}

    @classmethod
    def from_spec(cls, spec: dict[str, Any], original: nn.Module) -> Self:
        """An equal on the meta device, not yet connected."""
        return cls(**{name: value for name, value in spec.items() if name != "kind"})

    def extra_repr(self) -> str:
        return f"{self.length} -> {self.slots}{', causal' if self.causal else ''}"


def _visible(mask: torch.Tensor) -> torch.Tensor:
    """(batch, tokens): which keys any query may see. A mask of floats has large negative numbers where not."""
    seen = mask if mask.dtype == torch.bool else mask > torch.finfo(mask.dtype).min / 2
    return seen.any(dim=2)[:, 0]


def route(attention: nn.Module) -> None:
    """Let an attention module leave its work to its child ``linformer``, where it has one. What stands there under the
    name ``online`` is done before.

    Raises `BadInput` for an attention that does not go through the attention functions of transformers.
    """
    config: Any = getattr(attention, "config", None)
    base = getattr(config, "_attn_implementation", None)
    if not isinstance(base, str):
        raise BadInput(
            "The attention of this model can't be replaced",
            why=f"{type(attention).__name__} computes its attention by itself",
            advice="choose a model such as BERT, RoBERTa, Llama or Qwen",
        )
    if _PREFIX in base:
        return
    turned = base.startswith(online._PREFIX)
    inner = base.removeprefix(online._PREFIX)
    online.register(_PREFIX + inner, inner, _attending)
    config._attn_implementation = _PREFIX + inner
    if turned:
        online.route(attention)


def _attending(base: str, functions: Any) -> Callable[..., Any]:
    """Attention through the module's child ``linformer``, or the attention function ``base`` where none is there and
    active."""

    def attend(
        module: nn.Module,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attention_mask: torch.Tensor | None,
        scaling: float | None = None,
        dropout: float = 0.0,
        **keywords: Any,
    ) -> Any:
        child = module._modules.get(NAME)
        scale = query.shape[-1] ** -0.5 if scaling is None else scaling
        if isinstance(child, LinformerAttention) and child.active:
            out = child(query, key, value, attention_mask, scale, dropout)
            return out.transpose(1, 2).contiguous(), None
        if isinstance(child, LinformerAttention) and child.seen is not None:
            child.seen.append(_mean_attention(query, key, scale))
        plain = sys.modules[type(module).__module__]
        function = functions.get_interface(base, getattr(plain, "eager_attention_forward", None))
        return function(module, query, key, value, attention_mask, scaling=scaling, dropout=dropout, **keywords)

    return attend


def _mean_attention(query: torch.Tensor, key: torch.Tensor, scale: float) -> torch.Tensor:
    """(tokens, tokens) over samples and heads."""
    key = key.repeat_interleave(query.shape[1] // key.shape[1], 1)
    total = torch.zeros(query.shape[2], key.shape[2], device=query.device)
    for sample in range(len(query)):
        total += torch.softmax(query[sample].float() @ key[sample].float().transpose(-1, -2) * scale, -1).mean(0)
    return total / len(query)
