"""Hard concrete gates (Louizos et al. 2018, arXiv 1712.01312) with the constants of Sheared LLaMA (2310.06694), and the
Lagrangian that drives their expected sparsity to a target.

A gate is sampled as ``clamp(s · (ζ - γ) + γ, 0, 1)`` with ``s = sigmoid((logit(u) + log α) / β)``, u uniform.
"""

from __future__ import annotations

import math

import torch

LOW, HIGH = -0.1, 1.1
"""γ and ζ: the sigmoid is stretched over these and cut to 0..1."""
TEMPERATURE = 2 / 3
"""β."""
EPSILON = 1e-6
SOFTENING = 0.8
"""Of log α / β where the gate is not sampled."""
LIMIT = math.log(100)
"""log α is clamped to ± this: beyond it no gradient would bring it back."""
START = 5.0
SPREAD = 0.01
"""Mean and standard deviation of log α at the start: all gates open."""
BISECTIONS = 30
"""Halvings after which a shift is exact to 1e-8."""
SPAN = 3.0
"""Between log α of the first and the last where gates start in an order."""


def initial_log_alpha(shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
    """log α of open gates, float32."""
    return START + SPREAD * torch.randn(shape, generator=generator)


def ordered_log_alpha(order: torch.Tensor) -> torch.Tensor:
    """log α of open gates in an order: ``order`` from 0, the first to close, to 1, the last."""
    return LIMIT - SPAN * (1 - order.float())


def sample_gates(log_alpha: torch.Tensor, uniform: torch.Tensor) -> torch.Tensor:
    """Gates in 0..1, many of them exactly 0 or 1; ``uniform`` in 0..1 has the shape of ``log_alpha``."""
    log_alpha = log_alpha.clamp(-LIMIT, LIMIT)
    u = uniform.clamp(EPSILON, 1 - EPSILON)
    s = torch.sigmoid((u.log() - (-u).log1p() + log_alpha) / TEMPERATURE)
    return (s * (HIGH - LOW) + LOW).clamp(0, 1)


def open_probability(log_alpha: torch.Tensor) -> torch.Tensor:
    """P(gate > 0) = 1 - sigmoid(β · log(-γ/ζ) - log α), clamped to ε..1-ε."""
    closed = torch.sigmoid(TEMPERATURE * math.log(-LOW / HIGH) - log_alpha.clamp(-LIMIT, LIMIT))
    return 1 - closed.clamp(EPSILON, 1 - EPSILON)


def deterministic_gates(log_alpha: torch.Tensor, count: int) -> torch.Tensor:
    """Gates without sampling: along the last dimension exactly ``count`` stay, as soft values below 1, the others are
    0. Of equal ones the first stay."""
    log_alpha = log_alpha.detach().clamp(-LIMIT, LIMIT)
    soft = torch.sigmoid(log_alpha / TEMPERATURE * SOFTENING)
    order = log_alpha.argsort(dim=-1, descending=True, stable=True)
    mask = torch.zeros_like(soft).scatter(-1, order[..., :count], 1.0)
    return soft * mask


def shift_to_share(log_alpha: torch.Tensor, share: float) -> torch.Tensor:
    """log α moved by one number for each row, so that ``share`` of its gates is open by expectation: the nearest such
    gates of the same order. As near as the limits of log α allow."""
    low = torch.full_like(log_alpha[..., :1], -2 * LIMIT)
    high = -low
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        too_open = open_probability(log_alpha + middle).mean(-1, keepdim=True) > share
        low, high = torch.where(too_open, low, middle), torch.where(too_open, middle, high)
    return (log_alpha + (low + high) / 2).clamp(-LIMIT, LIMIT)


def constraint_loss(
    sparsity: torch.Tensor, target: float, lambda_1: torch.Tensor, lambda_2: torch.Tensor
) -> torch.Tensor:
    """λ1 · (ŝ - t) + λ2 · (ŝ - t)², the mean over the entries of ``sparsity`` (one for each layer). Minimized over the
    gates, maximized over λ1 and λ2."""
    excess = sparsity - target
    return (lambda_1 * excess + lambda_2 * excess.square()).mean()


def warmed_up_target(target: float, step: int, warmup: int) -> float:
    """The target of step ``step``: it rises from 0 in ``warmup`` steps."""
    return target * min(1.0, step / warmup) if warmup else target
