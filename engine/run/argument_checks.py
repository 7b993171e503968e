"""Arguments of the library that are of another kind than they should be: a sentence instead of a TypeError."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from engine.base.errors import BadInput


def path_of(given: Any, what: str, advice: str = "give its path") -> str:
    """A path or a name as a string; raises `BadInput` for anything else. ``what``: "a model"."""
    if isinstance(given, str | os.PathLike):
        return os.fspath(given)
    raise BadInput(f"This is not {what}", why=_kind(given), advice=advice)


def seed_of(given: Any) -> int:
    """A seed; raises `BadInput` for anything else."""
    if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return given
    raise BadInput("This is not a seed", why=f"{given!r} is not a whole number from 0 on", advice="give 0, 1, 2 …")


def steps_of(method: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """A list of steps, or a single id or ``(id, settings)``, as pairs. Raises `BadInput`."""
    if isinstance(method, str) or (isinstance(method, tuple) and len(method) == 2 and isinstance(method[1], Mapping)):
        method = [method]
    advice = "write 'gptq' or ('gptq', {'format': 'int4'}), or several in a list"
    if method is None or (isinstance(method, Sequence) and not method):
        raise BadInput("No method is given", advice=advice)
    if not isinstance(method, Sequence):
        raise BadInput("This is not a method", why=_kind(method), advice=advice)
    found: list[tuple[str, Mapping[str, Any]]] = []
    for step in method:
        if isinstance(step, str):
            found.append((step, {}))
        elif isinstance(step, Sequence) and len(step) == 2 and isinstance(step[1], Mapping):
            found.append((str(step[0]), step[1]))
        else:
            raise BadInput(f"{step!r} is not a step", advice=advice)
    return found


def metrics_of(given: Any, known: Mapping[str, float]) -> dict[str, float]:
    """The metrics that an evaluation of a script gave. Raises `BadInput` if they are none, or bear the name of one that
    is ``known`` already."""
    advice = "give a dict of names and numbers, {'accuracy': 0.31}"
    if not isinstance(given, Mapping):
        raise BadInput("The evaluation gave no metrics", why=_kind(given), advice=advice)
    found: dict[str, float] = {}
    for name, value in given.items():
        try:
            found[str(name)] = float(value)
        except (TypeError, ValueError, RuntimeError):
            raise BadInput("A metric of the evaluation is not a number", where=str(name), advice=advice) from None
    if taken := sorted(found.keys() & known.keys()):
        raise BadInput(f"The evaluation gives '{taken[0]}', which is measured already", advice="give it another name")
    return found


def _kind(given: Any) -> str:
    return "nothing is given" if given is None else f"it is of type {type(given).__name__}"
