"""Exports of these tests are verified in processes that have already imported torch and transformers, and how fast the
machine is is measured once for all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module", autouse=True)
def warm(warm_readers: None) -> None:
    """See `warm_children`."""


@pytest.fixture(scope="session")
def rates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace with the rates of the machine."""
    return tmp_path_factory.mktemp("rates")


@pytest.fixture(scope="module", autouse=True)
def measured_machine(rates: Path, request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test has a workspace of its own: the rates of the machine are in one of the session, but for tests of them
    (``OWN_RATES`` in their module)."""
    from engine.measure import machine  # loads torch

    with pytest.MonkeyPatch.context() as patch:
        if not getattr(request.module, "OWN_RATES", False):
            patch.setattr(machine, "home", lambda: rates)
        yield
