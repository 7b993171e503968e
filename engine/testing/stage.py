"""A stage for tests: that of scripts, with its events kept in a list and a control that kills or cancels on time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from engine.base.errors import Cancelled
from engine.contracts.events import Event, LayerDone, Log
from engine.contracts.method_settings import other_dtype
from engine.methods.base import targets
from engine.methods.registry import method
from engine.models.model import Model, Part
from engine.models.source import open_model
from engine.run.control import Control
from engine.run.local import LocalStage


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


class RecordingStage(LocalStage):
    """Leaves its artifact in ``folder / "artifact"``.

    kill_at: raise `Killed` when this many parts were worked on, before the last of them is stored.
    cancel_at: ask for a cancel when this many parts were worked on.
    """

    def __init__(
        self,
        folder: Path,
        *,
        inputs: dict[str, Model] | None = None,
        kill_at: int | None = None,
        cancel_at: int | None = None,
        signature: str = "0" * 32,
        device: str = "cpu",
    ) -> None:
        self.events: list[Event] = []
        self.fractions: list[float] = []
        self.doing: list[str] = []
        self.control = Control()
        self.written = 0
        self.kill_at = kill_at
        self.cancel_at = cancel_at
        super().__init__(
            folder,
            device=device,
            signature=signature,
            inputs=inputs,
            control=self.control,
            emit=self.events.append,
            progress=self._on_progress,
        )

    def _on_progress(self, fraction: float, text: str) -> None:
        self.fractions.append(fraction)
        self.doing.append(text)

    @property
    def layers(self) -> dict[str, LayerDone]:
        """The last report on each layer."""
        return {event.layer: event for event in self.events if isinstance(event, LayerDone)}

    @property
    def lines(self) -> list[str]:
        """The log."""
        return [event.text for event in self.events if isinstance(event, Log)]

    def _write(self, model: Model, part: Part, dtypes: dict[str, torch.dtype]) -> None:
        """Store a part as the run's stage does, and count it."""
        self.written += 1
        if self.written == self.cancel_at:
            self.control.cancel()
        if self.written == self.kill_at:
            raise Killed
        super()._write(model, part, dtypes)


def compress(source: Path, method_id: str, settings: Mapping[str, Any], folder: Path, **options: Any) -> RecordingStage:
    """Open ``source``, apply a method and leave the artifact in ``folder / "artifact"``; gives the stage back."""
    info = method(method_id)
    model = open_model(source)
    inputs = originals(method_id, source) | options.pop("inputs", {})
    stage = RecordingStage(folder, inputs=inputs, **options)
    algorithm, chosen = info.load(), info.settings.parse(dict(settings))
    stage.describe_output(model, targets(algorithm, model.anatomy, chosen), other_dtype(chosen))
    model = algorithm.apply(model, chosen, stage)
    stage.finish(model)
    return stage


def originals(method_id: str, source: Path) -> dict[str, Model]:
    """Models for the ports of a method that nothing is linked to: the source, as in a run."""
    return {port: open_model(source) for port in method(method_id).optional}


def logits(model: Model | Path, length: int = 24) -> torch.Tensor:
    """Output of the network for fixed tokens: logits, or the last hidden states of an encoder; float32."""
    opened = open_model(model) if isinstance(model, Path) else model
    opened.load(dtype=torch.float32)
    tokens = torch.arange(2 * length).view(2, length) * 7 % 250
    with torch.no_grad():
        output = opened.module(input_ids=tokens)
    output = output.logits if "logits" in output else output.last_hidden_state
    assert isinstance(output, torch.Tensor)
    return output.float()


__all__ = ["Cancelled", "Killed", "RecordingStage", "compress", "logits", "originals"]
