"""Computations that llama.cpp does in ways of its own, which no key of a file changes: imitated while a model's logits
are taken, so that its file can be compared closely."""

from __future__ import annotations

import contextlib
import copy
import importlib.util
from collections.abc import Callable, Iterator
from typing import Any

import gguf
import torch
from torch import nn

from engine.export.gguf.tensors import kind_of
from engine.models.model import Model
from engine.modules.tied import TiedLinear


def untruncated(model: Model) -> list[Any]:
    """The rotary modules whose YaRN bounds lie between dimensions, as in gpt-oss: ``truncate`` has no key in GGUF, and
    ggml_rope_yarn_corr_dims takes floor and ceil."""
    modules: Any = model.module.modules()
    turning = [module for module in modules if getattr(module, "rope_type", "") == "yarn"]
    return [module for module in turning if not module.config.rope_parameters.get("truncate", True)]


@contextlib.contextmanager
def computing(model: Model) -> Iterator[str]:
    """While the block runs positions are turned, and inputs of packed layers rounded, as there. Gives it in words; ""
    where there is nothing of that, or no llama.cpp that the file is verified with."""
    if importlib.util.find_spec("xllamacpp") is None:
        yield ""
        return
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    turning = untruncated(model)
    exact = [module.inv_freq for module in turning]
    for module in turning:
        config = copy.deepcopy(module.config)
        config.rope_parameters["truncate"] = True
        module.inv_freq, _ = ROPE_INIT_FUNCTIONS["yarn"](config, module.inv_freq.device)
    hooks = [module.register_forward_pre_hook(_rounding(size)) for module, size in _packed(model)]
    words = ["inputs of packed layers"] * bool(hooks) + ["YaRN's bounds"] * bool(turning)
    try:
        yield f"with {' and '.join(words)} rounded as llama.cpp does" if words else ""
    finally:
        for hook in hooks:
            hook.remove()
        for module, frequencies in zip(turning, exact, strict=True):
            module.inv_freq = frequencies


def _packed(model: Model) -> Iterator[tuple[nn.Module, int]]:
    """The layers that llama.cpp multiplies in integers, and the values of a block."""
    compressed = model.compressed()
    for name, module in compressed.items():
        if isinstance(module, TiedLinear):
            table = compressed.get(model.anatomy.embeddings[0])
            kind = None if table is None else kind_of(model, model.anatomy.embeddings[0], table)[0]
        elif isinstance(module, nn.Embedding) or name in model.anatomy.embeddings:
            continue
        else:
            kind = kind_of(model, name, module)[0]
        if kind is not None:
            yield module, gguf.GGML_QUANT_SIZES[kind][0]


def _rounding(size: int) -> Callable[[nn.Module, tuple[Any, ...]], tuple[Any, ...]]:
    def hook(_: nn.Module, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        return rounded_inputs(arguments[0], size), *arguments[1:]

    return hook


def rounded_inputs(x: torch.Tensor, size: int) -> torch.Tensor:
    """Inputs (…, features) as ggml's kernels for packed weights see them: 8 bits in blocks of ``size``, 32 (Q8_0; the
    scale is float16) or 256 (Q8_K; it is float32, and the largest value becomes -127)."""
    blocks = x.float().reshape(-1, size)
    largest = blocks.gather(1, blocks.abs().argmax(1, keepdim=True))
    scale = largest / -127 if size == 256 else largest.abs() / 127
    codes = torch.where(scale == 0, 0, blocks / scale).round()
    stored = scale if size == 256 else scale.half().float()
    return (codes * stored).reshape(x.shape).to(x.dtype)
