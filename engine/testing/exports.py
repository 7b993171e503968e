"""The test of exports, which loads each in a fresh process: about ten seconds a case."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.api import export
from engine.base.errors import BadInput
from engine.testing.matrix import Undisturbed

__all__ = ["test_the_export_loads_in_a_fresh_process"]


@pytest.mark.parametrize("format", ["container", "dense"])
def test_the_export_loads_in_a_fresh_process(
    format: str, method_id: str, kind: str, tmp_path: Path, undisturbed: Undisturbed, tiny: Callable[[str], Path]
) -> None:
    """An export says in a fresh process what the artifact says. The dense format may refuse the model."""
    artifact = undisturbed.artifact(method_id, kind, tmp_path / "whole")
    try:
        verified = export(artifact, format, tmp_path / "exported", progress=False)
    except BadInput as error:
        if format == "container":
            raise
        pytest.skip(str(error))
    assert verified.ok, verified.sentence
