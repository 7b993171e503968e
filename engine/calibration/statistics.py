"""Statistics of the inputs of linears: sums over tokens, so that they add up across batches and across processes.

The one place for them: a method takes the statistic that it needs from here.
"""

from __future__ import annotations

import abc
import math
from typing import Protocol

import torch

from engine import devices
from engine.models import ranks
from engine.models.ranks import all_reduce, all_reduce_max


class Statistic(Protocol):
    """Something summed over tokens."""

    def add(self, x: torch.Tensor) -> None:
        """Take in inputs of shape (…, features)."""

    def reduce(self) -> None:
        """Add up what the processes of a distributed run have gathered; does nothing in a single process."""


class Sum(abc.ABC):
    """One sum over tokens, and the count of tokens. Where no token came, as in an expert that is never chosen, `reduce`
    leaves the sum of inputs that are all alike."""

    def __init__(self, total: torch.Tensor) -> None:
        self._total = total
        self.tokens = 0

    def add(self, x: torch.Tensor) -> None:
        """Take in inputs of shape (…, features)."""
        x = x.reshape(-1, x.shape[-1]).float()
        self.tokens += x.shape[0]
        self._accumulate(x)

    @property
    def total(self) -> torch.Tensor:
        """The sum as it is stored; of a Gram matrix what lies on and above the diagonal."""
        return self._total

    @property
    def counts(self) -> torch.Tensor:
        """The count of tokens and other numbers that add up, float64 (numbers,) on the CPU."""
        return torch.tensor([self.tokens], dtype=torch.float64)

    def restore(self, total: torch.Tensor, counts: torch.Tensor) -> None:
        """Go on from a ``total`` and its ``counts`` that were stored."""
        self._total.copy_(total)
        self._set_counts(counts)

    def reduce(self) -> None:
        """Add up the sums and counts of all processes."""
        device = self._total.device if ranks.count() > 1 else devices.CPU  # a single process transfers nothing
        self._set_counts(all_reduce(self.counts.to(device)).cpu())
        all_reduce(self._total)
        if not self.tokens:
            self._neutral()

    def _set_counts(self, counts: torch.Tensor) -> None:
        self.tokens = int(counts[0])

    def _neutral(self) -> None:
        """Fill in sums for unknown inputs: all features count alike."""
        self._total.fill_(1)

    @abc.abstractmethod
    def _accumulate(self, x: torch.Tensor) -> None:
        """Sum up inputs (tokens, features) in float32."""


class Gram(Sum):
    """The Gram matrix G = sum over tokens of x x^T, shape (features, features), and the count of tokens.

    Only what lies on and above the diagonal is computed, in squares that halve toward it; `matrix` mirrors it.
    """

    BLOCK = 96
    """Features of the squares on the diagonal, on a CPU."""

    def __init__(self, features: int, device: torch.device | str = "cpu") -> None:
        super().__init__(torch.zeros(features, features, dtype=torch.float32, device=device))

    def _accumulate(self, x: torch.Tensor) -> None:
        self._add(self._total, x)

    def _add(self, total: torch.Tensor, x: torch.Tensor) -> None:
        """Add x^T x of inputs (tokens, features) to a ``total``, on and above its diagonal."""
        _add_products(total, x, 0, x.shape[1], self._block(x.device))

    def _block(self, device: torch.device) -> int:
        """Features of the squares on the diagonal."""
        return math.isqrt(devices.at_once(device, self.BLOCK**2))

    def _neutral(self) -> None:
        self._total.fill_diagonal_(1)

    def matrix(self) -> torch.Tensor:
        """G in float32, symmetric, shape (features, features): the sum itself, which must not be added to any more."""
        for start in range(0, len(self._total), self.BLOCK):
            stop = start + self.BLOCK
            self._total[stop:, start:stop] = self._total[start:stop, stop:].T
            own = self._total[start:stop, start:stop]
            own.copy_(torch.triu(own) + torch.triu(own, 1).T)
        return self._total


def _add_products(total: torch.Tensor, x: torch.Tensor, start: int, stop: int, block: int) -> None:
    """Add what the features from ``start`` to ``stop`` have in common."""
    if stop - start <= block:
        total[start:stop, start:stop].addmm_(x[:, start:stop].T, x[:, start:stop])
        return
    middle = _middle(start, stop)
    total[start:middle, middle:stop].addmm_(x[:, start:middle].T, x[:, middle:stop])
    _add_products(total, x, start, middle, block)
    _add_products(total, x, middle, stop, block)


