"""Linformer (arXiv 2006.04768): keys and values are projected along the sequence, n tokens to k slots, so that
attention costs O(n·k): head = softmax(Q (E K)ᵀ / √d) (F V).

Every slot mixes all tokens, so that this is for encoders. `attend_causal` is an extension of the paper for decoders:
the tokens of a query's own segment are attended exactly, completed segments before it through their slots.

Shapes: queries (batch, heads, tokens, d); keys and values (batch, key/value heads, tokens, d); projections (h, k, n)
with h = 1 for one that all heads share, or the number of key/value heads; ``keep_mask`` (batch, tokens) bool, False
for padding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch.nn import functional as F

MaskedProjection = tuple[torch.Tensor, torch.Tensor | None]
CHUNK = 512
"""Tokens that causal attention works on at a time: memory grows with the length, not with its square."""


# -- projections to begin with -----------------------------------------------------------------------------------------
def segment_mean(slots: int, length: int) -> torch.Tensor:
    """(slots, length): slot j averages the tokens of the j-th of equal segments; the identity for slots = length."""
    return weighted_mean(torch.ones(length), slots)


def weighted_mean(mass: torch.Tensor, slots: int) -> torch.Tensor:
    """(slots, length): the sequence is cut into segments of equal ``mass`` (length,), and each slot averages one of
    them, every token weighing its mass; rows sum to 1. A slot is left empty where one token holds several shares."""
    mass = mass.double().clamp_min(1e-12)
    through = (mass.cumsum(0) - mass / 2) / mass.sum()
    rows = torch.zeros(slots, len(mass), dtype=torch.float64, device=mass.device)
    rows[(through * slots).long().clamp(0, slots - 1), torch.arange(len(mass), device=mass.device)] = mass
    return (rows / rows.sum(1, keepdim=True).clamp_min(1e-300)).float()


def random_projection(slots: int, length: int, generator: torch.Generator) -> torch.Tensor:
    """(slots, length) from N(0, 1/slots), as in the Johnson-Lindenstrauss lemma."""
    return torch.randn(slots, length, generator=generator) / math.sqrt(slots)


def leverage(attention: torch.Tensor, slots: int) -> torch.Tensor:
    """(length,): leverage scores, the weight of each token in the ``slots`` leading right singular vectors of an
    average attention matrix (length, length). Tokens that are attended in a way of their own have up to 1, and all
    together ``slots``, so that in `weighted_mean` such a token gets a slot to itself."""
    _, _, right = torch.linalg.svd(attention.double(), full_matrices=False)
    scores: torch.Tensor = right[:slots].square().sum(0).float()
    return scores


# -- encoders ----------------------------------------------------------------------------------------------------------
def fitted(projection: torch.Tensor, tokens: int, keep_mask: torch.Tensor | None) -> MaskedProjection:
    """A projection for sequences of ``tokens`` ≤ n tokens, some of which are padding: (batch or 1, h, k, tokens), and
    which slots hold any token, (batch or 1, h, k); None: all do.

    A missing token is left out of every slot, and the others are scaled up by their share of the row's weight,
    so that a mean stays a mean.
    """
    if tokens == projection.shape[-1] and keep_mask is None:
        return projection.unsqueeze(0), None
    short = projection[..., :tokens].unsqueeze(0)
    if keep_mask is not None:
        short = short * keep_mask.to(short.dtype)[:, None, None, :]
    whole, part = projection.abs().sum(-1), short.abs().sum(-1)
    holds = part > 0
    return short * (whole / torch.where(holds, part, 1.0)).unsqueeze(-1), holds


def project(weights: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Slots (batch, heads, k, d) of keys or values (batch, heads, tokens, d)."""
    return weights.to(x.dtype) @ x


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    e: torch.Tensor,
    f: torch.Tensor,
    *,
    scale: float,
    keep_mask: torch.Tensor | None = None,
    dropout: float = 0.0,
) -> torch.Tensor:
    """softmax(Q (E K)ᵀ · scale) (F V), (batch, heads, tokens, d). Slots without a token get no weight."""
    tokens = key.shape[2]
    for_keys, holds = fitted(e, tokens, keep_mask)
    for_values = for_keys if f is e else fitted(f, tokens, keep_mask)[0]
    groups = query.shape[1] // key.shape[1]
    keys = project(for_keys, key).repeat_interleave(groups, 1)
    values = project(for_values, value).repeat_interleave(groups, 1)
    mask = None
    if holds is not None:
        mask = (holds.repeat_interleave(groups, 1) if holds.shape[1] > 1 else holds).unsqueeze(2)
    return F.scaled_dot_product_attention(query, keys, values, attn_mask=mask, dropout_p=dropout, scale=scale)


