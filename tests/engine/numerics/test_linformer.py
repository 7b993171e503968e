"""Projected attention: equal to exact attention with k = n, blind to padding, causal where it has to be."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from engine.numerics import linformer

BATCH, HEADS, KEYS, WIDTH = 2, 4, 2, 8


def drawn(tokens: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    shapes = ((BATCH, HEADS, tokens, WIDTH), (BATCH, KEYS, tokens, WIDTH), (BATCH, KEYS, tokens, WIDTH))
    query, key, value = (torch.randn(shape, generator=generator) for shape in shapes)
    return query, key, value


def exact(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, causal: bool = False) -> torch.Tensor:
    return F.scaled_dot_product_attention(query, key, value, is_causal=causal, scale=0.3, enable_gqa=True)


@pytest.mark.parametrize("heads", [1, KEYS])
def test_as_many_slots_as_tokens_is_exact_attention(heads: int) -> None:
    query, key, value = drawn(12)
    identity = torch.eye(12).expand(heads, 12, 12)
    torch.testing.assert_close(
        linformer.attend(query, key, value, identity, identity, scale=0.3),
        exact(query, key, value),
        rtol=1e-5,
        atol=1e-5,
    )


def test_the_formula() -> None:
    query, key, value = drawn(10)
    generator = torch.Generator().manual_seed(1)
    e, f = (torch.randn(KEYS, 4, 10, generator=generator) for _ in range(2))
    out = linformer.attend(query, key, value, e, f, scale=0.3)
    for head in range(HEADS):
        of = head // (HEADS // KEYS)
        weights = torch.softmax(query[1, head] @ (e[of] @ key[1, of]).T * 0.3, -1)
        assert weights.shape == (10, 4) and torch.allclose(weights.sum(-1), torch.ones(10))
        torch.testing.assert_close(out[1, head], weights @ (f[of] @ value[1, of]), rtol=1e-4, atol=1e-5)


def test_a_later_token_changes_an_earlier_output() -> None:
    """Why decoders can't have this form."""
    query, key, value = drawn(10)
    e = linformer.segment_mean(4, 10)[None]
    before = linformer.attend(query, key, value, e, e, scale=0.3)
    key[:, :, 9] += 1
    assert not torch.allclose(linformer.attend(query, key, value, e, e, scale=0.3)[:, :, 0], before[:, :, 0])


def test_padding_does_not_change_real_tokens() -> None:
    query, key, value = drawn(12)
    generator = torch.Generator().manual_seed(1)
    e, f = (torch.randn(1, 5, 12, generator=generator) for _ in range(2))
    kept = torch.ones(BATCH, 12, dtype=torch.bool)
    kept[:, 9:] = False
    one = linformer.attend(query, key, value, e, f, scale=0.3, keep_mask=kept)
    key[:, :, 9:], value[:, :, 9:] = 100.0, -100.0
    torch.testing.assert_close(linformer.attend(query, key, value, e, f, scale=0.3, keep_mask=kept), one)
    short = linformer.attend(query[:, :, :9], key[:, :, :9], value[:, :, :9], e, f, scale=0.3)
    torch.testing.assert_close(short, one[:, :, :9], rtol=1e-4, atol=1e-5)


def test_a_mean_stays_a_mean_and_empty_slots_get_no_weight() -> None:
    e = linformer.segment_mean(4, 12)[None]
    weights, holds = linformer.fitted(e, 7, None)
    assert holds is not None and holds[0, 0].tolist() == [True, True, True, False]
    torch.testing.assert_close(weights[0, 0, :3].sum(-1), torch.ones(3))
    query, key, value = drawn(7)
    value[:] = 1.0
    torch.testing.assert_close(linformer.attend(query, key, value, e, e, scale=0.3), torch.ones_like(query))