def _middle(start: int, stop: int) -> int:
    """The feature that cuts these in halves of whole vectors."""
    return start + -(-(stop - start) // 64) * 32


def _squared_norm(total: torch.Tensor, start: int, stop: int, block: int) -> torch.Tensor:
    """Sum of squares above the diagonal of what `_add_products` gave, float64 ()."""
    if stop - start <= block:
        return _squares(torch.triu(total[start:stop, start:stop], 1))
    middle = _middle(start, stop)
    own = _squares(total[start:middle, middle:stop])
    return own + _squared_norm(total, start, middle, block) + _squared_norm(total, middle, stop, block)


def _squares(values: torch.Tensor) -> torch.Tensor:
    """Sum of squares, float64 (): faster than in that type."""
    norm: torch.Tensor = torch.linalg.vector_norm(values)
    return norm.double().square()


class GramAndSpread(Gram):
    """The Gram matrix, and how much those of pieces of the text differ: each batch is a piece, of the first one each
    half.

    `counts`: tokens, Σ t² over the pieces of t tokens, and Σ ‖P‖² of their Gram matrices above the diagonal.
    """

    def __init__(self, features: int, device: torch.device | str = "cpu") -> None:
        super().__init__(features, device)
        self._squared_tokens = 0
        self._squared_norms = torch.zeros((), dtype=torch.float64, device=device)

    def _accumulate(self, x: torch.Tensor) -> None:
        for piece in x.chunk(1 if self._squared_tokens else 2):
            own = torch.zeros_like(self._total)
            self._add(own, piece)
            self._total += own
            self._squared_tokens += len(piece) ** 2
            self._squared_norms += _squared_norm(own, 0, len(own), self._block(x.device))

    @property
    def counts(self) -> torch.Tensor:
        """See the class."""
        return torch.tensor([self.tokens, self._squared_tokens, self._squared_norms.item()], dtype=torch.float64)

    def _set_counts(self, counts: torch.Tensor) -> None:
        super()._set_counts(counts)
        self._squared_tokens = int(counts[1])
        self._squared_norms.copy_(counts[2])


class Energy(Sum):
    """The sum of squares of each feature over tokens, shape (features,), and the count of tokens."""

    def __init__(self, features: int, device: torch.device | str = "cpu") -> None:
        super().__init__(torch.zeros(features, dtype=torch.float32, device=device))

    def _accumulate(self, x: torch.Tensor) -> None:
        self._total += x.square().sum(0)

    @property
    def sum(self) -> torch.Tensor:
        """Sum of x², float32 (features,)."""
        return self._total


class EnergyAndPeak(Energy):
    """The same, and the largest |x| of all features and tokens, () float32: what a scale that is fixed beforehand is
    made of."""

    def __init__(self, features: int, device: torch.device | str = "cpu") -> None:
        super().__init__(features, device)
        self.peak = torch.zeros((), dtype=torch.float32, device=device)

    def _accumulate(self, x: torch.Tensor) -> None:
        super()._accumulate(x)
        self.peak = torch.maximum(self.peak, x.abs().max())

    def reduce(self) -> None:
        """Add up sums and counts, and take the largest peak, of all processes."""
        super().reduce()
        all_reduce_max(self.peak)


class Peaks(Sum):
    """The largest |x| of each feature over tokens, float32 (features,), and the count of tokens; zeros where no token
    came."""

    def __init__(self, features: int, device: torch.device | str = "cpu") -> None:
        super().__init__(torch.zeros(features, dtype=torch.float32, device=device))

    def _accumulate(self, x: torch.Tensor) -> None:
        torch.maximum(self._total, x.abs().amax(0) if len(x) else self._total, out=self._total)

    def reduce(self) -> None:
        """Take the largest of all processes."""
        all_reduce_max(self._total)

    @property
    def peaks(self) -> torch.Tensor:
        """Largest |x|, float32 (features,)."""
        return self._total


class Magnitude(Sum):
    """The sum of |x| of each feature over tokens, shape (features,), and the count of tokens."""

    def __init__(self, features: int, device: torch.device | str = "cpu") -> None:
        super().__init__(torch.zeros(features, dtype=torch.float64, device=device))

    def _accumulate(self, x: torch.Tensor) -> None:
        self._total += x.abs().sum(0).double()

    @property
    def mean(self) -> torch.Tensor:
        """Mean of |x|, float64 (features,); zeros before the first token."""
        return self._total / max(1, self.tokens)


class GramAndMagnitude:
    """`Gram` and `Magnitude` of the same inputs."""

    def __init__(self, features: int, device: torch.device | str = "cpu") -> None:
        self.gram = Gram(features, device)
        self.magnitude = Magnitude(features, device)

    def add(self, x: torch.Tensor) -> None:
        """Take in inputs of shape (…, features)."""
        self.gram.add(x)
        self.magnitude.add(x)

    def reduce(self) -> None:
        """Add up the sums and counts of all processes."""
        self.gram.reduce()
        self.magnitude.reduce()
