"""Experts that transformers puts into layers of their own where a checkpoint came quantized, though its network has
them in one tensor: its own table of such modules (`MODULES_TO_PATCH_FOR_QUANTIZATION`), Llama 4's in 5.24."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

_HALVES = {"gate_up_proj": ("gate_proj", "up_proj")}
"""Layers whose outputs stand below each other in one tensor."""


def sequential_experts(module: nn.Module, method: str) -> dict[str, tuple[str, ...]]:
    """The tensors of experts of a network, by name, that are layers in files of the quantization ``method`` (as
    config.json spells it): the layers of each expert, with "{}" for its number. Empty for most networks."""
    by_tensor: dict[str, tuple[str, ...]] = {}
    for name, owner in module.named_modules():
        layers = _layers(owner, method, getattr(module, "config", None))
        for leaf, _ in [*owner._parameters.items(), *owner._modules.items()]:
            parts = _HALVES.get(leaf, (leaf,))
            if layers.issuperset(parts):
                by_tensor[f"{name}.{leaf}"] = tuple(f"{name}.{{}}.{part}" for part in parts)
    return by_tensor


def _layers(owner: nn.Module, method: str, config: Any) -> frozenset[str]:
    """The names of one expert's linear layers, if transformers makes layers of this module."""
    from transformers.quantizers.base import MODULES_TO_PATCH_FOR_QUANTIZATION

    entry: dict[str, Any] = MODULES_TO_PATCH_FOR_QUANTIZATION.get(type(owner).__name__, {})
    if config is None or method not in entry.get("quantization_methods", ()):
        return frozenset()
    with torch.device("meta"):
        expert: nn.Module = entry["module_name"](config.get_text_config())[0]
    return frozenset(name for name, layer in expert.named_modules() if isinstance(layer, nn.Linear))


def converters(module: nn.Module, method: str) -> list[Any]:
    """The conversions that transformers lacks to read such files into the network: the layers of all experts into its
    tensors (experts, in, out)."""
    from transformers.core_model_loading import Concatenate, MergeModulelist, Transpose, WeightConverter

    return [
        WeightConverter(
            [f"{layer.replace('{}', '*')}.weight" for layer in layers],
            fused,
            [MergeModulelist(dim=0), *([Concatenate(dim=1)] if len(layers) > 1 else []), Transpose(1, 2)],
        )
        for fused, layers in sequential_experts(module, method).items()
    ]
