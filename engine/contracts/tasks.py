"""Scores of evaluation tasks with standard errors, as metrics and details of a measurement hold them. Torch-free."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pydantic

from engine.base.human import number_text

TASKS = "tasks"
"""Key of the scores among the details of a measurement: name of a task -> `TaskScores` as JSON."""
STDERR = "_stderr"
"""End of the name of a metric that is the standard error of another."""


class Score(pydantic.BaseModel, frozen=True):
    """One metric of a task and its standard error, None where there is none."""

    value: float
    stderr: float | None = None


class TaskScores(pydantic.BaseModel, frozen=True):
    """Scores of one task by metric, over ``items`` records. ``values``: metric -> one number for each record,
    in order, for metrics that are means. ``program``: what scored it, with its version. ``sha256``: of its files."""

    scores: dict[str, Score]
    items: int
    values: dict[str, list[float]] = {}
    program: str = ""
    sha256: str = ""


def metrics_of(scores: Mapping[str, TaskScores]) -> dict[str, float]:
    """The metrics of a measurement: "TASK.METRIC", and "TASK.METRIC_stderr" where there is one."""
    metrics: dict[str, float] = {}
    for task, result in scores.items():
        for name, score in result.scores.items():
            metrics[f"{task}.{name}"] = score.value
            if score.stderr is not None:
                metrics[f"{task}.{name}{STDERR}"] = score.stderr
    return metrics


def scores_in(details: Mapping[str, Any]) -> dict[str, TaskScores]:
    """The scores among the details of a measurement; none where there are none, or where they are damaged."""
    try:
        return {str(name): TaskScores.model_validate(value) for name, value in dict(details.get(TASKS, {})).items()}
    except (pydantic.ValidationError, TypeError, ValueError):
        return {}


def standard_error(values: Sequence[float]) -> float | None:
    """Standard error of a mean: the sample's standard deviation by the root of its size. None for fewer than two."""
    count = len(values)
    if count < 2:
        return None
    mean = sum(values) / count
    return math.sqrt(sum([(value - mean) ** 2 for value in values]) / (count - 1)) / math.sqrt(count)


def paired_difference(first: TaskScores, second: TaskScores, metric: str) -> Score | None:
    """Mean of second - first over the records of a task, with its standard error: how hard a record is cancels out.
    None unless both have a number for each of the same records."""
    left, right = first.values.get(metric, []), second.values.get(metric, [])
    if not left or len(left) != len(right) or first.sha256 != second.sha256:
        return None
    differences = [b - a for a, b in zip(left, right, strict=True)]
    return Score(value=sum(differences) / len(differences), stderr=standard_error(differences))


def score_text(score: Score) -> str:
    """``"0.4125 ± 0.055"``: a value and its standard error."""
    error = "" if score.stderr is None else f" ± {number_text(score.stderr, 2)}"
    return f"{number_text(score.value, 4)}{error}"
