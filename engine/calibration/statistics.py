"""Statistics of the inputs of linears: sums over tokens, so that they add up across batches and across processes."""

from __future__ import annotations

from typing import Protocol

import torch
import torch.distributed


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

    BLOCK = 512

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
        self.tokens = int(summed(torch.tensor(float(self.tokens), device=self._sum.device)).item())
        summed(self._sum)

    def matrix(self) -> torch.Tensor:
        """G in float32, symmetric, shape (features, features)."""
        upper = torch.triu(self._sum)
        return upper + torch.triu(self._sum, 1).T


def summed(tensor: torch.Tensor) -> torch.Tensor:
    """``tensor`` summed in place over the processes of a distributed run; as it is in a single process."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.all_reduce(tensor)
    return tensor
