"""The key/value cache of a network: packed integers where its attention rounds keys and values."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from transformers import DynamicCache, EncoderDecoderCache
from transformers.cache_utils import DynamicLayer

from engine.architecture.two_texts import reads_two
from engine.modules.attention import NAME, OnlineAttention
from engine.modules.quantized import Activations
from engine.numerics.quantization import packing
from engine.numerics.quantization.activations import quantize_rows, restore_rows


def cache_argument(network: nn.Module) -> str:
    """The argument of a network's ``forward`` that takes its cache: transformers renamed "past_key_values" to
    "cache"."""
    return "cache" if "cache" in inspect.signature(network.forward).parameters else "past_key_values"


class Cache:
    """The cache of one sequence that ``network`` reads; `reading` surrounds every forward pass that uses it."""

    def __init__(self, network: nn.Module) -> None:
        self._packed: list[OnlineAttention] = []
        config: Any = network.config
        self.states: Any = DynamicCache(config=config)
        if reads_two(network):  # keys and values of what the encoder gave are made once
            self.states = EncoderDecoderCache(self.states, DynamicCache(config=config))
        for attention in network.modules():
            online = attention._modules.get(NAME)
            index = getattr(attention, "layer_idx", None)
            if not isinstance(online, OnlineAttention) or not isinstance(index, int) or not _packable(online):
                continue
            if type(self.states.layers[index]) is DynamicLayer:  # a sliding window is rounded as it is read
                self.states.layers[index] = PackedLayer(online)
                self._packed.append(online)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Any]:
        """While the block runs, attentions know that keys and values come rotated and rounded."""
        for online in self._packed:
            online.cached = True
        try:
            yield self.states
        finally:
            for online in self._packed:
                online.cached = False

    @property
    def nbytes(self) -> int:
        """Bytes of all keys and values that it holds."""
        total = 0
        for layer in self.states.layers:
            tensors = (
                [layer.keys, layer.values] if type(layer) is not PackedLayer else [*layer.stored[0], *layer.stored[1]]
            )
            total += sum(x.numel() * x.element_size() for x in tensors if x is not None)
        return total


def _packable(online: OnlineAttention) -> bool:
    return all(rounding is not None and rounding.bits <= 8 for rounding in (online.keys, online.values))


class PackedLayer(DynamicLayer):  # type: ignore[misc]
    """Keys, rotated, and values of one layer as packed codes with a scale and a zero point for each token of each head.

    What it gives is what `OnlineAttention` makes of them without a cache.
    """

    def __init__(self, online: OnlineAttention) -> None:
        super().__init__()
        self.online = online
        self.stored: list[tuple[torch.Tensor, ...]] = [(), ()]
        """Codes (batch, heads, tokens, bytes), scales and zero points (batch, heads, tokens, 1) of keys and of
        values."""

    def update(self, keys: torch.Tensor, values: torch.Tensor, *_: Any, **__: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Take in the states of further tokens, (batch, heads, tokens, head_dim) each; gives those of all."""
        self.is_initialized = True
        assert self.online.keys is not None and self.online.values is not None
        return (
            self._extended(0, self.online.rotated(keys), self.online.keys),
            self._extended(1, values, self.online.values),
        )

    def get_seq_length(self) -> int:
        """Tokens that it holds."""
        return self.stored[0][0].shape[2] if self.stored[0] else 0

    def _extended(self, which: int, x: torch.Tensor, how: Activations) -> torch.Tensor:
        codes, scales, zeros = quantize_rows(x, how.bits, how.clip)
        packed = packing.pack(codes.flatten(0, -2), how.bits).view(*codes.shape[:-1], -1)
        new = (packed, scales, zeros)
        old = self.stored[which]
        self.stored[which] = tuple(torch.cat(pair, 2) for pair in zip(old, new, strict=True)) if old else new
        packed, scales, zeros = self.stored[which]
        codes = packing.unpack(packed.flatten(0, -2), how.bits, x.shape[-1]).view(*packed.shape[:-1], -1)
        return restore_rows(codes, scales, zeros).to(x.dtype)