@pytest.mark.parametrize(("slots", "length"), [(4, 12), (5, 12), (12, 12), (1, 7)])
def test_segment_means(slots: int, length: int) -> None:
    rows = linformer.segment_mean(slots, length)
    torch.testing.assert_close(rows.sum(1), torch.ones(slots))
    assert ((rows > 0).sum(0) == 1).all()  # every token is in one slot
    assert torch.equal(linformer.segment_mean(6, 6), torch.eye(6))


def test_a_token_that_is_attended_by_itself_gets_a_slot() -> None:
    attention = torch.full((16, 16), 1 / 16.0)
    attention[:8] = 0.0
    attention[:8, 5] = 1.0
    mass = linformer.leverage(attention, 2)
    assert mass.sum() == pytest.approx(2.0, rel=1e-5) and int(mass.argmax()) == 5


def test_random_projections_keep_lengths() -> None:
    generator = torch.Generator().manual_seed(0)
    projection = linformer.random_projection(256, 512, generator)
    x = torch.randn(512, 40, generator=generator)
    ratio = (projection @ x).norm(dim=0) / x.norm(dim=0)
    assert (ratio - 1).abs().max() < 0.25


def causal(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, **more: torch.Tensor) -> torch.Tensor:
    """Segments of 8 tokens, 2 slots each, projections of their own for the key/value heads."""
    generator = torch.Generator().manual_seed(5)
    e, f = (linformer.segment_mean(2, 8) + 0.1 * torch.randn(KEYS, 2, 8, generator=generator) for _ in range(2))
    logits = torch.full((KEYS, 2), math.log(4.0))
    return linformer.attend_causal(query, key, value, e, f, logits, scale=0.3, **more)


@pytest.mark.parametrize("tokens", [3, 8, 21, 32])
def test_no_output_depends_on_a_later_token(tokens: int) -> None:
    query, key, value = drawn(tokens)
    before = causal(query, key, value)
    for place in range(tokens):
        other_key, other_value = key.clone(), value.clone()
        other_key[:, :, place] += 3
        other_value[:, :, place] -= 3
        after = causal(query, other_key, other_value)
        assert torch.equal(after[:, :, :place], before[:, :, :place])
        assert not torch.allclose(after[:, :, place:], before[:, :, place:])


def test_the_first_segment_is_exact() -> None:
    query, key, value = drawn(21)
    torch.testing.assert_close(causal(query, key, value)[:, :, :8], exact(query, key, value, True)[:, :, :8])


def test_as_many_slots_as_tokens_is_exact_causal_attention() -> None:
    query, key, value = drawn(21)
    identity, zero = torch.eye(8)[None], torch.zeros(1, 8)
    out = linformer.attend_causal(query, key, value, identity, identity, zero, scale=0.3)
    torch.testing.assert_close(out, exact(query, key, value, True), rtol=1e-5, atol=1e-5)


