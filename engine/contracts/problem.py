"""Problems of a run and its costs; both known before anything is spent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self

from engine.base.errors import StudioError


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
        """Problem with the words of an error."""
        message = f"{error.what}: {error.why}" if error.why else error.what
        return cls("error", message, where=error.where, advice=error.advice[:1].upper() + error.advice[1:])

    def __str__(self) -> str:
        position = f" ({self.where})" if self.where else ""
        advice = f" {self.advice}" if self.advice else ""
        return f"{self.message}{position}.{advice}".replace("..", ".")


def counted(problems: Iterable[Problem]) -> str:
    """The number of errors and of warnings in words: "5 errors, 29 warnings"; "" for none."""
    numbers = Counter(problem.severity for problem in problems)
    words = (f"{numbers[kind]} {kind}{'s' if numbers[kind] != 1 else ''}" for kind in ("error", "warning"))
    return ", ".join(text for text in words if not text.startswith("0 "))


@dataclass(frozen=True)
class Estimate:
    """Costs of a block where it computes: bytes of the artifact on disk, bytes of memory at the peak on top of a loaded
    engine, seconds on a quiet machine (None: unknown)."""

    disk_bytes: int
    memory_bytes: int
    seconds: float | None = None


@dataclass(frozen=True)
class Expected:
    """Expected metrics of a block, under the names of the metrics.

    peak_memory_bytes: of the whole process. engine_memory_bytes: so much of that is there before the block begins.
    peak_device_memory_bytes: of the accelerator, 0 on the CPU. seconds: on a quiet machine; None: unknown.
    """

    disk_bytes: int
    peak_memory_bytes: int
    engine_memory_bytes: int
    peak_device_memory_bytes: int = 0
    seconds: float | None = None

    @property
    def adds(self) -> int:
        """Bytes that have to be free where the block computes: what is taken already is not needed again."""
        return self.peak_device_memory_bytes or self.peak_memory_bytes - self.engine_memory_bytes

    @property
    def memory_bytes(self) -> int:
        """The peak where the block computes: of the accelerator, or of the process."""
        return self.peak_device_memory_bytes or self.peak_memory_bytes
