"""Fixtures of tests that run pipelines."""

import pytest
from run_fixtures import _one_thread, _probe_is_a_method, chain, go, heard, home, text

__all__ = ["_one_thread", "_probe_is_a_method", "chain", "go", "heard", "home", "text"]


@pytest.fixture(scope="module", autouse=True)
def _warm(warm_engines: None) -> None:
    """See `warm_children`."""
