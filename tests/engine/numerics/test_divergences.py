"""Every divergence against a float64 reference and autograd, and what must hold of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import get_args

import pytest
import torch
import torch.nn.functional as F

from engine.numerics.divergences import (
    Divergence,
    Kind,
    divergence,
    kl,
    token_divergences,
    token_divergences_top_k,
    top_k,
)
from engine.numerics.rows import by_rows

KINDS = get_args(Kind)
N, V = 5, 11


def pair(seed: int = 0, scale: float = 2.0, dtype: torch.dtype = torch.float64) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    one, other = (scale * torch.randn(N, V, generator=generator, dtype=torch.float64) for _ in range(2))
    return one.to(dtype), other.to(dtype)


def reference(kind: Kind, p: torch.Tensor, q: torch.Tensor, share: float) -> torch.Tensor:
    """By the definitions, from probabilities in float64."""

    def kl(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return (a * (a / b).log()).sum(-1)

    m = share * p + (1 - share) * q
    by_kind: dict[str, Callable[[], torch.Tensor]] = {
        "forward_kl": lambda: kl(p, q),
        "reverse_kl": lambda: kl(q, p),
        "symmetric_kl": lambda: (1 - share) * kl(p, q) + share * kl(q, p),
        "jensen_shannon": lambda: share * kl(p, m) + (1 - share) * kl(q, m),
        "skewed_forward_kl": lambda: kl(p, m),
        "skewed_reverse_kl": lambda: kl(q, (1 - share) * p + share * q),
        "total_variation": lambda: 0.5 * (p - q).abs().sum(-1),
    }
    return by_kind[kind]()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_values_are_those_of_the_definition(kind: Kind, share: float, temperature: float) -> None:
    teacher, student = pair()
    wanted = Divergence(kind, share, temperature)
    p, q = (torch.softmax(each / temperature, -1) for each in (teacher, student))
    expected = wanted.scale * reference(kind, p, q, share)
    torch.testing.assert_close(token_divergences(teacher, student, wanted), expected, rtol=1e-10, atol=1e-12)
    single = token_divergences(teacher.float(), student.float(), wanted)
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_those_of_finite_differences(kind: Kind) -> None:
    teacher, student = pair(1)
    student.requires_grad_()
    wanted = Divergence(kind, 0.3, 1.7)
    assert torch.autograd.gradcheck(lambda s: token_divergences(teacher, s, wanted), (student,))
    rows = torch.tensor([0, 3])
    assert torch.autograd.gradcheck(lambda s: token_divergences(teacher, s, wanted, rows), (student,))


@pytest.mark.parametrize("kind", KINDS)
def test_zero_for_equal_logits_and_never_below(kind: Kind) -> None:
    teacher, student = pair(2)
    wanted = Divergence(kind, 0.4)
    assert token_divergences(teacher, teacher, wanted).abs().max() < 1e-12
    assert (token_divergences(teacher, student, wanted) > 0).all()


def test_jensen_shannon_is_symmetric_bounded_and_has_both_divergences_as_ends() -> None:
    teacher, student = pair(3, scale=20)
    half = Divergence("jensen_shannon", 0.5)
    torch.testing.assert_close(token_divergences(teacher, student, half), token_divergences(student, teacher, half))
    assert token_divergences(teacher, student, half).max() <= math.log(2) + 1e-12
    teacher, student = pair(3)
    forward, reverse = (token_divergences(teacher, student, Divergence(kind)) for kind in KINDS[:2])
    assert torch.equal(token_divergences(teacher, student, Divergence("jensen_shannon", 0.0)), forward)
    assert torch.equal(token_divergences(teacher, student, Divergence("jensen_shannon", 1.0)), reverse)
    small = 1e-6
    near = token_divergences(teacher, student, Divergence("jensen_shannon", small)) / small
    torch.testing.assert_close(near, forward, rtol=1e-4, atol=0)


def test_ends_of_the_skewed_ones() -> None:
    teacher, student = pair(4)
    for kind, plain in (("skewed_forward_kl", "forward_kl"), ("skewed_reverse_kl", "reverse_kl")):
        none = token_divergences(teacher, student, Divergence(kind, 0.0))
        torch.testing.assert_close(none, token_divergences(teacher, student, Divergence(plain)))
        assert token_divergences(teacher, student, Divergence(kind, 1.0)).abs().max() < 1e-12


def test_skewed_forward_stays_finite_and_its_gradient_bounded_where_q_underflows() -> None:
    """The derivative by q is -p/(αp + (1-α)q) (1-α), at most 1/α."""
    share = 0.1
    p = torch.tensor([[0.5, 0.5, 0.0]], dtype=torch.float64)
    q = torch.tensor([[1.0, 1e-300, 0.0]], dtype=torch.float64, requires_grad=True)
    value = divergence(p.log(), q.log(), Divergence("skewed_forward_kl", share))
    assert torch.isfinite(value).all()
    student = torch.tensor([[0.0, -500.0, -1e4]], requires_grad=True)
    loss = token_divergences(torch.tensor([[0.0, 0.0, -1e4]]), student, Divergence("skewed_forward_kl", share))
    loss.sum().backward()
    assert torch.isfinite(loss).all()
    assert student.grad is not None and student.grad.abs().max() <= 1 / share


@pytest.mark.parametrize("kind", KINDS)
def test_the_temperature_leaves_the_size_of_the_gradient(kind: Kind) -> None:
    """At high temperatures the gradient tends to a constant."""
    teacher, student = pair(5)
    sizes = []
    for temperature in (1.0, 100.0, 1000.0):
        logits = student.clone().requires_grad_()
        token_divergences(teacher, logits, Divergence(kind, 0.5, temperature)).sum().backward()
        assert logits.grad is not None
        sizes.append(float(logits.grad.norm()))
    assert sizes[2] == pytest.approx(sizes[1], rel=0.05)
    assert 0.1 < sizes[1] / sizes[0] < 10


def test_rows_that_do_not_count_change_nothing() -> None:
    teacher, student = pair(6, dtype=torch.float32)
    rows = torch.tensor([1, 2])
    student.requires_grad_()
    before = token_divergences(teacher, student, rows=rows)
    before.sum().backward()
    assert student.grad is not None
    slope = student.grad.clone()
    broken_teacher, broken = teacher.clone(), student.detach().clone()
    broken_teacher[[0, 3, 4]] = math.nan
    broken[[0, 3, 4]] = math.inf
    broken.requires_grad_()
    after = token_divergences(broken_teacher, broken, rows=rows)
    after.sum().backward()
    assert broken.grad is not None
    assert torch.equal(before, after) and torch.equal(slope, broken.grad)
    assert not slope[[0, 3, 4]].any()


def test_no_row_at_all() -> None:
    teacher, student = pair(6, dtype=torch.float32)
    student.requires_grad_()
    token_divergences(teacher, student, rows=torch.zeros(0, dtype=torch.long)).sum().backward()
    assert student.grad is not None and not student.grad.any()


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_chunks_give_what_the_whole_gives(chunk: int) -> None:
    _, student = pair(7)
    targets = torch.arange(N)
    whole = student.clone().requires_grad_()
    weights = torch.linspace(1, 2, N, dtype=torch.float64)
    (F.cross_entropy(whole, targets, reduction="none") * weights).sum().backward()
    pieces = student.clone().requires_grad_()
    losses = by_rows(lambda s, y: F.cross_entropy(s, y, reduction="none"), pieces, targets, chunk=chunk)
    (losses * weights).sum().backward()
    assert whole.grad is not None and pieces.grad is not None
    torch.testing.assert_close(pieces.grad, whole.grad)


@pytest.mark.parametrize("kind", KINDS)
def test_the_whole_vocabulary_as_top_k_is_the_full_divergence(kind: Kind) -> None:
    teacher, student = pair(8)
    wanted = Divergence(kind, 0.3, 1.5)
    kept = top_k(teacher, V, wanted.temperature)
    assert kept.log_p.shape == (N, V)
    found = token_divergences_top_k(kept, student, wanted)
    torch.testing.assert_close(found, token_divergences(teacher, student, wanted), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_fewer_tokens_never_give_more(kind: Kind) -> None:
    """Merging classes can't raise an f-divergence."""
    teacher, student = pair(9)
    wanted = Divergence(kind, 0.3)
    full = token_divergences(teacher, student, wanted)
    previous = torch.zeros(N, dtype=torch.float64)
    for k in (1, 4, 8, V - 1):
        kept = top_k(teacher, k)
        torch.testing.assert_close(kept.log_p.exp().sum(-1), torch.ones(N))
        found = token_divergences_top_k(kept, student, wanted)
        assert (found <= full + 1e-6).all() and (found >= previous - 1e-6).all()
        previous = found
    logits = student.clone().requires_grad_()
    kept = top_k(teacher, 4)
    assert torch.autograd.gradcheck(lambda s: token_divergences_top_k(kept, s, wanted), (logits,))


