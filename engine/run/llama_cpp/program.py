"""llama.cpp as a program that decodes in the place of torch (`engine.measure.program`)."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from engine import devices
from engine.base import extras
from engine.base.llama_cpp import program_name
from engine.measure.llama_cpp.process import Child
from engine.measure.program import Program
from engine.models.model import Model
from engine.record.home import Home
from engine.run.llama_cpp.file import file_for, has_block_types

TOP = 512
"""Tokens whose probabilities it tells; all others share what is left."""
SPACE = 8
"""Positions beside those of the tokens."""
STEP = 512
"""A process has room for a multiple of so many tokens, so that it serves several prompts."""


@dataclass(frozen=True)
class LlamaCpp:
    """llama.cpp where it is installed, for models in block types on the CPU; files in the cache of ``home``."""

    home: Home
    device: torch.device

    @contextlib.contextmanager
    def running(
        self, model: Model, progress: Callable[[float, str], None], checkpoint: Callable[[], None]
    ) -> Iterator[Program | None]:
        """See `engine.measure.program.Programs`."""
        on_cpu = not devices.is_accelerator(self.device)
        file = file_for(model, self.home, progress, checkpoint) if on_cpu else None
        if file is None:
            yield None
            return
        with model.header.pins.pin(file).by_path(), _Running(model, file, checkpoint) as running:
            yield running

    def advice(self, model: Model) -> str:
        """See `engine.measure.program.Programs`."""
        if extras.is_installed("llama") or devices.is_accelerator(self.device) or not has_block_types(model.header):
            return ""
        return f"llama.cpp itself decodes such a model where it is installed: {extras.command('llama')}."


class _Running(contextlib.AbstractContextManager["_Running"]):
    """One model in one process after another."""

    def __init__(self, model: Model, file: Path, checkpoint: Callable[[], None]) -> None:
        self._file, self._checkpoint = file, checkpoint
        self._vocabulary = model.anatomy.vocabulary
        self._stack = contextlib.ExitStack()
        self._child: Child | None = None
        self._room = (0, 0)
        self.name, self.how = program_name(), ""

    def _process(self, slots: int, context: int, *, quick: bool) -> Child:
        if self._child is None or slots > self._room[0] or context > self._room[1] or quick:
            self._stack.close()
            self._room = slots, math.ceil(context / STEP) * STEP
            self._child = self._stack.enter_context(Child(self._file, context=self._room[1], slots=slots, quick=quick))
        return self._child

    def speeds(self, prompt: list[int], tokens: int, repeats: int) -> tuple[list[float], list[float]]:
        """See `engine.measure.program.Program`."""
        child = self._process(1, len(prompt) + tokens + SPACE, quick=True)
        speeds: list[list[float]] = []
        for _ in range(repeats):
            (answer,) = child.ask(self._checkpoint, do="speed", prompt=prompt, tokens=tokens)
            speeds.append(answer["end"])
        return [float(read) for read, _ in speeds], [float(written) for _, written in speeds]

    def decoder(self, rows: int, length: int) -> _Decoder:
        """See `engine.measure.program.Program`."""
        return _Decoder(self._process(rows, length + SPACE, quick=False), self._checkpoint, self._vocabulary)

    def __exit__(self, *_: object) -> None:
        self._stack.close()


class _Decoder:
    """Sequences that llama.cpp reads on. It keeps their keys and values as long as they go on."""

    def __init__(self, child: Child, checkpoint: Callable[[], None], vocabulary: int) -> None:
        self._child, self._checkpoint, self._vocabulary = child, checkpoint, vocabulary
        self._rows: list[list[int]] = []

    def feed_rows(self, ids: torch.Tensor) -> torch.Tensor:
        """See `engine.measure.program.Feeds`: the logarithms of probabilities, exact for the `TOP` likeliest."""
        self._rows = [[*before, *row] for before, row in zip(self._rows or [[]] * len(ids), ids.tolist(), strict=True)]
        (answer,) = self._child.ask(self._checkpoint, do="successors", rows=self._rows, top=TOP)
        return torch.stack([_logits(row, self._vocabulary) for row in answer["end"]])


def _logits(listed: list[tuple[int, float | None]], vocabulary: int) -> torch.Tensor:
    """(vocabulary,) float32 from the most likely tokens; a number that is not finite comes as None."""
    values = torch.tensor([math.nan if value is None else value for _, value in listed])
    other = math.log(max(1.0 - float(values.double().exp().sum()), 1e-9) / max(1, vocabulary - len(listed)))
    logits = torch.full((vocabulary,), min(other, float(values.min()) - 1e-3))
    logits[torch.tensor([token for token, _ in listed])] = values
    return logits
