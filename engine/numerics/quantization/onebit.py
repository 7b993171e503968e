"""OneBit: signs and two value vectors (Xu et al. 2024, arXiv 2402.11295). A weight is (out, in)."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional as F

LATENT = 0.01
"""Magnitude that the latent weights start with: so small that every sign can still flip early."""


def svid(weight: torch.Tensor, steps: int = 40) -> tuple[torch.Tensor, torch.Tensor]:
    """Sign-value-independent decomposition: nonnegative float32 vectors (out,) and (in,) whose outer product is the
    best rank-1 approximation of |W|; W ≈ sign(W) ⊙ h gᵀ (eq. 5, 6).

    Alternating power iteration from the row means, until nothing changes; the largest singular value is shared evenly.
    ValueError for a NaN or an infinity.
    """
    magnitude = weight.detach().float().abs()
    if not torch.isfinite(magnitude).all():
        raise ValueError("a weight is NaN or infinite")
    left = magnitude.mean(1)
    right = torch.zeros_like(magnitude[0])
    value = left.new_zeros(())
    for _ in range(steps):
        previous = right
        right = _unit(magnitude.t() @ left)
        left = magnitude @ right
        value = torch.linalg.vector_norm(left)
        left = _unit(left)
        if torch.allclose(right, previous, rtol=1e-5, atol=1e-8):
            break
    root = value.sqrt()
    return root * left, root * right


def _unit(vector: torch.Tensor) -> torch.Tensor:
    length: torch.Tensor = torch.linalg.vector_norm(vector)
    return vector / length.clamp_min(torch.finfo(torch.float32).tiny)


def signs(latent: torch.Tensor, dtype: torch.dtype | None = None) -> torch.Tensor:
    """+1 where a weight is not negative, −1 elsewhere; sign(0) = +1, or the weight would be dead."""
    values: torch.Tensor = torch.ge(latent, 0).to(dtype or latent.dtype).mul_(2).sub_(1)
    return values


def sign_slope(latent: torch.Tensor) -> torch.Tensor:
    """Surrogate derivative of the sign: 1.001 − tanh²."""
    return torch.tanh(latent).square_().neg_().add_(1.001)


def to_codes(latent: torch.Tensor) -> torch.Tensor:
    """uint8 codes: 1 means −1."""
    return (latent < 0).to(torch.uint8)


def from_codes(codes: torch.Tensor, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """The signs of `to_codes`."""
    return codes.to(dtype).mul_(-2).add_(1)


def average_bits(outputs: int, inputs: int) -> float:
    """Bits per parameter of a layer with one bit a weight and two float16 vectors (table 1 of the paper)."""
    return (outputs * inputs + 16 * (outputs + inputs)) / (outputs * inputs + outputs + inputs)


class SignProduct(torch.autograd.Function):
    """x · sign(V)ᵀ with x (…, in) and V (out, in). The signs are computed again in the backward pass instead of
    saved."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, latent: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(x, latent)
        return F.linear(x, signs(latent, x.dtype))

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor | None, torch.Tensor | None]:
        x, latent = ctx.saved_tensors
        (upper,) = gradients
        for_x = for_latent = None
        if ctx.needs_input_grad[0]:
            for_x = (upper @ signs(latent, upper.dtype)).to(x.dtype)
        if ctx.needs_input_grad[1]:  # under autocast ``upper`` is shorter than ``x``
            product = upper.flatten(0, -2).t() @ x.flatten(0, -2).to(upper.dtype)
            for_latent = sign_slope(latent).mul_(product.to(latent.dtype))
        return for_x, for_latent


def sign_product(x: torch.Tensor, latent: torch.Tensor) -> torch.Tensor:
    """x · sign(V)ᵀ, (…, in) and (out, in) -> (…, out); gradients pass the sign as `sign_slope` says."""
    product = SignProduct.apply(x, latent)  # type: ignore[no-untyped-call]
    assert isinstance(product, torch.Tensor)
    return product


def layer(
    x: torch.Tensor, product: torch.Tensor, h: torch.Tensor, bias: torch.Tensor | None, normalize: bool
) -> torch.Tensor:
    """Finish a layer after x ⊙ g · sign(W)ᵀ = ``product``: ⊙ h, LayerNorm without weights, then the bias (eq. 2–4)."""
    output = product * h.to(product.dtype)
    if normalize:
        output = F.layer_norm(output, output.shape[-1:], eps=1e-5)
    return (output if bias is None else output + bias.to(output.dtype)).to(x.dtype)


def token_distances(teacher: torch.Tensor, student: torch.Tensor) -> torch.Tensor:
    """‖t/‖t‖ − s/‖s‖‖² of every token, (…, features) -> (…) float32: the distance of hidden states in training."""
    return (F.normalize(teacher.float(), dim=-1) - F.normalize(student.float(), dim=-1)).square().sum(-1)


def relative_errors(target: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
    """‖t − s‖² / ‖t‖² of every token, (…, features) -> (…) float32: unlike `token_distances` it sees lengths."""
    target, output = target.float(), output.float()
    return (target - output).square().sum(-1) / target.square().sum(-1).clamp_min(torch.finfo(torch.float32).tiny)
