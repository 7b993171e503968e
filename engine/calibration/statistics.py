"""Statistics of the inputs of linears: sums over tokens, so that they add up across batches and across processes."""

from __future__ import annotations

from typing import Protocol

import torch

from engine.models.ranks import summed as summed


class Statistic(Protocol):
    """Something summed over tokens."""

    def add(self, x: torch.Tensor) -> None:
        """Take in inputs of shape (tokens, features)."""

    def reduce(self) -> None:
        """Add up what the processes of a distributed run have gathered; does nothing in a single process."""


class Gram:
    """The Gram matrix G = sum over tokens of x x^T, shape (features, features), and the count of tokens.

    Only blocks on and above the diagonal are computed; `matrix` mirrors them.
    """

    BLOCK = 192

    def __init__(self, features: int, device: torch.device | str = "cpu") -> None:
        self._sum = torch.zeros(features, features, dtype=torch.float32, device=device)
        self.tokens = 0

    def add(self, x: torch.Tensor) -> None:
        """Take in inputs of shape (tokens, features)."""
        x = x.reshape(-1, x.shape[-1]).float()
        self.tokens += x.shape[0]
        for start in range(0, x.shape[1], self.BLOCK):
            stop = start + self.BLOCK
            self._sum[start:stop, start:].addmm_(x[:, start:stop].T, x[:, start:])

    def reduce(self) -> None:
        """Add up the sums and counts of all processes."""
        count = torch.tensor(self.tokens, dtype=torch.float64, device=self._sum.device)
        self.tokens = int(summed(count).item())
        summed(self._sum)

    def matrix(self) -> torch.Tensor:
        """G in float32, symmetric, shape (features, features): the sum itself, which must not be added to any more."""
        for start in range(0, len(self._sum), self.BLOCK):
            stop = start + self.BLOCK
            self._sum[stop:, start:stop] = self._sum[start:stop, stop:].T
            own = self._sum[start:stop, start:stop]
            own.copy_(torch.triu(own) + torch.triu(own, 1).T)
        return self._sum


class Energy:
    """The sum of squares of each feature over tokens, and the count of tokens."""

    def __init__(self, features: int, device: torch.device | str = "cpu") -> None:
        self.sum = torch.zeros(features, dtype=torch.float32, device=device)
        self.tokens = 0

    def add(self, x: torch.Tensor) -> None:
        """Take in inputs of shape (…, features)."""
        x = x.reshape(-1, x.shape[-1]).float()
        self.tokens += x.shape[0]
        self.sum += x.square().sum(0)

    def reduce(self) -> None:
        """Add up the sums and counts of all processes."""
        count = torch.tensor(self.tokens, dtype=torch.float64, device=self.sum.device)
        self.tokens = int(summed(count).item())
        summed(self.sum)
