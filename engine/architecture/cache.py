"""Memory of a model that runs: its file, and the keys and values of the tokens that it has read. Torch-free."""

from __future__ import annotations

import re
from collections import Counter

from engine.architecture.anatomy import Anatomy, Layer, language_config, window_of
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.budget import KeyValueCache

BYTES = 2
"""Of a key's or a value's number: 16 bits, the default of llama.cpp, vLLM and transformers."""


_PROJECTION = re.compile(r"\.(\d+)\.self_attn\.([kv])_proj\.weight$")


def cache_of(anatomy: Anatomy) -> KeyValueCache | None:
    """The cache of a decoder whose layers are all attention; None for others, such as state spaces and latent
    attention, which keep something else."""
    if anatomy.kind != "decoder" or not anatomy.layers or any(layer.mixer != "attention" for layer in anatomy.layers):
        return None
    counts: Counter[int] = Counter()
    for layer in anatomy.layers:
        width = _width(layer, anatomy)
        if not width:
            return None
        counts[layer.window] += BYTES * width
    return KeyValueCache(whole=counts.pop(0, 0), sliding=dict(sorted(counts.items())))


def cache_of_header(header: CheckpointHeader) -> KeyValueCache | None:
    """The same from the headers of a model alone; None, too, where no layer's key and value have a tensor each."""
    config, widths = language_config(header.config), dict[int, dict[str, int]]()
    for tensor in header.tensors:
        if match := _PROJECTION.search(tensor.name):
            widths.setdefault(int(match[1]), {})[match[2]] = tensor.shape[0]
    if not widths or any(len(both) < 2 for both in widths.values()) or len(widths) != config.get("num_hidden_layers"):
        return None
    counts: Counter[int] = Counter()
    for index, both in widths.items():
        counts[window_of(config, index)] += BYTES * sum(both.values())
    return KeyValueCache(whole=counts.pop(0, 0), sliding=dict(sorted(counts.items())))


def _width(layer: Layer, anatomy: Anatomy) -> int:
    """Numbers of a token's key and value; 0 where they are not known, as in layers that read those of another."""
    outputs = {linear.role: linear.out_features for linear in layer.linears}
    if "qkv" in outputs:
        return 2 * anatomy.kv_heads * anatomy.head_dim
    return outputs["k"] + outputs["v"] if {"k", "v"} <= outputs.keys() else 0


def size_for_file(size: int, anatomy: Anatomy, context: int) -> int:
    """Bytes that are left for the file where a size is that of file and cache together; less than none where the cache
    alone is larger. ``context``: tokens of the cache, 0 for none. The cache must be known."""
    cache = cache_of(anatomy) if context else None
    return size - (cache.bytes_at(context) if cache is not None else 0)