# -- decoders ----------------------------------------------------------------------------------------------------------
def attend_causal(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    e: torch.Tensor,
    f: torch.Tensor,
    logits: torch.Tensor,
    *,
    scale: float,
    keep_mask: torch.Tensor | None = None,
    dropout: float = 0.0,
) -> torch.Tensor:
    """Attention of the last tokens of a sequence, (batch, heads, queries, d): exact within their segment of c tokens,
    and to completed segments before it through k slots each.

    ``e``, ``f``: (h, k, c), the projections of one segment. ``logits`` (h, k): are added to those of the slots;
    log(c/k) lets a slot count as the tokens that it stands for. ``key`` and ``value`` hold all tokens from the first;
    the queries belong to the last of them (a cache holds the others).
    """
    length, slots, tokens = e.shape[-1], e.shape[1], key.shape[2]
    before = tokens - query.shape[2]  # tokens that have no query
    count = -(-tokens // length)
    groups = query.shape[1] // key.shape[1]
    seen = torch.ones(1, tokens, dtype=torch.bool, device=key.device) if keep_mask is None else keep_mask
    whole = (count - 1) * length  # the last segment has no slots that anybody reads
    (past_keys, holds), (past_values, _) = (
        _slots(_cut(x[:, :, :whole], length), weights, seen[:, :whole].view(len(seen), count - 1, length))
        for x, weights in zip((key, value), (e, f), strict=True)
    )
    past = _Slots(
        past_keys.repeat_interleave(groups, 1),
        past_values.repeat_interleave(groups, 1),
        _by_head(logits.repeat(1, count - 1)[None], holds, query.shape[1]),
        slots,
    )
    step = max(1, CHUNK // length)
    outputs = []
    for start in range(before // length, count, step):
        low, high = max(start * length, before), min((start + step) * length, tokens)
        near = slice(start * length, high)
        keys, values = (x[:, :, near].repeat_interleave(groups, 1) for x in (key, value))
        bias = _near_bias(low, high, near, length, seen)
        far = past.until((high - 1) // length, torch.arange(low, high, device=key.device) // length)
        shape = max(len(far.bias), len(bias)), far.bias.shape[1]
        bias = torch.cat([x.expand(*shape, -1, -1) for x in (far.bias, bias)], -1)
        outputs.append(
            F.scaled_dot_product_attention(
                query[:, :, low - before : high - before],
                torch.cat([far.keys, keys], 2),
                torch.cat([far.values, values], 2),
                attn_mask=bias.to(query.dtype),
                dropout_p=dropout,
                scale=scale,
            )
        )
    return torch.cat(outputs, 2)


@dataclass(frozen=True)
class _Slots:
    """Slots of completed segments, ``size`` of each: keys and values (batch, heads, slots, d), and the bias
    of their logits, (batch or 1, heads or 1, …, slots)."""

    keys: torch.Tensor
    values: torch.Tensor
    bias: torch.Tensor
    size: int

    def until(self, segment: int, own: torch.Tensor) -> _Slots:
        """The slots of the segments before this one, for queries of the segments ``own`` (queries,)."""
        end = segment * self.size
        of = torch.arange(end, device=own.device) // self.size
        bias = self.bias[..., None, :end].masked_fill(of >= own[:, None], -torch.inf)
        return _Slots(self.keys[:, :, :end], self.values[:, :, :end], bias, self.size)


def _by_head(logits: torch.Tensor, holds: torch.Tensor, heads: int) -> torch.Tensor:
    """Logits of slots (1, h, n), −∞ where they hold no token (batch or 1, h, n); for every head if they differ."""
    bias = logits.masked_fill(~holds, -torch.inf)
    return bias if bias.shape[1] == 1 else bias.repeat_interleave(heads // bias.shape[1], 1)


def _near_bias(low: int, high: int, near: slice, length: int, keep_mask: torch.Tensor) -> torch.Tensor:
    """0 where a token low … high may look within its segment, else −∞: (batch or 1, 1, queries, keys). Padding sees
    itself: a row of −∞ only would be NaN."""
    rows = torch.arange(low, high, device=keep_mask.device)[:, None]
    columns = torch.arange(near.start, near.stop, device=keep_mask.device)
    mine = (columns <= rows) & (columns // length == rows // length)
    allowed = (mine & keep_mask[:, None, near]) | (columns == rows)
    return torch.zeros(allowed.shape, device=keep_mask.device).masked_fill(~allowed, -torch.inf)[:, None]


def _cut(x: torch.Tensor, length: int) -> torch.Tensor:
    """(batch, heads, segments · c, d) -> (batch, heads, segments, c, d)."""
    batch, heads, tokens, width = x.shape
    return x.reshape(batch, heads, tokens // length, length, width)


def _slots(x: torch.Tensor, projection: torch.Tensor, keep_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Slots of segments: (batch, heads, segments, c, d) -> (batch, heads, segments · k, d), and which of them hold a
    token, (batch, h, segments · k)."""
    batch, segments = keep_mask.shape[:2]
    weights, holds = fitted(projection, projection.shape[-1], keep_mask.flatten(0, 1))
    weights = weights.view(batch, segments, *weights.shape[1:]).transpose(1, 2)  # (batch, h, segments, k, c)
    assert holds is not None
    holds = holds.view(batch, segments, *holds.shape[1:]).transpose(1, 2)
    return (weights.to(x.dtype) @ x).flatten(2, 3), holds.flatten(2)
