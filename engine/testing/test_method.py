"""The tests that ``pytest --pyargs engine.testing --method …`` collects."""

from __future__ import annotations

import functools

import pytest

from engine.base.errors import BadInput
from engine.testing.exports import *  # noqa: F403
from engine.testing.fixtures import own_home, tiny
from engine.testing.matrix import *  # noqa: F403
from engine.testing.plan import Plan, plan_of

__all__ = ["own_home", "tiny"]


@functools.cache
def matrix_plan(config: pytest.Config) -> Plan:
    """The plan that the options of the command line describe; see `engine.testing.matrix`."""
    try:
        return plan_of(config.getoption("--method"), config.getoption("--kinds"))
    except BadInput as error:
        raise pytest.UsageError(str(error)) from None