def test_a_slot_counts_as_the_tokens_that_it_stands_for() -> None:
    """Where all keys of a half segment are alike, the mean of it with log 4 is exact."""
    query, key, value = drawn(20)
    key = key[:, :, ::4].repeat_interleave(4, 2)
    mean, logits = linformer.segment_mean(2, 8)[None], torch.full((1, 2), math.log(4.0))
    out = linformer.attend_causal(query, key, value, mean, mean, logits, scale=0.3)
    torch.testing.assert_close(out, exact(query, key, value, True), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("queries", [1, 5, 13])
def test_the_last_queries_alone_are_the_same(queries: int) -> None:
    """As they come when a cache holds what was before."""
    query, key, value = drawn(21)
    last = causal(query[:, :, -queries:], key, value)
    torch.testing.assert_close(last, causal(query, key, value)[:, :, -queries:], rtol=1e-5, atol=1e-6)


def test_causal_padding() -> None:
    """Left of the text, as in generation: what the padding holds does not matter, and nothing is NaN."""
    query, key, value = drawn(21)
    kept = torch.ones(BATCH, 21, dtype=torch.bool)
    kept[:, :10] = False
    one = causal(query, key, value, keep_mask=kept)
    key[:, :, :10], value[:, :, :10] = 50.0, -50.0
    torch.testing.assert_close(causal(query, key, value, keep_mask=kept)[:, :, 10:], one[:, :, 10:])
    assert torch.isfinite(one).all()


@pytest.mark.parametrize("chunk", [8, 16, 512])
@pytest.mark.parametrize("padded", [False, True])
def test_it_is_what_each_query_would_see_alone(chunk: int, padded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many tokens are worked on at a time; the gradients too."""
    monkeypatch.setattr(linformer, "CHUNK", chunk)
    query, key, value = (x.double().requires_grad_() for x in drawn(37))
    random = torch.Generator().manual_seed(4)
    e, f = (torch.rand(KEYS, 3, 8, generator=random).double().requires_grad_() for _ in range(2))
    logits = torch.randn(KEYS, 3, generator=random).double().requires_grad_()
    kept = torch.ones(BATCH, 37, dtype=torch.bool)
    if padded:
        kept[0, :11] = False
    out = linformer.attend_causal(query, key, value, e, f, logits, scale=0.3, keep_mask=kept if padded else None)
    rows = []
    for b in range(BATCH):
        for head in range(query.shape[1]):
            group = head * KEYS // query.shape[1]
            for t in range(37):
                keys, values, bias = [], [], []
                for segment in range(t // 8):
                    there = kept[b, 8 * segment : 8 * segment + 8].double()
                    span = slice(8 * segment, 8 * segment + 8)
                    if not there.any():
                        continue
                    for into, projection, x in ((keys, e, key), (values, f, value)):
                        weights = projection[group] * there
                        weights = weights * (projection[group].abs().sum(1) / weights.abs().sum(1))[:, None]
                        into += list(weights @ x[b, group, span])
                    bias += list(logits[group])
                for near in range(8 * (t // 8), t + 1):
                    if kept[b, near] or near == t:
                        keys.append(key[b, group, near])
                        values.append(value[b, group, near])
                        bias.append(torch.zeros((), dtype=torch.float64))
                scores = torch.stack(keys) @ query[b, head, t] * 0.3 + torch.stack(bias)
                rows.append(torch.softmax(scores, 0) @ torch.stack(values))
    expected = torch.stack(rows).view_as(out)
    torch.testing.assert_close(out, expected, rtol=1e-6, atol=1e-7)
    mask = kept if padded else None
    with torch.no_grad():  # written out there
        for queries in (37, 14, 1):
            last = linformer.attend_causal(query[:, :, -queries:], key, value, e, f, logits, scale=0.3, keep_mask=mask)
            torch.testing.assert_close(last, expected[:, :, -queries:], rtol=1e-6, atol=1e-7)
    inputs = [query, key, value, e, f, logits]
    pull = torch.randn(out.shape, generator=random).double()
    for mine, theirs in zip(
        torch.autograd.grad((out * pull).sum(), inputs),
        torch.autograd.grad((expected * pull).sum(), inputs),
        strict=True,
    ):
        torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("chunk", "largest"), [(8, 8), (16, 16), (4, 8), (512, 37)])
def test_attention_sees_a_bounded_number_of_queries_at_a_time(
    chunk: int, largest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A segment at least; memory then grows with the length and not with its square."""
    seen: list[int] = []
    real = linformer.F.scaled_dot_product_attention

    def counted(query: torch.Tensor, *others: torch.Tensor, **options: Any) -> torch.Tensor:
        seen.append(query.shape[2])
        return real(query, *others, **options)

    monkeypatch.setattr(linformer, "CHUNK", chunk)
    monkeypatch.setattr(linformer.F, "scaled_dot_product_attention", counted)
    causal(*drawn(37))
    assert max(seen) == largest and sum(seen) == 37
