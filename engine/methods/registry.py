"""The one list of methods: every ``engine/methods/<family>/<method>/settings.py`` with a ``METHOD`` in it.

Torch-free: algorithms are imported when they run.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil

import engine.methods
from engine.contracts.errors import BadInput
from engine.methods.base import MethodInfo


@functools.cache
def methods() -> dict[str, MethodInfo]:
    """All methods by id, families in alphabetical order of their folders. A duplicate id is an error."""
    found: dict[str, MethodInfo] = {}
    for family in pkgutil.iter_modules(engine.methods.__path__, "engine.methods."):
        if not family.ispkg:
            continue
        package = importlib.import_module(family.name)
        for method in pkgutil.iter_modules(package.__path__, f"{family.name}."):
            if not method.ispkg:
                continue
            info: MethodInfo = importlib.import_module(f"{method.name}.settings").METHOD
            if info.id in found:
                raise RuntimeError(f"Two methods are called {info.id!r}: {found[info.id].algorithm}, {info.algorithm}")
            found[info.id] = info
    return found


def current_id(method_id: str) -> str:
    """The id that counts now for one that may be of an earlier release; an unknown one as it is."""
    known = methods()
    if method_id in known:
        return method_id
    return next((info.id for info in known.values() if method_id in info.aliases), method_id)


def method(method_id: str) -> MethodInfo:
    """The method with this id, or with this one in an earlier release; raises `BadInput` naming the known ones."""
    known = methods()
    method_id = current_id(method_id)
    if method_id not in known:
        raise BadInput(
            f"There is no method '{method_id}'",
            why="known are " + ", ".join(known),
            advice="correct the name, or install the version of the program that has it",
        )
    return known[method_id]
