"""What reaches a layer that is factorized."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from engine.calibration.statistics import Paired, summed
from engine.methods.low_rank.svd.settings import SvdSettings
from engine.numerics import svd


class Inputs(Paired):
    """With the magnitude of each input."""

    def __init__(
        self, features: int, device: torch.device | str = "cpu", beside: Iterator[torch.Tensor] | None = None
    ) -> None:
        super().__init__(features, device, beside)
        self._absolute = torch.zeros(features, dtype=torch.float64, device=device)

    def add(self, x: torch.Tensor) -> None:
        """Take in inputs of shape (…, features)."""
        super().add(x)
        self._absolute += x.reshape(-1, x.shape[-1]).float().abs().sum(0).double()

    def reduce(self) -> None:
        """Add up the sums and counts of all processes."""
        super().reduce()
        summed(self._absolute)

    def metric(self, settings: SvdSettings) -> torch.Tensor | None:
        """What `engine.numerics.svd.decompose` measures errors in, as the settings ask for."""
        if settings.variant == "plain":
            return None
        if settings.variant == "activation":
            return svd.scales(self._absolute / max(1, self.tokens), settings.alpha).square()
        return self.matrix()
