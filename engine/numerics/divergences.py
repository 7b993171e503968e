"""Divergences of a student's next-token distribution q from its teacher's p.

All are computed from log-probabilities, so that they stay finite where a probability underflows. With a temperature τ
the logits are divided by it, and the loss is multiplied by a factor that keeps the size of the gradient: τ² (Hinton et
al. 2015, section 2.1), for the total variation, which is of first order in the difference, τ.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import torch
import torch.nn.functional as F

from engine.numerics.rows import by_rows

EXCLUDED = -149 * math.log(2.0)
"""The log-probability, in a reverse divergence, of tokens that a teacher excludes: that of float32's smallest
number."""
Kind = Literal[
    "forward_kl",
    "reverse_kl",
    "symmetric_kl",
    "jensen_shannon",
    "skewed_forward_kl",
    "skewed_reverse_kl",
    "total_variation",
]


@dataclass(frozen=True)
class Divergence:
    """A divergence and its parameters.

    share: λ of symmetric_kl, (1-λ)·KL(p‖q) + λ·KL(q‖p); β of jensen_shannon, β·KL(p‖m) + (1-β)·KL(q‖m) with
        m = βp + (1-β)q, whose ends β=0 and β=1 are KL(p‖q) and KL(q‖p) (Agarwal et al. 2023, equation 1); α of the
        skewed ones, KL(p‖αp + (1-α)q) and KL(q‖(1-α)p + αq) (Ko et al. 2024, section 3.1). The others ignore it.
    """

    kind: Kind = "forward_kl"
    share: float = 0.5
    temperature: float = 1.0

    @property
    def scale(self) -> float:
        """Factor of the loss, so that the temperature does not shrink its gradient."""
        return self.temperature if self.kind == "total_variation" else self.temperature**2


def divergence(log_p: torch.Tensor, log_q: torch.Tensor, form: Divergence) -> torch.Tensor:
    """The divergence of each row in nats, without the temperature: two (n, classes) of log-probabilities -> (n,)."""
    return _VALUES[form.kind](log_p, log_q, form.share)


def token_divergences(
    teacher: torch.Tensor,
    student: torch.Tensor,
    form: Divergence = Divergence(),
    rows: torch.Tensor | None = None,
) -> torch.Tensor:
    """The divergence of each token in nats, float32: two (n, vocabulary) of logits -> (n,), or (len(rows),).

    Vocabularies padded to different widths are compared up to the shorter one. Gradients flow into ``student``.
    """
    width = min(teacher.shape[-1], student.shape[-1])
    loss = functools.partial(_of_logits, form=form)
    return by_rows(loss, student[:, :width], teacher.detach()[:, :width], rows=rows)


@dataclass(frozen=True)
class TopK:
    """The ``k`` most likely tokens of each row and one bucket for all others.

    log_p: (n, k + 1), the last column is the bucket; (n, k) if ``k`` is the whole vocabulary.
    indices: (n, k) int64 or int32.
    """

    log_p: torch.Tensor
    indices: torch.Tensor


def top_k(logits: torch.Tensor, k: int, temperature: float = 1.0) -> TopK:
    """The largest ``k`` log-probabilities at a temperature: (n, vocabulary) -> float32."""
    log_p = F.log_softmax(logits.float() / temperature, dim=-1)
    largest = log_p.topk(min(k, log_p.shape[-1]), dim=-1)
    return TopK(_bucketed(log_p, largest.indices), largest.indices)


def token_divergences_top_k(
    teacher: TopK, student: torch.Tensor, form: Divergence, rows: torch.Tensor | None = None
) -> torch.Tensor:
    """As `token_divergences` where only the teacher's likeliest tokens are stored: the divergence of the distributions
    over ``k`` tokens and a bucket for the rest, which is never more than the true one. ``teacher`` has to be of the
    temperature of ``form``."""
    loss = functools.partial(_of_buckets, form=form)
    return by_rows(loss, student, teacher.log_p, teacher.indices, rows=rows)


def _of_logits(student: torch.Tensor, teacher: torch.Tensor, form: Divergence) -> torch.Tensor:
    log_p = _log_softmax(teacher.to(student.dtype), form.temperature)
    log_q = _log_softmax(student, form.temperature)
    return form.scale * divergence(log_p, log_q, form)


def _of_buckets(student: torch.Tensor, log_p: torch.Tensor, indices: torch.Tensor, form: Divergence) -> torch.Tensor:
    log_q = _bucketed(_log_softmax(student, form.temperature), indices.long())
    return form.scale * divergence(log_p.to(student.dtype), log_q, form)


def _log_softmax(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    return F.log_softmax(logits if temperature == 1.0 else logits / temperature, dim=-1)


def _bucketed(log_p: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    """Log-probabilities at ``indices`` and, as the last column, of all other classes together."""
    chosen = log_p.gather(-1, indices)
    if indices.shape[-1] == log_p.shape[-1]:
        return chosen
    others = log_p.scatter(-1, indices, -math.inf)
    possible = others.amax(-1, keepdim=True) > -math.inf  # logsumexp of nothing has no gradient
    rest = torch.where(possible, torch.where(possible, others, 0.0).logsumexp(-1, keepdim=True), -math.inf)
    return torch.cat((chosen, rest), -1)


def kl(log_p: torch.Tensor, log_q: torch.Tensor) -> torch.Tensor:
    """KL(p ‖ q) in nats of two distributions by their log-probabilities, (…, classes) -> (…); classes that p excludes
    count nothing."""
    if not log_p.requires_grad:
        values: torch.Tensor = _KlOfFixed.apply(log_p, log_q)  # type: ignore[no-untyped-call]
        return values
    possible = log_p > -math.inf  # 0 · (-inf) has no gradient: what p excludes never enters the product
    log_p, log_q = torch.where(possible, log_p, 0.0), torch.where(possible, log_q, 0.0)
    return torch.where(possible, log_p.exp() * (log_p - log_q), 0.0).sum(-1)


class _KlOfFixed(torch.autograd.Function):
    """`kl` where p is fixed, as a teacher's: the slope of log q is -p, and half as many passes go over the classes."""

    @staticmethod
    def forward(context: Any, log_p: torch.Tensor, log_q: torch.Tensor) -> torch.Tensor:
        p = log_p.exp()
        terms = torch.sub(log_p, log_q).mul_(p).masked_fill_(p == 0, 0.0)
        if context.needs_input_grad[1]:
            context.save_for_backward(p)
        return terms.sum(-1)

    @staticmethod
    def backward(context: Any, *gradients: torch.Tensor) -> tuple[None, torch.Tensor]:
        (p,) = context.saved_tensors
        (upper,) = gradients
        return None, p * -upper.unsqueeze(-1)


