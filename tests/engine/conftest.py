"""Exports of these tests are verified in processes that have already imported torch and transformers."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module", autouse=True)
def warm(warm_readers: None) -> None:
    """See `warm_children`."""
