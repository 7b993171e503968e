"""Layers that transformers can't load packed, for reasons that lie in the network and not in the layer."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Collection, Iterator
from typing import Any

import torch
from torch import nn

from engine.architecture.skeleton import build_skeleton
from engine.models.model import Model
from engine.numerics.randomness import Random


def asked_for(model: Model, layers: Collection[str]) -> dict[str, str]:
    """The reason by name of the linear layers whose weight is asked for before it is unpacked. When transformers loads
    a model it lets the network give every module its first values, also those whose tensors are in the files, which
    then stay as they are. Some networks (Mamba, RWKV, T5) read the weight of a layer there, which one that stays packed
    does not have: loading ends with an AttributeError. Found by trying, on a network without weights."""
    network, _ = build_skeleton(model.header)
    there = dict(network.named_modules())
    asking = {name: kind for name in layers if name in there and (kind := _asks(there, name))}
    why = "transformers asks for its weight when it loads a {}, and packed layers have none: leave it out"
    return {name: why.format(kind) for name, kind in asking.items()}


def kept_dense(model: Model, layers: Collection[str]) -> dict[str, str]:
    """The reason by name of the layers that a network wants in float32 (T5's ``wo``), which transformers takes for
    dense ones then, and of those to the dtype of whose weight it casts their inputs (LongT5's): a packed one is of
    bytes."""
    from transformers.quantizers.quantizers_utils import should_convert_module

    network: Any = model.module
    float32_names = sorted(getattr(network, "_keep_in_fp32_modules", None) or ())
    why = f"transformers takes it for a dense layer, which {type(network).__name__} keeps in float32: leave it out"
    reasons = {name: why for name in layers if not should_convert_module(name, float32_names)}
    for name in (name for name in layers if name not in reasons):
        owner: Any = type(network.get_submodule(name.rpartition(".")[0]))
        code = _code(owner)
        if f".to(self.{name.rpartition('.')[2]}.weight.dtype)" in code and "torch.uint8" not in code:
            reasons[name] = f"{owner.__name__} casts its inputs to the dtype of its weight, bytes here: leave it out"
    return reasons


def without_samples(model: Model, layers: Collection[str]) -> set[str]:
    """Of these layers beside experts those that get all tokens in one dimension, as the experts do: the shared experts
    of Qwen2-MoE and Llama 4, not those of DeepSeek. Found by running what holds both, without weights and experts."""
    if not layers:
        return set()
    network, _ = build_skeleton(model.header)
    there = dict(network.named_modules())
    blocks: dict[str, list[str]] = {}
    for name in layers:
        outer = next((outer_name for outer_name in _above(name) if hasattr(there.get(outer_name), "experts")), "")
        if outer and name in there:
            blocks.setdefault(outer, []).append(name)
    flat: set[str] = set()
    for outer, names in blocks.items():
        block: Any = there[outer]
        block.experts.forward = lambda x, *_, **__: x
        for name in names:
            there[name].register_forward_pre_hook(lambda _, x, name=name: flat.add(name) if x[0].ndim == 2 else None)
        with torch.no_grad(), contextlib.suppress(RuntimeError, TypeError, NotImplementedError):
            block(torch.empty(1, 2, model.anatomy.hidden_size, device="meta"))
    return flat


@functools.cache
def _code(kind: Any) -> str:
    """The source of the forward pass of a class; "" if it can't be read."""
    try:
        return inspect.getsource(kind.forward)
    except (OSError, TypeError):
        return ""


def _asks(there: dict[str, nn.Module], name: str) -> str:
    """The class of the module that asks for the weight of a layer; "" if none does."""
    layer = there[name]
    weight = layer._parameters.pop("weight", None)
    try:
        for target in (name, name.rpartition(".")[0]):
            owner = next(there[outer] for outer in _above(target) if hasattr(there[outer], "_init_weights"))
            with torch.no_grad(), Random(0).drawing():
                owner._init_weights(there[target])  # type: ignore[operator]
    except AttributeError:
        return type(there[target]).__name__
    finally:
        layer._parameters["weight"] = weight
    return ""


def _above(name: str) -> Iterator[str]:
    """A module and those that it lies in."""
    while name:
        yield name
        name = name.rpartition(".")[0]
    yield ""
