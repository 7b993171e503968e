"""The output of a model for a few fixed tokens, in so few numbers that they can travel with an export."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, Literal

import pydantic
import torch

TOKENS = 64
EVERY = 4
"""Two rows of 64 tokens are read; every fourth position is kept."""
TOP = 16
SUMS = 32
TEXT = (
    "The river had frozen in the night, and by the morning children were skating where boats had lain. "
    "Nobody knew who had been first; 12 of them said it was the baker's boy, 7 that it was his dog. "
    'In 1904 such a winter was news: "Cold enough," wrote the paper, "to split stones." C\'est la vie, naïve or not.'
)


_Index = Annotated[int, pydantic.Field(ge=0, lt=1 << 31)]
_Ids = Annotated[list[_Index], pydantic.Field(min_length=1)]


class _Stored(pydantic.BaseModel):
    """An `Expectation` in JSON. Values may be NaN: a damaged model gives such."""

    model_config = pydantic.ConfigDict(strict=True)

    kind: Literal["logits", "hidden"]
    tokens: list[_Ids] = pydantic.Field(min_length=1, max_length=64)
    top: list[_Ids] = pydantic.Field(min_length=1)
    values: list[list[float]]
    rest: list[float]
    deviation: list[float]
    sums: list[list[float]]


@dataclass(frozen=True)
class Expectation:
    """The output of a model for ``tokens``, (rows, tokens) ids, at every fourth position, one position after another.

    ``kind`` "logits", or "hidden" states for an encoder. ``top`` are the indices of the 16 largest values, ``values``
    those, ``rest`` the log of the probability that all others have together, ``deviation`` the standard deviation.
    ``sums``: every value is in one of 32 sums with a random sign, divided by the root of their number, so that a
    wrong row of the head shows although it is never among the largest.
    """

    kind: str
    tokens: tuple[tuple[int, ...], ...]
    top: tuple[tuple[int, ...], ...]
    values: tuple[tuple[float, ...], ...]
    rest: tuple[float, ...]
    deviation: tuple[float, ...]
    sums: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, kind: str, tokens: torch.Tensor, output: torch.Tensor) -> Expectation:
        """From what the network gives, (rows, tokens, values)."""
        rows = output[:, ::EVERY].reshape(-1, output.shape[-1]).double()
        values, top = rows.topk(min(TOP, rows.shape[1]))
        probability = torch.softmax(rows, -1).gather(1, top).sum(-1)
        rest = torch.log1p(-probability.clamp(max=1 - 1e-12))
        return cls(
            kind,
            _rows(tokens, int),
            _rows(top, int),
            _rows(values, float),
            tuple(float(x) for x in rest),
            tuple(float(x) for x in rows.std(-1)),
            _rows(_signed_sums(rows), float),
        )

    def at(self, positions: Sequence[int]) -> Expectation:
        """Only these positions of each row; they have to be among the kept ones."""
        row = len(range(0, len(self.tokens[0]), EVERY))
        chosen = [start + position // EVERY for start in range(0, len(self.values), row) for position in positions]
        names = ("top", "values", "rest", "deviation", "sums")
        chosen_rows: dict[str, Any] = {name: tuple(getattr(self, name)[i] for i in chosen) for name in names}
        return replace(self, **chosen_rows)

    def normalizers(self) -> torch.Tensor:
        """(positions, 1): the logarithm of the sum of exp over all logits, to turn log-probabilities into logits."""
        values, rest = (torch.tensor(x, dtype=torch.float64) for x in (self.values, self.rest))
        return (torch.logsumexp(values, -1) - torch.log1p(-rest.exp()))[:, None]

    def compare(self, output: torch.Tensor) -> dict[str, float]:
        """Compare another output, (rows, tokens, values), with this one.

        ``max_difference`` of a value or sum; ``max_relative_difference`` in standard deviations of its position;
        for logits also ``kl_divergence`` in nats a token over the 16 likeliest and all others as one, and
        ``top1_agreement``.
        """
        return self.compare_selected(output[:, ::EVERY].reshape(-1, output.shape[-1]).double())

    def compare_selected(self, rows: torch.Tensor) -> dict[str, float]:
        """The same for (positions, values) at the kept positions."""
        top = torch.tensor(self.top)
        values, sums, deviation, mine = (
            torch.tensor(x, dtype=torch.float64) for x in (self.values, self.sums, self.deviation, self.rest)
        )
        if len(rows) != len(values) or int(top.max()) >= rows.shape[1]:
            return {"max_difference": math.inf, "max_relative_difference": math.inf}
        off = torch.cat([rows.gather(1, top) - values, _signed_sums(rows) - sums], dim=1).abs().nan_to_num(math.inf)
        relative = off / deviation.clamp_min(1e-12)[:, None]
        metrics = {"max_difference": float(off.max()), "max_relative_difference": float(relative.max())}
        if self.kind == "logits":
            theirs = torch.log_softmax(rows, -1).gather(1, top)
            rest = torch.log1p(-theirs.exp().sum(-1).clamp(max=1 - 1e-12))
            log_p = torch.log_softmax(values, -1) + torch.log1p(-mine.exp())[:, None]
            divergence = (log_p.exp() * (log_p - theirs)).sum(-1) + mine.exp() * (mine - rest)
            metrics["kl_divergence"] = max(float(divergence.mean()), 0.0)
            metrics["top1_agreement"] = float((rows.argmax(-1) == top[:, 0]).double().mean())
        return metrics

    def to_json(self) -> dict[str, Any]:
        """Plain values; nine digits keep a float32."""
        data = asdict(self)
        for name in ("values", "sums"):
            data[name] = [[float(f"{x:.9g}") for x in row] for row in data[name]]
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Expectation:
        """The inverse of `to_json`; ValueError (pydantic's ValidationError is one) for something else, as for lists
        whose lengths don't fit each other."""
        stored = _Stored.model_validate(data)
        positions, first = len(stored.rest), len(stored.top[0])  # not those of the tokens where a model reads two texts
        lengths = (
            ("tokens", stored.tokens, len(stored.tokens), len(stored.tokens[0])),
            ("top", stored.top, positions, first),
            ("values", stored.values, positions, first),
            ("sums", stored.sums, positions, SUMS),
        )
        for name, rows, count, width in lengths:
            if len(rows) != count or any(len(row) != width for row in rows):
                raise ValueError(f"expectation.{name} is not {count} rows of {width} numbers")
        if len(stored.deviation) != positions:
            raise ValueError(f"expectation.deviation is not {positions} numbers")
        nested: dict[str, Any] = {name: tuple(map(tuple, rows)) for name, rows, _, _ in lengths}
        return cls(kind=stored.kind, rest=tuple(stored.rest), deviation=tuple(stored.deviation), **nested)


def fixed_tokens(vocabulary: int, text: list[int], length: int) -> torch.Tensor:
    """Two rows of ``length`` ids: the first of ``text`` (the fixed text, tokenized) as far as it goes, then drawn ones;
    and drawn ones only. The same for the same arguments."""
    ids = torch.randint(vocabulary, (2, length), generator=torch.Generator().manual_seed(0))
    first = torch.tensor(text[:length], dtype=torch.int64)
    ids[0, : len(first)] = first
    return ids


def _signed_sums(rows: torch.Tensor) -> torch.Tensor:
    """(positions, values) -> (positions, 32)."""
    width = -(-rows.shape[1] // SUMS)
    signs = torch.randint(2, (rows.shape[1],), generator=torch.Generator().manual_seed(1)).double() * 2 - 1
    padded = torch.nn.functional.pad(rows * signs, (0, width * SUMS - rows.shape[1]))
    return padded.reshape(len(rows), SUMS, width).sum(-1) / math.sqrt(width)


def _rows(values: torch.Tensor, kind: type) -> tuple[tuple[Any, ...], ...]:
    return tuple(tuple(kind(x) for x in row) for row in values.tolist())
