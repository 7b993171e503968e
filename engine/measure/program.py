"""Another program that decodes a model in the place of torch: what speed and answers need of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Protocol

import torch

from engine.base.errors import RunFailed
from engine.models.model import Model


class ProgramFailed(RunFailed):
    """Another program can't run a model: what it would have measured is not measured."""


class Feeds(Protocol):
    """Reads several sequences on."""

    def feed_rows(self, ids: torch.Tensor) -> torch.Tensor:
        """Read further tokens, (rows, n) int64; the logits behind the last ones, (rows, vocabulary) float32."""
        ...


class Program(Protocol):
    """A program that is ready to decode one model. ``name``: with its version, such as "torch 2.13.0"."""

    @property
    def name(self) -> str:
        """Its name with its version."""
        ...

    @property
    def how(self) -> str:
        """A sentence on how it computes."""
        ...

    def speeds(self, prompt: list[int], tokens: int, repeats: int) -> tuple[list[float], list[float]]:
        """Tokens per second of reading the prompt and of writing so many tokens, once a repeat."""
        ...

    def decoder(self, rows: int, length: int) -> Feeds:
        """A decoder of so many sequences, each of at most so many tokens. The one before it must not be used on."""
        ...


class Programs(Protocol):
    """Programs that there are beside torch."""

    def running(
        self, model: Model, progress: Callable[[float, str], None], checkpoint: Callable[[], None]
    ) -> contextlib.AbstractContextManager[Program | None]:
        """The one that decodes a model while the block runs; None if torch does. Calls ``checkpoint`` while it works;
        what that raises ends it. Raises `ProgramFailed` if it can't run the model after all."""
        ...

    def advice(self, model: Model) -> str:
        """A sentence that names what would run the model faster if it were installed, else ""."""
        ...


class TorchAlone:
    """No other programs."""

    def running(
        self, model: Model, progress: Callable[[float, str], None], checkpoint: Callable[[], None]
    ) -> contextlib.AbstractContextManager[Program | None]:
        """None."""
        return contextlib.nullcontext()

    def advice(self, model: Model) -> str:
        """Nothing."""
        return ""


def torch_name() -> str:
    """The name of the program that decodes where no other one does."""
    return f"torch {torch.__version__}"
