"""Every built-in method on every kind of model: the matrix of `engine.testing`. New methods get in by being there.

A method whose defaults are not cheap puts ``MATRIX_SETTINGS: dict[str, Any]`` into its own test module,
``tests/engine/methods/<family>/test_<id>.py``, ``MATRIX_KINDS`` if it isn't for all kinds of models, and
``MATRIX_BEHIND``, the id and settings of a block, if it works on what another one leaves.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from engine.methods.registry import methods
from engine.testing.matrix import *  # noqa: F403
from engine.testing.models import KINDS
from engine.testing.plan import Plan

IDS = [info.id for info in methods().values() if not info.is_source]


def of_module(method_id: str, name: str, default: Any) -> Any:
    """A constant of the method's own test module, which is imported once, under the name that pytest gives it."""
    family = methods()[method_id].family
    if not (Path(__file__).parent / family / f"test_{method_id}.py").exists():
        return default
    return getattr(importlib.import_module(f"tests.engine.methods.{family}.test_{method_id}"), name, default)


SETTINGS: dict[str, dict[str, Any]] = {method_id: of_module(method_id, "MATRIX_SETTINGS", {}) for method_id in IDS}
BEHIND = {method_id: behind for method_id in IDS if (behind := of_module(method_id, "MATRIX_BEHIND", None))}
PLAN = Plan(SETTINGS, {method_id: of_module(method_id, "MATRIX_KINDS", KINDS) for method_id in IDS}, BEHIND)
CASES = PLAN.cases()


def matrix_plan(config: pytest.Config) -> Plan:
    """The plan that `engine.testing.matrix` runs here."""
    return PLAN
