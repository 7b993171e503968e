"""The methods, settings and architectures that the matrix runs with."""

from __future__ import annotations

import importlib
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.base.errors import BadInput
from engine.base.likely import likely
from engine.cli.words import step
from engine.methods.base import MethodInfo
from engine.methods.registry import methods, register_method
from engine.testing.models import ALL_KINDS, IRREGULAR, KINDS


@dataclass(frozen=True)
class Plan:
    """Everything that the matrix is parametrized by.

    Attributes
    ----------
    settings: id of a method -> the settings that it is tested with.
    kinds: id of a method -> the architectures that it is tested on (see `engine.testing.models`).
    behind: id of a method -> the id and settings of the block that its model went through before, of a method that
        works on what another one leaves.
    may_refuse: an architecture that the method's own check refuses is skipped, with its sentence; else the test fails.
    """

    settings: Mapping[str, Mapping[str, Any]]
    kinds: Mapping[str, Sequence[str]] = field(default_factory=dict)
    behind: Mapping[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    may_refuse: bool = False

    def cases(self, among: Sequence[str] | None = None) -> list[tuple[str, str]]:
        """Pairs (method id, kind); ``among``: of these kinds only."""
        pairs = [(method_id, kind) for method_id in self.settings for kind in self.kinds.get(method_id, KINDS)]
        return [pair for pair in pairs if among is None or pair[1] in among]

    def first_kind(self, method_id: str, preferred: Sequence[str]) -> str:
        """The first of the preferred kinds that the method is tested on, else any."""
        kinds = self.kinds.get(method_id, KINDS)
        return next((kind for kind in preferred if kind in kinds), kinds[0])


def plan_of(texts: Sequence[str], kinds: str = "") -> Plan:
    """The plan of a command line.

    Parameters
    ----------
    texts: each "METHOD setting=value …"; METHOD is an id or "package.module:NAME" of a `MethodInfo`, which is
        registered first.
    kinds: names of architectures with commas between them; "" for all.

    Raises
    ------
    BadInput: no method, an unknown method, setting or architecture.
    """
    if not texts:
        raise BadInput("No method is named", advice="pytest --pyargs engine.testing --method 'my_method setting=value'")
    chosen = [word.strip() for word in kinds.split(",") if word.strip()] or [*KINDS, *IRREGULAR]
    if unknown := next((kind for kind in chosen if kind not in ALL_KINDS), None):
        raise BadInput(f"The matrix has no architecture '{unknown}'", advice=likely(unknown, ALL_KINDS))
    settings = dict(step(_with_id(text)) for text in texts)
    return Plan(settings, dict.fromkeys(settings, chosen), may_refuse=True)


def _with_id(text: str) -> str:
    """The same words with the id of the method in place of "package.module:NAME", after registering it."""
    first, *rest = shlex.split(text) or [""]
    module, colon, name = first.partition(":")
    if not colon:
        return text
    try:
        info = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise BadInput("The method can't be imported", where=first, why=str(error)) from error
    if not isinstance(info, MethodInfo):
        raise BadInput("It is not a method", where=first, why=f"it is of type {type(info).__name__}, not a MethodInfo")
    if info.id not in methods():
        register_method(info)
    return shlex.join([info.id, *rest])
