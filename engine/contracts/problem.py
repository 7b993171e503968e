"""What stands in the way of a run, and what a run will cost; both known before anything is spent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self

from engine.contracts.errors import StudioError


@dataclass(frozen=True)
class Problem:
    """Something found by a check. An error forbids the run, a warning does not.

    ``block`` is filled in by whoever knows it; ``where`` names the layer or file. ``consent``: the folder of a model
    whose own code nobody has said yes to.
    """

    severity: Literal["error", "warning"]
    message: str
    where: str = ""
    advice: str = ""
    block: str | None = None
    consent: str = ""

    @classmethod
    def of(cls, error: StudioError) -> Self:
        """What an error says."""
        message = f"{error.what}: {error.why}" if error.why else error.what
        return cls("error", message, where=error.where, advice=error.advice[:1].upper() + error.advice[1:])

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        advice = f" {self.advice}" if self.advice else ""
        return f"{self.message}{place}.{advice}".replace("..", ".")


def counted(problems: Iterable[Problem]) -> str:
    """The number of errors and of warnings in words: "5 errors, 29 warnings"; "" for none."""
    numbers = Counter(problem.severity for problem in problems)
    words = (f"{numbers[kind]} {kind}{'s' if numbers[kind] != 1 else ''}" for kind in ("error", "warning"))
    return ", ".join(text for text in words if not text.startswith("0 "))


@dataclass(frozen=True)
class Estimate:
    """What a block will cost: bytes of the artifact on disk, peak memory in bytes, seconds (None: unknown)."""

    disk_bytes: int
    memory_bytes: int
    seconds: float | None = None
