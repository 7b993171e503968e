"""Result of making an export again. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["exact", "near", "partial"]
"""Every tensor of the export was made again and is equal, or not; or the weights of the first layers alone."""


@dataclass(frozen=True)
class TensorReplay:
    """One tensor. ``equal_share``: of its bytes, or of the weights of a layer in a partial replay."""

    name: str
    equal_share: float

    @property
    def is_equal(self) -> bool:
        """True to the last bit."""
        return self.equal_share == 1.0


@dataclass(frozen=True)
class Replay:
    """All of it.

    other_environment: what is not as it was, in words; a replay is exact where nothing is. divergence: mean KL
    divergence in nats a token between the export and what was made again, and loss: between the base and the export;
    None where all is equal, or only a part was made.
    """

    folder: str
    mode: Mode
    tensors: tuple[TensorReplay, ...]
    other_environment: tuple[str, ...] = ()
    divergence: float | None = None
    loss: float | None = None

    @property
    def differing(self) -> tuple[TensorReplay, ...]:
        """The tensors that are not equal, in the order of the file."""
        return tuple(tensor for tensor in self.tensors if not tensor.is_equal)

    @property
    def is_confirmed(self) -> bool:
        """True where something was compared and all is equal, or where another environment explains what is not and the
        two are nearer to each other than the export is to its base."""
        if not self.differing:
            return bool(self.tensors)
        within = self.divergence is not None and self.loss is not None and self.divergence <= self.loss
        return bool(self.other_environment) and within
