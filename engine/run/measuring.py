"""Metrics of what a block left. Nothing is measured twice: metrics are kept by the content that they were measured of,
and by the code that measures."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydantic
import torch

from engine.base import pinned
from engine.base.code_version import code_version
from engine.base.sealed import read_sealed, write_sealed
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.generation import GENERATION
from engine.data.texts import load_text
from engine.measure.answers import PROMPTS, Answers, Scope
from engine.measure.evaluate import Measurement, computing_dtype, evaluate
from engine.measure.generation_check import answers_or_reason, generation_measurement
from engine.measure.program import Programs
from engine.measure.reading import ReadContext
from engine.measure.size import size_metrics
from engine.measure.stored import Subject, part_of, read_metrics, write_metrics
from engine.models.model import Model
from engine.models.source import open_model
from engine.pipeline.document import Evaluation
from engine.record.home import Home
from engine.run.llama_cpp.file import program_for
from engine.run.llama_cpp.program import LlamaCpp
from engine.run.signature import digest, kinds

STATES_BYTES = 2 << 30
"""Of hidden states of originals that are kept."""
READING = 0.4
"""Share of measuring that perplexity takes where generation is checked too."""
PROGRAMS = (
    "engine.run.llama_cpp.program", "engine.measure.llama_cpp.process", "engine.measure.llama_cpp.child",
    "engine.base.llama_cpp",
)  # fmt: skip
MEASURES = ("engine.measure.evaluate", "engine.measure.size")
GENERATION_MEASURES = ("engine.measure.generation_check",)
Progress = Callable[[float, str], None]


class Measuring:
    """Measures the artifacts of one run."""

    def __init__(self, home: Home, evaluation: Evaluation, device: torch.device) -> None:
        self._cache = home.cache / "metrics"
        self._evaluation = evaluation
        self._device = device
        self._programs = LlamaCpp(home, device)
        self._generation = MeasuringGeneration(home, evaluation, device)

    def check(self) -> None:
        """Raises `BadInput` if there is no such text: before anything is spent."""
        if self._evaluation.when != "never":
            _ = self._text_hash

    def subject(self, header: CheckpointHeader, open_it: Callable[[], Model] | None = None) -> Subject:
        """A model to measure; raises `BadInput` if it is damaged."""
        program = program_for(header, self._device)
        return Subject(header.fingerprint, open_it or (lambda: open_model(header.path)), program)

    def is_known(self, subject: Subject, reference: Subject | None) -> bool:
        """True if all metrics of that are there. Raises `BadInput` if there is no such text."""
        measured = read_metrics(self._path(subject, reference if self._evaluation.compare else None, True))
        return measured is not None and self._generation.is_known(subject, reference)

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
        if not full or not self._generation.is_on:
            return self._metrics(subject, reference, full, progress, checkpoint)
        first = self._metrics(subject, reference, True, part_of(progress, 0.0, READING), checkpoint)
        second = self._generation.measure(subject, reference, part_of(progress, READING, 1.0), checkpoint)
        return Measurement(
            first.metrics | second.metrics, first.protocol | second.protocol, first.details | second.details
        )

    def _metrics(
        self,
        subject: Subject,
        reference: Subject | None,
        full: bool,
        progress: Callable[[float, str], None],
        checkpoint: Callable[[], None],
    ) -> Measurement:
        reference = reference if full and self._evaluation.compare else None
        path = self._path(subject, reference, full)
        stored = read_metrics(path)
        if stored is not None:
            return stored
        measured = self._measured(subject, reference, full, progress, checkpoint)
        pinned.pins().check_used()
        write_metrics(path, measured)
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
                programs=self._programs,
                progress=progress,
                checkpoint=checkpoint,
            )
        finally:
            if states is not None:
                _keep_newest(states.parent)

    def _states(self, original: Subject) -> Path:
        """Path of the last hidden states of an original, with which others are compared."""
        metrics = self._path(dataclasses.replace(original, program=""), None, True)
        return metrics.parent.parent / "states" / f"{metrics.stem}.safetensors"

    def _path(self, subject: Subject, reference: Subject | None, full: bool) -> Path:
        """Path of stored metrics, by the content of the model and the program that measures its speed."""
        code = code_version(*MEASURES, *kinds())
        key: dict[str, Any] = {"made_by": code.on(self._device.type), "subject": subject.content}
        if full:
            key |= {
                "evaluation": self._evaluation.model_dump(mode="json", exclude={"when", "text", "generation"}),
                "text": self._text_hash,
                "reference": None if reference is None else reference.content,
            }
            key |= _program_key(subject) if self._evaluation.speed else {}
        return self._cache / f"{digest(key)}.json"

    @functools.cached_property
    def _text_hash(self) -> str:
        return load_text(self._evaluation.text).sha256


class MeasuringGeneration:
    """Checks the artifacts of one run, if its evaluation says so."""

    def __init__(self, home: Home, evaluation: Evaluation, device: torch.device) -> None:
        self._cache, self._device = home.cache, device
        self._programs: Programs = LlamaCpp(home, device)
        self._dtype = evaluation.dtype
        self._scope: Scope | None = None if evaluation.generation == "off" else evaluation.generation

    @property
    def is_on(self) -> bool:
        """True if results are checked."""
        return self._scope is not None

    def is_known(self, subject: Subject, reference: Subject | None) -> bool:
        """True if there is nothing to check, or if it was checked."""
        return not self.is_on or read_metrics(self._path("metrics", subject, reference)) is not None

    def measure(
        self, subject: Subject, reference: Subject | None, progress: Progress, checkpoint: Callable[[], None]
    ) -> Measurement:
        """The check of ``subject`` by the answers of ``reference``; without one ``subject`` is an original itself.
        Raises what measuring raises."""
        path = self._path("metrics", subject, reference)
        stored = read_metrics(path)
        if stored is not None:
            return stored
        share = 1.0 if reference is None else 0.5
        why, original = self._original(reference or subject, part_of(progress, 0.0, share), checkpoint)
        measured = Measurement({}, {GENERATION: f"not measured: {why}"})
        if original is not None and reference is None:
            measured = generation_measurement(original)
        elif original is not None and reference is not None:
            dtype = self._computing_dtype(reference.open())
            context = ReadContext(self._device, dtype, part_of(progress, share, 1.0), checkpoint, "Checking")
            why, answers = self._answers(subject, context, original)
            measured = Measurement({}, {GENERATION: f"not measured: {why}"})
            if answers is not None:
                measured = generation_measurement(original, answers)
        pinned.pins().check_used()
        if measured.metrics:  # what did not fit may fit another time
            write_metrics(path, measured)
        return measured

    def _original(
        self, subject: Subject, progress: Progress, checkpoint: Callable[[], None]
    ) -> tuple[str, Answers | None]:
        """Answers of an original, stored or new; else why there are none."""
        file = self._path("answers", subject, None)
        try:
            return "", Answers.model_validate(read_sealed(file, file.stem))
        except pydantic.ValidationError:
            pass
        dtype = self._computing_dtype(subject.open())
        context = ReadContext(self._device, dtype, progress, checkpoint, "Checking the original:")
        why, answers = self._answers(subject, context, None)
        pinned.pins().check_used()
        if answers is not None:
            write_sealed(file, file.stem, answers.model_dump(mode="json"))
        return why, answers

    def _answers(self, subject: Subject, context: ReadContext, original: Answers | None) -> tuple[str, Answers | None]:
        assert self._scope is not None
        return answers_or_reason(subject.open(), self._scope, context, original, self._programs)

    def _computing_dtype(self, model: Model) -> torch.dtype:
        return computing_dtype(model.config_dtype, self._device, self._dtype)

    def _path(self, folder: str, subject: Subject, reference: Subject | None) -> Path:
        """Path of answers or metrics, by the content of the models and the programs that decode them."""
        key: dict[str, Any] = {
            "made_by": code_version(*GENERATION_MEASURES, *kinds()).on(self._device.type),
            "generation": self._scope,
            "prompts": _prompts_hash(),
            "dtype": self._dtype,
            "subject": subject.content,
            "reference": None if reference is None else reference.content,
            **_program_key(subject),
            **({} if reference is None else {"original": _program_key(reference)}),
        }
        return self._cache / folder / f"{digest(key)}.json"


def _program_key(subject: Subject) -> dict[str, Any]:
    """Part of a key where another program than torch measures: its version, and the code that uses it."""
    return {"program": subject.program, "used_by": code_version(*PROGRAMS).sources} if subject.program else {}


@functools.cache
def _prompts_hash() -> str:
    return hashlib.sha256(PROMPTS.read_bytes()).hexdigest()


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