def _mixed(log_p: torch.Tensor, log_q: torch.Tensor, share: float) -> torch.Tensor:
    """log(share·p + (1 - share)·q)."""
    first, second = log_p + _log(share), log_q + _log(1.0 - share)
    possible = torch.maximum(first, second) > -math.inf  # logaddexp has no gradient where both exclude a class
    mixed = torch.logaddexp(torch.where(possible, first, 0.0), torch.where(possible, second, 0.0))
    return torch.where(possible, mixed, -math.inf)


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


def _forward(log_p: torch.Tensor, log_q: torch.Tensor, _: float) -> torch.Tensor:
    return kl(log_p, log_q)


def _reverse(log_p: torch.Tensor, log_q: torch.Tensor, _: float = 0.0) -> torch.Tensor:
    """KL(q ‖ p). It is infinite where the student gives a class a chance that the teacher excludes, and has no slope
    there that a step could follow: such a class counts as if its probability were `EXCLUDED`."""
    return kl(log_q, torch.where(log_p == -math.inf, EXCLUDED, log_p))


def _symmetric(log_p: torch.Tensor, log_q: torch.Tensor, share: float) -> torch.Tensor:
    return (1.0 - share) * kl(log_p, log_q) + share * _reverse(log_p, log_q)


def _jensen_shannon(log_p: torch.Tensor, log_q: torch.Tensor, share: float) -> torch.Tensor:
    if share in (0.0, 1.0):
        return kl(log_p, log_q) if share == 0.0 else _reverse(log_p, log_q)
    middle = _mixed(log_p, log_q, share)
    return share * kl(log_p, middle) + (1.0 - share) * kl(log_q, middle)


def _skewed_forward(log_p: torch.Tensor, log_q: torch.Tensor, share: float) -> torch.Tensor:
    return kl(log_p, _mixed(log_p, log_q, share))


def _skewed_reverse(log_p: torch.Tensor, log_q: torch.Tensor, share: float) -> torch.Tensor:
    return kl(log_q, _mixed(log_p, log_q, 1.0 - share))


def _total_variation(log_p: torch.Tensor, log_q: torch.Tensor, _: float) -> torch.Tensor:
    return 0.5 * (log_p.exp() - log_q.exp()).abs().sum(-1)


_VALUES: dict[Kind, Callable[[torch.Tensor, torch.Tensor, float], torch.Tensor]] = {
    "forward_kl": _forward,
    "reverse_kl": _reverse,
    "symmetric_kl": _symmetric,
    "jensen_shannon": _jensen_shannon,
    "skewed_forward_kl": _skewed_forward,
    "skewed_reverse_kl": _skewed_reverse,
    "total_variation": _total_variation,
}
