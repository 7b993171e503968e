"""Contexts around forward passes: safe points within them, and layers that come and go as they are reached."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

from engine.base.errors import BadInput
from engine.models.model import Model, Part


def refuse_long(model: Model, length: int) -> None:
    """`BadInput` where the model can't read so many tokens at a time."""
    why = model.anatomy.too_long(length)
    if why:
        raise BadInput(
            f"Samples of {length} tokens are too long",
            where=str(model.path),
            why=why,
            advice=f"choose a length of at most {model.anatomy.positions}",
        )


@contextlib.contextmanager
def interruptible(module: nn.Module, checkpoint: Callable[[], None]) -> Iterator[None]:
    """While the block runs, every layer of ``module`` that holds a matrix calls ``checkpoint`` before it works,
    and when the gradient has passed it.

    A window of 2048 tokens takes seconds on a CPU; this way a cancel waits for one matrix product at most. What
    ``checkpoint`` raises leaves the forward or backward pass.
    """

    def passed(_: torch.Tensor) -> None:
        checkpoint()

    def enter(_: nn.Module, arguments: tuple[Any, ...]) -> None:
        checkpoint()
        if arguments and isinstance(arguments[0], torch.Tensor) and arguments[0].requires_grad:
            arguments[0].register_hook(passed)  # type: ignore[no-untyped-call]

    leaves = [leaf for leaf in module.modules() if not any(True for _ in leaf.children())]
    long = [leaf for leaf in leaves if any(tensor.ndim > 1 for tensor in (*leaf.parameters(), *leaf.buffers()))]
    hooks = [leaf.register_forward_pre_hook(enter) for leaf in long or leaves]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


@contextlib.contextmanager
def streamed(
    model: Model,
    *,
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
    checkpoint: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """While the block runs, ``model.module`` can be called although its layers are not in memory: each decoder layer
    is loaded when the forward pass comes to it and freed behind it, and a head that is not tied takes the place of the
    embeddings. Everything is freed at the end.

    For a few passes only: each reads the whole checkpoint anew. A model of unknown anatomy is loaded as a whole.
    """
    layers = {layer.name for layer in model.anatomy.layers}

    def load(part: Part) -> Callable[..., None]:
        def hook(*_: Any) -> None:
            checkpoint()
            model.load(part, dtype=dtype, device=device)

        return hook

    def free(part: Part) -> Callable[..., None]:
        def hook(*_: Any) -> None:
            model.free(part)

        return hook

    hooks: list[Any] = []
    try:
        for part in model.parts:
            if part.name in layers:
                layer = model.get(part.name)
                hooks += [layer.register_forward_pre_hook(load(part)), layer.register_forward_hook(free(part))]
            elif not _takes_turns(model):
                load(part)()
        if _takes_turns(model):
            first, last = (model.part(name) for name in ("embeddings", "head"))
            load(first)()
            for one, other in ((first, last), (last, first)):
                for module in (model.get(root) for root in one.roots):
                    hooks += [module.register_forward_pre_hook(hook) for hook in (free(other), load(one))]
        model.module.eval()
        yield
    finally:
        for hook in hooks:
            hook.remove()
        model.free()


def _takes_turns(model: Model) -> bool:
    """True if the modules before the layers and those behind them are needed one after the other: two tables of
    the vocabulary, each larger than a layer."""
    anatomy = model.anatomy
    parts = {part.name: part for part in model.parts}
    if anatomy.kind != "decoder" or anatomy.tied or anatomy.head is None or not {"embeddings", "head"} <= parts.keys():
        return False
    last = parts["head"]
    if anatomy.final_norm is None or not last.owns(anatomy.final_norm) or not last.owns(anatomy.head):
        return False
    modules = dict(model.module.named_modules())
    borrowed = any(module.reads for module in model.compressed().values())
    roots = (*parts["embeddings"].roots, *last.roots)
    return all(root in modules for root in roots) and not borrowed
