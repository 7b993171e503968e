"""Exports of these tests are verified in processes that have already imported torch and transformers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import warm_children


@pytest.fixture(scope="module", autouse=True)
def warm() -> Iterator[None]:
    """See `warm_children`."""
    with pytest.MonkeyPatch.context() as patch:
        warm_children.install(patch)
        yield
