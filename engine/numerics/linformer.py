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

from engine import devices

MaskedProjection = tuple[torch.Tensor, torch.Tensor | None]
CHUNK = 128
"""Queries of causal attention in one product, at least: each is compared with all tokens of their segments, of which
only those of its own count."""
MOST_CHUNKS = 64
"""Products of a long sequence at most."""


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
    step = max(1, max(CHUNK, tokens // MOST_CHUNKS) // length)
    outputs = []
    masks = _Masks(length, slots, seen, query.dtype, padded=keep_mask is not None)
    for start in range(before // length, count, step):
        low, high = max(start * length, before), min((start + step) * length, tokens)
        near = slice(start * length, high)
        last = (high - 1) // length
        far = past.until(last)
        chunk = _Chunk(
            query[:, :, low - before : high - before],
            torch.cat([far.keys, key[:, :, near].repeat_interleave(groups, 1)], 2),
            torch.cat([far.values, value[:, :, near].repeat_interleave(groups, 1)], 2),
            far.bias[..., None, :].to(query.dtype),
            *masks(low, high, start, last),
        )
        outputs.append(chunk.attended(scale, dropout))
    return torch.cat(outputs, 2)


@dataclass(frozen=True)
class _Slots:
    """Slots of completed segments, ``size`` of each: keys and values (batch, heads, slots, d), and the bias
    of their logits, (batch or 1, heads or 1, slots)."""

    keys: torch.Tensor
    values: torch.Tensor
    bias: torch.Tensor
    size: int

    def until(self, segment: int) -> _Slots:
        """The slots of the segments before this one."""
        end = segment * self.size
        return _Slots(self.keys[:, :, :end], self.values[:, :, :end], self.bias[..., :end], self.size)


@dataclass(frozen=True)
class _Chunk:
    """Queries (batch, heads, queries, d) with all that they attend: slots first, then tokens.

    bias: of the slots, (batch or 1, heads or 1, 1, slots). ahead: (queries, n) bool, which of the last n slots are not
    before the query's own segment. near: bias of the tokens, (batch or 1, 1, queries, tokens).
    """

    query: torch.Tensor
    keys: torch.Tensor
    values: torch.Tensor
    bias: torch.Tensor
    ahead: torch.Tensor
    near: torch.Tensor

    def attended(self, scale: float, dropout: float) -> torch.Tensor:
        """softmax(Q Kᵀ · scale + bias) V. Written out on a CPU where nothing learns: its kernel takes longer for a
        bias than for all else. Where something learns, kernels hold no matrix for the way back."""
        if dropout or torch.is_grad_enabled() or devices.is_accelerator(self.query.device):
            return F.scaled_dot_product_attention(
                self.query, self.keys, self.values, attn_mask=self._whole_bias(), dropout_p=dropout, scale=scale
            )
        slots, late = self.bias.shape[-1], self.ahead.shape[-1]
        scores = (self.query * scale) @ self.keys.transpose(-1, -2)
        scores[..., :slots] += self.bias
        scores[..., slots - late : slots].masked_fill_(self.ahead, -torch.inf)
        scores[..., slots:] += self.near
        return torch.softmax(scores, -1) @ self.values

    def _whole_bias(self) -> torch.Tensor:
        """Of slots and tokens, (batch or 1, heads or 1, queries, slots + tokens)."""
        slots, late = self.bias.shape[-1], self.ahead.shape[-1]
        far = self.bias.expand(*self.bias.shape[:2], self.query.shape[2], slots)
        far = torch.cat([far[..., : slots - late], far[..., slots - late :].masked_fill(self.ahead, -torch.inf)], -1)
        shape = max(len(far), len(self.near)), far.shape[1]
        return torch.cat([x.expand(*shape, -1, -1) for x in (far, self.near)], -1)


class _Masks:
    """Masks of chunks. Without padding all chunks of one shape have the same, which are made once."""

    def __init__(self, length: int, slots: int, seen: torch.Tensor, dtype: torch.dtype, *, padded: bool) -> None:
        self.length, self.slots, self.seen, self.dtype, self.padded = length, slots, seen, dtype, padded
        self._made_before: dict[tuple[int, int], tuple[torch.Tensor, torch.Tensor]] = {}

    def __call__(self, low: int, high: int, start: int, last: int) -> tuple[torch.Tensor, torch.Tensor]:
        """``ahead`` and ``near`` of `_Chunk` for queries low … high in the segments start … last."""
        first = start * self.length
        shape = low - first, high - first
        if self.padded or shape not in self._made_before:
            near = _near_bias(low, high, slice(first, high), self.length, self.seen).to(self.dtype)
            self._made_before[shape] = self._ahead(low, high, start, last), near
        return self._made_before[shape]

    def _ahead(self, low: int, high: int, start: int, last: int) -> torch.Tensor:
        own = torch.arange(low, high, device=self.seen.device) // self.length
        of = start + torch.arange((last - start) * self.slots, device=self.seen.device) // self.slots
        return of >= own[:, None]


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
