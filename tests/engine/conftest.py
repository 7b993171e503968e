"""Exports of these tests are verified in processes that have already imported torch and transformers, and how fast the
machine is is measured once for all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def warm(warm_readers: None) -> None:
    """See `warm_children`."""


@pytest.fixture(scope="session", autouse=True)
def measured_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every test has a workspace of its own: the rates of the machine are in one of the session."""
    from engine.measure import machine  # loads torch

    folder = tmp_path_factory.mktemp("rates")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "home", lambda: folder)
        yield