def test_padded_vocabularies_are_compared_up_to_the_shorter() -> None:
    teacher, student = pair(10)
    padded = F.pad(student, (0, 3), value=7.0).requires_grad_()
    torch.testing.assert_close(token_divergences(teacher, padded), token_divergences(teacher, student))
    token_divergences(teacher, padded).sum().backward()
    assert padded.grad is not None and not padded.grad[:, V:].any()
    wide = F.pad(teacher, (0, 3), value=7.0)
    torch.testing.assert_close(token_divergences(wide, student), token_divergences(teacher, student))


def test_half_precision_logits_are_worked_on_in_float32() -> None:
    teacher, student = pair(11, dtype=torch.bfloat16)
    student.requires_grad_()
    found = token_divergences(teacher, student)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.detach(), token_divergences(teacher.float(), student.detach().float()))
    found.sum().backward()
    assert student.grad is not None and student.grad.dtype == torch.bfloat16


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_tokens_that_both_exclude_count_nothing(kind: Kind, share: float) -> None:
    """Logits of -inf (a masked vocabulary): the value and the gradient are those without these tokens."""
    teacher, student = pair(dtype=torch.float32)
    left = torch.tensor([0, 2, 3, 7])
    wanted = Divergence(kind, share)
    gone = torch.ones(V, dtype=torch.bool).index_fill(0, left, False)
    student.requires_grad_()
    masked = student.masked_fill(gone, -math.inf)
    found = token_divergences(teacher.masked_fill(gone, -math.inf), masked, wanted)
    expected = token_divergences(teacher[:, left], student[:, left], wanted)
    torch.testing.assert_close(found, expected)
    by_k = token_divergences_top_k(top_k(teacher.masked_fill(gone, -math.inf), 4), masked, wanted)
    torch.testing.assert_close(by_k, expected)
    (reference,) = torch.autograd.grad(expected.sum(), student, retain_graph=True)
    for each in (found, by_k):
        (slope,) = torch.autograd.grad(each.sum(), student, retain_graph=True)
        torch.testing.assert_close(slope, reference)


