"""Scores of models on evaluation tasks. Nothing is scored twice: scores are kept by the content of the model, that of
the task, and the code and library that score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from engine.base import pinned
from engine.base.code_version import code_version
from engine.base.errors import BadInput
from engine.contracts.tasks import TASKS, TaskScores, metrics_of, scores_in
from engine.measure.evaluate import Measurement
from engine.measure.reading import ReadContext
from engine.measure.stored import part_of, read_metrics, write_metrics
from engine.measure.tasks import harness, scoring
from engine.measure.tasks.definition import Definition, bundled_tasks, is_task_file, read_definition
from engine.measure.tasks.loading import loaded, refuse_silent
from engine.models.model import Model
from engine.run.signature import digest, kinds

BUNDLED = "bundled"
"""Stands for all bundled tasks."""
SCORES = ("engine.measure.tasks.scoring", "engine.measure.tasks.loading", "engine.measure.tasks.harness")
Progress = Callable[[float, str], None]


def tasks_of(names: Sequence[str | Path]) -> list[Definition | str]:
    """The tasks of names and files: definitions of bundled ones and of files, names of lm-eval's own. Raises `BadInput`
    if there is no such task, or if it needs what is not installed."""
    tasks: list[Definition | str] = []
    bundled = bundled_tasks()
    for name in map(str, names):
        if name == BUNDLED:
            tasks += [read_definition(file) for file in bundled.values()]
        elif name in bundled:
            tasks.append(read_definition(bundled[name]))
        elif is_task_file(name):
            tasks.append(read_definition(name))
            harness.version()
        else:
            harness.check_name(name)
            tasks.append(name)
    if not tasks:
        raise BadInput("No task is named", advice=f"name {BUNDLED}, one of {', '.join(bundled)}, or a YAML file")
    return list({task if isinstance(task, str) else task.path: task for task in tasks}.values())


def measure_tasks(
    model: Model,
    names: Sequence[str | Path],
    *,
    cache: Path | None,
    limit: int | None = None,
    device: torch.device,
    dtype: str = "auto",
    progress: Progress,
    checkpoint: Callable[[], None],
) -> Measurement:
    """Score ``model`` on tasks, one after the other; it is loaded if one of them is not stored. ``limit``: on so many
    records of each. ``dtype``: "auto": as its weights are stored, as lm-eval does; "float32". ``cache``: the folder of
    stored metrics; None: nothing is stored.

    Raises `BadInput` for what `tasks_of` refuses, an encoder, or data that can't be fetched; `ConsentNeeded` for code
    of a task that nobody said yes to; `OutOfMemory`; `RunFailed` for a task that fails.
    """
    if limit is not None and limit < 1:
        raise BadInput("The limit is not a number of records", why=f"it is {limit}", advice="choose 1 or more")
    refuse_silent(model)
    with pinned.session() as pins:
        tasks = tasks_of(names)
        for task in tasks:  # a person's yes is missing before anything is computed, or stored scores are shown
            if isinstance(task, Definition):
                harness.functions_of(task)
        chosen = model.config_dtype if dtype == "auto" else torch.float32
        paths = [None if cache is None else _path(cache, model, task, limit, device, chosen) for task in tasks]
        scores = [{} if path is None else _stored(path) for path in paths]
        missing = [number for number, stored in enumerate(scores) if not stored]
        context = ReadContext(device, chosen, progress, checkpoint, "Scoring")
        if missing:
            with loaded(model, context):
                for index, number in enumerate(missing):
                    part = part_of(progress, index / len(missing), (index + 1) / len(missing))
                    one = ReadContext(device, chosen, part, checkpoint, "Scoring")
                    scores[number] = _scored(model, tasks[number], limit, one)
                    pins.check_used()
                    if (path := paths[number]) is not None:
                        write_metrics(path, _measurement(scores[number], {}))
    protocol: dict[str, Any] = {"tasks": f"first {limit} records of each" if limit else "all records"}
    protocol |= {"tasks_dtype": str(chosen).removeprefix("torch."), "device": str(device)}
    return _measurement({name: result for some in scores for name, result in some.items()}, protocol)


def _scored(model: Model, task: Definition | str, limit: int | None, context: ReadContext) -> dict[str, TaskScores]:
    if isinstance(task, Definition) and task.is_bundled:
        return {task.name: scoring.score(model, task, limit, context)}
    return harness.score(model, task, limit, context)


def _measurement(scores: dict[str, TaskScores], protocol: dict[str, Any]) -> Measurement:
    details = {TASKS: {name: result.model_dump(mode="json") for name, result in scores.items()}}
    return Measurement(metrics_of(scores), protocol, details)


def _stored(path: Path) -> dict[str, TaskScores]:
    stored = read_metrics(path)
    return {} if stored is None else scores_in(stored.details)


def _path(
    cache: Path, model: Model, task: Definition | str, limit: int | None, device: torch.device, dtype: torch.dtype
) -> Path:
    """Path of stored scores, by the content of the model and of the task."""
    bundled = isinstance(task, Definition) and task.is_bundled
    key: dict[str, Any] = {
        "made_by": code_version(*SCORES, *kinds()).on(device.type),
        "library": "" if bundled else harness.version(),
        "subject": model.header.fingerprint,
        "task": task if isinstance(task, str) else [task.name, task.sha256],
        "limit": limit,
        "dtype": str(dtype),
    }
    return cache / "metrics" / "tasks" / f"{digest(key)}.json"
