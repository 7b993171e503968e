"""Rotations of a network: random ones, the step that learns them, and how they are merged into weights.

SpinQuant (Liu et al. 2024, arXiv 2405.16406). Activations are rows: a rotation R takes x to x R, so that a weight (out,
in) that reads x becomes W R, and one that writes it RᵀW. Merging is done in float64 and cast once by the caller.
"""

from __future__ import annotations

import torch

from engine.numerics.hadamard import hadamard, signs


def random_orthogonal(n: int, generator: torch.Generator) -> torch.Tensor:
    """Uniformly distributed (Haar), (n, n) float64: QR of a normal matrix, R's diagonal made positive."""
    q, r = torch.linalg.qr(torch.randn(n, n, dtype=torch.float64, generator=generator))
    orthogonal: torch.Tensor = q * r.diagonal().sign()
    return orthogonal


def random_hadamard(n: int, generator: torch.Generator, block: int = 0) -> torch.Tensor:
    """diag(±1) · H / √n, (n, n) float64: random signs, then the transform of `hadamard`, in blocks if that says so."""
    return signs(n, generator)[:, None] * hadamard(n, block).matrix().T


def polar(matrix: torch.Tensor) -> torch.Tensor:
    """The nearest orthogonal matrix, (…, n, n) float64: U Vᵀ of the singular value decomposition."""
    u, _, vt = torch.linalg.svd(matrix.double())
    orthogonal: torch.Tensor = u @ vt
    return orthogonal


def newton_schulz_step(matrix: torch.Tensor) -> torch.Tensor:
    """A nearly orthogonal (…, n, n) matrix made more so: one Newton-Schulz step, which squares the error."""
    return 1.5 * matrix - 0.5 * matrix @ (matrix.mT @ matrix)


def orthogonality_error(matrix: torch.Tensor) -> float:
    """The largest entry of |RᵀR − I| of (…, n, n)."""
    eye = torch.eye(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device)
    return float((matrix.mT @ matrix - eye).abs().max())


def cayley_step(rotation: torch.Tensor, gradient: torch.Tensor, rate: float, iterations: int = 5) -> torch.Tensor:
    """One step of gradient descent on the Stiefel manifold (Li, Fuxin and Todorovic 2020, arXiv 2002.01113, algorithm
    1 without momentum): (…, n, n) orthogonal matrices and the gradients dL/dR -> the new matrices.

    The step is at most ``rate`` and small enough for the fixed-point iteration of the Cayley transform to converge.
    """
    unit = rotation / rotation.norm(dim=-1, keepdim=True)
    v = -gradient.mT
    m = v @ unit
    half = m - 0.5 * unit.mT @ (unit @ m)
    skew = half - half.mT
    step = (1 / (skew.abs().sum(-2).amax(-1) + 1e-8)).clamp_max(rate)[..., None, None]
    x = unit.mT
    y = x + step * v
    for _ in range(iterations):
        y = x + step / 2 * (skew @ (x + y))
    updated: torch.Tensor = y.mT.contiguous()
    return updated


def mean_angle(rotation: torch.Tensor) -> float:
    """The mean rotation angle of an orthogonal (n, n) matrix in degrees: 0 for the identity."""
    return float(torch.linalg.eigvals(rotation.double()).angle().abs().mean().rad2deg())


# -- merging -----------------------------------------------------------------------------------------------------------
def rotate_input_side(weight: torch.Tensor, rotation: torch.Tensor) -> torch.Tensor:
    """W R in float64, of a weight (out, in) that reads rotated activations. ``rotation``: (in, in), or (blocks, n, n)
    for a block-diagonal one such as R2 over the heads."""
    weight = weight.double()
    if rotation.ndim == 2:
        return weight @ rotation.double()
    blocks, n, _ = rotation.shape
    rotated = torch.einsum("obi,bij->obj", weight.view(-1, blocks, n), rotation.double())
    return rotated.reshape(weight.shape)


def rotate_rows(
    weight: torch.Tensor, rotation: torch.Tensor, scale: torch.Tensor | None = None, chunk: int = 1 << 24
) -> torch.Tensor:
    """W diag(scale) R in the dtype of the weight, of a large table such as an embedding (tokens, in): some rows after
    the other, so that no float64 copy of the whole is held. ``chunk``: values at once."""
    rotated = torch.empty_like(weight, memory_format=torch.contiguous_format)
    rows = max(1, chunk // weight.shape[1])
    for piece, target in zip(torch.split(weight, rows), torch.split(rotated, rows), strict=True):
        target.copy_(rotate_input_side(piece if scale is None else piece.double() * scale, rotation))
    return rotated


def rotate_output_side(weight: torch.Tensor, rotation: torch.Tensor) -> torch.Tensor:
    """RᵀW in float64, of a weight (out, in) or a bias (out,) that writes rotated activations."""
    weight = weight.double()
    flat = rotate_input_side(weight.reshape(len(weight), -1).T, rotation).T
    return flat.reshape(weight.shape)