@pytest.mark.parametrize("temperature", [1.0, 2.0])
@pytest.mark.parametrize("kind", ["reverse_kl", "symmetric_kl", "jensen_shannon"])
def test_a_class_that_the_teacher_alone_excludes_has_a_slope_that_lowers_it(kind: Kind, temperature: float) -> None:
    """KL(q ‖ p) would be infinite and its slope NaN: a descent along the slope takes the class's chance away."""
    teacher = torch.tensor([[1.0, 0.5, -math.inf, -1.0, 0.0]])
    student = torch.tensor([[0.2, 0.1, 0.3, 0.0, -0.2]], requires_grad=True)
    wanted = Divergence(kind, share=1.0 if kind == "jensen_shannon" else 0.5, temperature=temperature)
    for step in range(200):
        loss = token_divergences(teacher, student, wanted).sum()
        (slope,) = torch.autograd.grad(loss, student)
        assert bool(torch.isfinite(loss)) and bool(torch.isfinite(slope).all()), step
        student = (student - 0.05 * slope).detach().requires_grad_()
    q = torch.softmax(student.detach() / temperature, -1)[0]
    assert float(q[2]) < 0.01
    by_k = token_divergences_top_k(top_k(teacher, 5, temperature), student, wanted)
    assert bool(torch.isfinite(by_k).all())


def test_the_divergence_from_a_fixed_distribution_is_that_of_one_that_learns() -> None:
    """Values and slopes, with classes that the first one, the second one, or both exclude."""
    generator = torch.Generator().manual_seed(7)
    logits = torch.randn(2, 5, 11, generator=generator, dtype=torch.float64)
    logits[0, :, 3] = logits[1, :4, 3] = logits[0, :, 7] = -math.inf
    log_p, log_q = logits.log_softmax(-1)
    results = []
    for learns in (False, True):
        student = log_q.clone().requires_grad_()
        values = kl(log_p.clone().requires_grad_(learns), student)
        results.append((values.detach(), *torch.autograd.grad(values.sum(), student)))
    torch.testing.assert_close(*results)
    never = kl(log_p, torch.where(log_p == log_p.amax(-1, keepdim=True), -math.inf, log_q))
    assert never.isinf().all() and kl(log_p * math.nan, log_q).isnan().all()
