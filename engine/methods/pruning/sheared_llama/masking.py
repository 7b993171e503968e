"""Masks on a decoder of any architecture with separate q, k, v, o, gate, up and down, and what they mean for weights.

Masked are: the residual stream (behind the embedding, every norm and every branch), heads (in front of o), inner values
(in front of down), whole layers (behind both branches). A norm divides by the root mean square of what is kept alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn

from engine.architecture.anatomy import Anatomy, Layer
from engine.base.errors import BadInput
from engine.models.model import Model
from engine.models.slicing import widths_problem


@dataclass
class Values:
    """Mask values between 0 and 1; None: nothing of it is cut.

    hidden (d,), layers (L,), heads (L, heads), inner (L, inner).
    """

    hidden: torch.Tensor | None = None
    layers: torch.Tensor | None = None
    heads: torch.Tensor | None = None
    inner: torch.Tensor | None = None


@dataclass(frozen=True)
class BranchEnds:
    """Names of the modules of a layer that end its branches (o and down, or the norms on what they give), of o and
    down themselves, and of the norms over hidden values."""

    branches: tuple[str, ...]
    o: str
    down: str
    norms: tuple[str, ...]

    @classmethod
    def of(cls, layer: Layer) -> BranchEnds:
        """Norms on what a branch gives are there where a norm stands in front of the MLP besides."""
        linears = {linear.role: linear.name for linear in layer.linears}
        norms = tuple(name for position, name in layer.norms.items() if position not in ("q", "k"))
        o, down = linears["o"], linears["down"]
        if "pre_feedforward" in layer.norms:
            return cls((layer.norms["post_attention"], layer.norms["post_feedforward"]), o, down, norms)
        return cls((o, down), o, down, norms)


def masking_problem(anatomy: Anatomy) -> str:
    """Reason why a model can't be masked; "" if it can."""
    if anatomy.norm not in ("rms", "rms_plus_one"):
        return "its norms are not RMSNorm"
    return widths_problem(anatomy)


def refuse_compressed(model: Model) -> None:
    """Raise `BadInput` for layers in a form that can't be scaled and cut."""
    for name, compressed in model.compressed().items():
        raise BadInput(
            f"A compressed layer ({compressed.KIND}) can't be sheared",
            where=name,
            advice="put this block before the one that compresses",
        )


@contextlib.contextmanager
def masked(model: Model, values: Callable[[], Values | None]) -> Iterator[None]:
    """While the block runs, forward passes are masked with what ``values`` gives at that moment; None: not at all."""
    hooks: list[Any] = []
    anatomy = model.anatomy

    def behind(name: str, factor: Callable[[Values], torch.Tensor | None]) -> None:
        def hook(_: nn.Module, __: Any, output: torch.Tensor) -> torch.Tensor:
            now = values()
            value = None if now is None else factor(now)
            return output if value is None else output * value.to(output.dtype)

        hooks.append(model.get(name).register_forward_hook(hook))

    def before(name: str, factor: Callable[[Values], torch.Tensor | None]) -> None:
        def hook(_: nn.Module, arguments: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...] | None:
            now = values()
            value = None if now is None else factor(now)
            return None if value is None else (arguments[0] * value.to(arguments[0].dtype), *arguments[1:])

        hooks.append(model.get(name).register_forward_pre_hook(hook))

    behind(anatomy.embeddings[0], _hidden)
    for index, layer in enumerate(anatomy.layers):
        branch_ends = BranchEnds.of(layer)
        before(branch_ends.o, partial(_spread, index=index, width=anatomy.head_dim))
        before(branch_ends.down, partial(_inner, index=index))
        for name in {branch_ends.o, branch_ends.down, *branch_ends.norms}:
            stream = _deflation if name in branch_ends.norms else _hidden
            if name in branch_ends.norms:
                before(name, _inflation)
            behind(name, partial(_both, index=index, hidden=stream) if name in branch_ends.branches else stream)
    if anatomy.final_norm is not None:
        before(anatomy.final_norm, _inflation)
        behind(anatomy.final_norm, _deflation)
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _hidden(now: Values) -> torch.Tensor | None:
    return now.hidden


def _inner(now: Values, *, index: int) -> torch.Tensor | None:
    return None if now.inner is None else now.inner[index]


def _spread(now: Values, *, index: int, width: int) -> torch.Tensor | None:
    return None if now.heads is None else now.heads[index].repeat_interleave(width)


def _share(now: Values) -> torch.Tensor | None:
    """Root of the share of hidden values that are kept. What is not kept is zero in the stream: a norm over all of the
    stream divided by this is the norm over what is kept, with the same epsilon."""
    return None if now.hidden is None else (now.hidden.detach() > 0).float().mean().sqrt()


def _inflation(now: Values) -> torch.Tensor | None:
    share = _share(now)
    return None if share is None else 1 / share


def _deflation(now: Values) -> torch.Tensor | None:
    share = _share(now)
    return None if share is None or now.hidden is None else share * now.hidden


def _both(now: Values, *, index: int, hidden: Callable[[Values], torch.Tensor | None]) -> torch.Tensor | None:
    """Hidden values and the layer's own."""
    stream = hidden(now)
    if now.layers is None:
        return stream
    return now.layers[index] if stream is None else stream * now.layers[index]


@torch.no_grad()
def fold(model: Model, values: Values) -> None:
    """Multiply the masks into the weights, each once, so that the unmasked model computes what the masked one did on
    what is kept. A head that shares the embedding's table gets the mask through it, otherwise by the final norm."""
    anatomy = model.anatomy
    ones = torch.ones(anatomy.hidden_size, device=model.module.get_parameter(f"{anatomy.embeddings[0]}.weight").device)
    hidden = ones if values.hidden is None else values.hidden
    _scale(model, anatomy.embeddings[0], columns=hidden)
    if anatomy.final_norm is not None and not anatomy.tied:
        _scale(model, anatomy.final_norm, rows=hidden)
    for index, layer in enumerate(anatomy.layers):
        branch_ends = BranchEnds.of(layer)
        whole = hidden if values.layers is None else hidden * values.layers[index]
        _scale(model, branch_ends.o, columns=_spread(values, index=index, width=anatomy.head_dim))
        _scale(model, branch_ends.down, columns=_inner(values, index=index))
        for name in {branch_ends.o, branch_ends.down, *branch_ends.norms}:
            _scale(model, name, rows=whole if name in branch_ends.branches else hidden)


def _scale(model: Model, name: str, *, rows: torch.Tensor | None = None, columns: torch.Tensor | None = None) -> None:
    """In float64, rounded once. Norms that multiply by 1 + weight keep doing so."""
    module: Any = model.get(name)
    weight = module.weight.double()
    one = float(weight.ndim == 1 and model.anatomy.norm == "rms_plus_one")
    if columns is not None:
        weight = weight * columns.double()
    if rows is not None:
        weight = (weight + one) * (rows.double()[:, None] if weight.ndim == 2 else rows.double()) - one
    module.weight.copy_(weight)
    if rows is not None and getattr(module, "bias", None) is not None:
        module.bias.copy_(module.bias.double() * rows.double())
