"""Arguments of the library that are of another kind than they should be: a sentence instead of a TypeError."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from engine.base.errors import BadInput


def path_of(argument: Any, what: str, advice: str = "give its path") -> str:
    """A path or a name as a string; raises `BadInput` for anything else. ``what``: "a model"."""
    if isinstance(argument, str | os.PathLike):
        return os.fspath(argument)
    raise BadInput(f"This is not {what}", why=_kind(argument), advice=advice)


def seed_of(argument: Any) -> int:
    """A seed; raises `BadInput` for anything else."""
    if isinstance(argument, int) and not isinstance(argument, bool) and argument >= 0:
        return argument
    raise BadInput("This is not a seed", why=f"{argument!r} is not a whole number from 0 on", advice="give 0, 1, 2 …")


def steps_of(method: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """A list of steps, or a single id or ``(id, settings)``, as pairs. Raises `BadInput`."""
    if isinstance(method, str) or (isinstance(method, tuple) and len(method) == 2 and isinstance(method[1], Mapping)):
        method = [method]
    advice = "write 'gptq' or ('gptq', {'format': 'int4'}), or several in a list"
    if method is None or (isinstance(method, Sequence) and not method):
        raise BadInput("No method is given", advice=advice)
    if not isinstance(method, Sequence):
        raise BadInput("This is not a method", why=_kind(method), advice=advice)
    steps: list[tuple[str, Mapping[str, Any]]] = []
    for step in method:
        if isinstance(step, str):
            steps.append((step, {}))
        elif isinstance(step, Sequence) and len(step) == 2 and isinstance(step[1], Mapping):
            steps.append((str(step[0]), step[1]))
        else:
            raise BadInput(f"{step!r} is not a step", advice=advice)
    return steps


def metrics_of(argument: Any, measured: Mapping[str, float]) -> dict[str, float]:
    """The metrics that an evaluation of a script gave. Raises `BadInput` if they are none, or bear the name of one that
    is ``measured`` already."""
    advice = "give a dict of names and numbers, {'accuracy': 0.31}"
    if not isinstance(argument, Mapping):
        raise BadInput("The evaluation gave no metrics", why=_kind(argument), advice=advice)
    metrics: dict[str, float] = {}
    for name, value in argument.items():
        try:
            metrics[str(name)] = float(value)
        except (TypeError, ValueError, RuntimeError):
            raise BadInput("A metric of the evaluation is not a number", where=str(name), advice=advice) from None
    if twice := sorted(metrics.keys() & measured.keys()):
        raise BadInput(f"The evaluation gives '{twice[0]}', which is measured already", advice="give it another name")
    return metrics


def _kind(argument: Any) -> str:
    return "nothing is given" if argument is None else f"it is of type {type(argument).__name__}"
