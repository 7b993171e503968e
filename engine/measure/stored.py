"""Measurements in files, by a key that holds all that they depend on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydantic

from engine.base.sealed import read_sealed, write_sealed
from engine.measure.evaluate import Measurement
from engine.models.model import Model


@dataclass(frozen=True)
class Subject:
    """Something to measure: the hash of its content (`engine.checkpoints.checkpoint.CheckpointHeader.fingerprint`), how
    it is opened, and which other program is asked to decode it before torch is, "" for none."""

    content: str
    open: Callable[[], Model]
    program: str = ""


class _StoredMetrics(pydantic.BaseModel):
    metrics: dict[str, float]
    protocol: dict[str, Any]
    details: dict[str, Any] = {}


def part_of(progress: Callable[[float, str], None], start: float, stop: float) -> Callable[[float, str], None]:
    """The progress of a part of the whole, from ``start`` to ``stop`` in 0..1."""
    return lambda fraction, text: progress(start + (stop - start) * fraction, text)


def write_metrics(path: Path, measured: Measurement) -> None:
    """Store a measurement."""
    values = {"metrics": measured.metrics, "protocol": measured.protocol}
    write_sealed(path, path.stem, values | ({"details": measured.details} if measured.details else {}))


def read_metrics(path: Path) -> Measurement | None:
    """Metrics that are kept. Those that were edited, damaged or put in the place of others are measured again, as are
    those of earlier releases, which bear no hash."""
    try:
        record = _StoredMetrics.model_validate(read_sealed(path, path.stem))
    except pydantic.ValidationError:
        return None
    return Measurement(record.metrics, record.protocol, record.details)
