"""Weights as they will be rounded, seen from the basis that the network is in while rotations are learned.

A weight W becomes Q(Rᵒᵘᵗᵀ W Rⁱⁿ) where it is stored. Its rounding error, turned back, is added to W: the network then
says what the stored one will say. Rounding counts as the identity for the gradient (straight through), so that all of
it reaches the rotations through the way back of the error: the way there would give a multiple of RRᵀ, which does not
change.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from engine.architecture.anatomy import Anatomy, Linear
from engine.methods.quantization.spinquant.plan import site_of
from engine.numerics.hadamard import Hadamard
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.scheme import Clip, Scheme


@dataclass(frozen=True)
class LayerRotations:
    """Rotations and scales of the weights of a layer: r1 (width, width); r2, of each head that has values, (heads,
    head_dim, head_dim); the scales behind its norms, ``norms`` (2, width), and of its inner values, ``ups`` (inner,);
    r4, of what its last linear reads. None: not.
    """

    r1: torch.Tensor | None
    r2: torch.Tensor | None
    norms: torch.Tensor | None
    ups: torch.Tensor | None
    r4: Hadamard | None


def rounded(
    weight: torch.Tensor, linear: Linear, rotations: LayerRotations, anatomy: Anatomy, scheme: Scheme
) -> torch.Tensor:
    """(out, in) of a linear: ``weight`` with the error of rounding it where it will be stored. The ranges are the whole
    ones: a search in every step would take longer than the step."""
    with torch.autocast(weight.device.type, enabled=False):  # a product in 16 bits is not small beside an error
        with torch.no_grad():
            there = _outside(_inside(weight.float(), linear, rotations, anatomy), linear, rotations, anatomy)
            error = dequantize(quantize(there, scheme, Clip()), scheme) - there
        return weight + _inside_back(_outside_back(error, linear, rotations, anatomy), linear, rotations, anatomy)


def rotated_rows(
    weight: torch.Tensor, linear: Linear, rotations: LayerRotations, anatomy: Anatomy, rows: torch.Tensor
) -> torch.Tensor:
    """These rows (rows, in) of the weight (out, in) where it will be stored, before it is rounded; float32. Of what
    mixes outputs only what these rows need is computed."""
    rows = rows.to(weight.device)
    if site_of(linear) in ("o", "down") and rotations.r1 is not None:
        picked = rotations.r1[:, rows].T @ weight.float()
    elif linear.role == "v" and rotations.r2 is not None:
        head, column = rows // anatomy.head_dim, rows % anatomy.head_dim
        heads = weight.view(anatomy.kv_heads, anatomy.head_dim, -1)[head].float()
        picked = torch.einsum("rd,rdi->ri", _by_heads(rotations, anatomy.kv_heads)[head, :, column], heads)
    else:
        picked = weight[rows].float()
    return _inside(picked, linear, rotations, anatomy)


def _by_heads(rotations: LayerRotations, heads: int) -> torch.Tensor:
    """R2 of each of so many heads."""
    assert rotations.r2 is not None
    return torch.repeat_interleave(rotations.r2, heads // len(rotations.r2), 0)


def _inside(w: torch.Tensor, linear: Linear, rotations: LayerRotations, anatomy: Anatomy) -> torch.Tensor:
    """The side that reads."""
    site = site_of(linear)
    if site == "down":
        w = w if rotations.ups is None else w / rotations.ups
        return w if rotations.r4 is None else rotations.r4.apply(w)
    if site == "o":
        if rotations.r2 is None:
            return w
        heads = w.view(len(w), anatomy.heads, anatomy.head_dim).transpose(0, 1)
        return (heads @ _by_heads(rotations, anatomy.heads)).transpose(0, 1).flatten(1)
    w = w if rotations.r1 is None else w @ rotations.r1
    return w if rotations.norms is None else w / rotations.norms[int(site == "mlp")]


def _inside_back(w: torch.Tensor, linear: Linear, rotations: LayerRotations, anatomy: Anatomy) -> torch.Tensor:
    site = site_of(linear)
    if site == "down":
        w = w if rotations.r4 is None else rotations.r4.undo(w)
        return w if rotations.ups is None else w * rotations.ups
    if site == "o":
        if rotations.r2 is None:
            return w
        heads = w.view(len(w), anatomy.heads, anatomy.head_dim).transpose(0, 1)
        return (heads @ _by_heads(rotations, anatomy.heads).mT).transpose(0, 1).flatten(1)
    w = w if rotations.norms is None else w * rotations.norms[int(site == "mlp")]
    return w if rotations.r1 is None else w @ rotations.r1.T


def _outside(w: torch.Tensor, linear: Linear, rotations: LayerRotations, anatomy: Anatomy) -> torch.Tensor:
    """The side that writes. The scale of an up-projection's rows is left out: rounding by rows does not see it."""
    if site_of(linear) in ("o", "down"):
        return w if rotations.r1 is None else rotations.r1.T @ w
    if linear.role == "v" and rotations.r2 is not None:
        heads = w.view(anatomy.kv_heads, anatomy.head_dim, -1)
        return (_by_heads(rotations, anatomy.kv_heads).mT @ heads).flatten(0, 1)
    return w


def _outside_back(w: torch.Tensor, linear: Linear, rotations: LayerRotations, anatomy: Anatomy) -> torch.Tensor:
    if site_of(linear) in ("o", "down"):
        return w if rotations.r1 is None else rotations.r1 @ w
    if linear.role == "v" and rotations.r2 is not None:
        heads = w.view(anatomy.kv_heads, anatomy.head_dim, -1)
        return (_by_heads(rotations, anatomy.kv_heads) @ heads).flatten(0, 1)
    return w
