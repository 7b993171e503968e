"""Metrics of what a block left. Nothing is measured twice: metrics are kept by the content that they were measured of,
and by the code that measures."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydantic
import torch

from engine.base import pinned
from engine.base.code_version import code_version
from engine.base.sealed import read_sealed, write_sealed
from engine.data.texts import load_text
from engine.measure.evaluate import Measurement, evaluate
from engine.measure.size import size_metrics
from engine.models.model import Model
from engine.pipeline.document import Evaluation
from engine.run.signature import digest, kinds

STATES_BYTES = 2 << 30
"""Of hidden states of originals that are kept."""
MEASURES = ("engine.measure.evaluate", "engine.measure.size")


@dataclass(frozen=True)
class Subject:
    """Something to measure: the hash of its content (`engine.checkpoints.checkpoint.CheckpointHeader.fingerprint`) and
    how it is opened."""

    content: str
    open: Callable[[], Model]


class _StoredMetrics(pydantic.BaseModel):
    metrics: dict[str, float]
    protocol: dict[str, Any]


class Measuring:
    """Measures the artifacts of one run."""

    def __init__(self, cache: Path, evaluation: Evaluation, device: torch.device) -> None:
        self._cache = cache / "metrics"
        self._evaluation = evaluation
        self._device = device

    def check(self) -> None:
        """Raises `BadInput` if there is no such text: before anything is spent."""
        if self._evaluation.when != "never":
            _ = self._text_hash

    def is_known(self, content: str, reference: str | None) -> bool:
        """True if all metrics of that are there. Raises `BadInput` if there is no such text."""
        reference = reference if self._evaluation.compare else None
        return _read(self._path(content, reference, True)) is not None

    def measure(
        self,
        subject: Subject,
        reference: Subject | None,
        *,
        full: bool,
        progress: Callable[[float, str], None],
        checkpoint: Callable[[], None],
    ) -> Measurement:
        """Metrics of ``subject`` against ``reference``; only its size if not ``full``. Raises what measuring raises,
        and `InputChanged` if what was measured is not what it was when its hash was taken: then nothing is kept."""
        reference = reference if full and self._evaluation.compare else None
        path = self._path(subject.content, None if reference is None else reference.content, full)
        stored = _read(path)
        if stored is not None:
            return stored
        measured = self._measured(subject, reference, full, progress, checkpoint)
        pinned.pins().check_used()
        write_sealed(path, path.stem, {"metrics": measured.metrics, "protocol": measured.protocol})
        return measured

    def _measured(
        self,
        subject: Subject,
        reference: Subject | None,
        full: bool,
        progress: Callable[[float, str], None],
        checkpoint: Callable[[], None],
    ) -> Measurement:
        model = subject.open()
        if not full:
            return Measurement(size_metrics(model), {})
        states = self._states(reference or subject) if self._evaluation.compare else None
        try:
            return evaluate(
                model,
                text=self._evaluation.text,
                window=self._evaluation.window_size,
                windows=self._evaluation.num_windows,
                reference=None if reference is None else reference.open(),
                speed=self._evaluation.speed,
                device=self._device,
                dtype=self._evaluation.dtype,
                states=states,
                progress=progress,
                checkpoint=checkpoint,
            )
        finally:
            if states is not None:
                _keep_newest(states.parent)

    def _states(self, original: Subject) -> Path:
        """Path of the last hidden states of an original, with which others are compared."""
        metrics = self._path(original.content, None, True)
        return metrics.parent.parent / "states" / f"{metrics.stem}.safetensors"

    def _path(self, subject: str, reference: str | None, full: bool) -> Path:
        """Path of stored metrics, by the content of the model."""
        code = code_version(*MEASURES, *kinds())
        key: dict[str, Any] = {"made_by": code.on(self._device.type), "subject": subject}
        if full:
            key |= {
                "evaluation": self._evaluation.model_dump(mode="json", exclude={"when", "text"}),
                "text": self._text_hash,
                "reference": reference,
            }
        return self._cache / f"{digest(key)}.json"

    @functools.cached_property
    def _text_hash(self) -> str:
        return load_text(self._evaluation.text).sha256


def _keep_newest(folder: Path) -> None:
    """Remove the oldest states until all take no more than `STATES_BYTES`."""
    files: list[tuple[float, int, Path]] = []
    for file in folder.glob("*.safetensors"):
        with contextlib.suppress(OSError):
            status = file.stat()
            files.append((status.st_mtime, status.st_size, file))
    total = 0
    for _, size, file in sorted(files, reverse=True):
        total += size
        if total > STATES_BYTES:
            with contextlib.suppress(OSError):  # another run reads it
                file.unlink()


def _read(path: Path) -> Measurement | None:
    """Metrics that are kept. Those that were edited, damaged or put in the place of others are measured again, as are
    those of earlier releases, which bear no hash."""
    try:
        record = _StoredMetrics.model_validate(read_sealed(path, path.stem))
    except pydantic.ValidationError:
        return None
    return Measurement(record.metrics, record.protocol)
