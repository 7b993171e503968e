"""The list of formats, and what may be in it: classes, and the older form that plug-ins may still have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.architecture.expert_counts import EXPERTS_PER_LAYER
from engine.base.errors import BadInput
from engine.contracts.problem import Problem
from engine.export.base import DtypeOptions, ExportFormat
from engine.export.formats.dense import Dense
from engine.export.registry import formats
from engine.models.source import open_model

Tiny = Callable[[str], Path]


def functions(**more: Any) -> dict[str, Any]:
    """A format of version 0.1: functions, here those of the dense one."""
    dense = Dense()
    return {
        "id": "old-form",
        "title": "Old form",
        "summary": "Declared with functions.",
        "options": DtypeOptions,
        "problems": lambda model, options: [Problem("warning", "it is old")],
        "expected_bytes": dense.expected_bytes,
        "write": dense.write,
        "read": dense.read,
        **more,
    }


def test_a_format_made_of_functions_still_works(tiny: Tiny, tmp_path: Path) -> None:
    old: Any = ExportFormat
    kind = old(**functions(rounds_inputs=False, tolerance=lambda model, options: 0.25, why_not=None, snippet=None))
    assert isinstance(kind, ExportFormat) and kind.rounds_inputs is False and kind.why_not(None) == ""
    model, options = open_model(tiny("llama")), DtypeOptions()
    assert [str(problem) for problem in kind.check(model, options)] == ["it is old."]
    assert kind.tolerance(model, options) == 0.25 and kind.stored(model, options) is None
    kind.write(model, tmp_path / "out", options, lambda *_: None)
    (file,) = (tmp_path / "out").glob("*.safetensors")
    assert file.stat().st_size == kind.expected_bytes(model, options)
    written, expected = dict(kind.read(tmp_path / "out")), dict(Dense().read(tmp_path / "out"))
    assert written.keys() == expected.keys() and all(torch.equal(written[name], expected[name]) for name in written)


def test_functions_that_are_missing_or_unknown_are_named() -> None:
    old: Any = ExportFormat
    with pytest.raises(TypeError, match="needs read"):
        old(**{name: value for name, value in functions().items() if name != "read"})
    with pytest.raises(TypeError, match="has no reads"):
        old(**functions(reads=None))


def test_what_the_container_alone_expresses_is_refused_by_every_other_format(tiny: Tiny, tmp_path: Path) -> None:
    model = open_model(tiny("llama"))
    model.config[EXPERTS_PER_LAYER] = {"model.layers.0": 2}
    for kind in formats().values():
        refused = [problem.message for problem in kind.check(model, kind.options()) if "expert" in problem.message]
        assert bool(refused) == (kind.id != "container"), kind.id
        if refused:
            with pytest.raises(BadInput, match="expert"):
                kind.write(model, tmp_path / kind.id, kind.options(), lambda *_: None)
            assert not list(tmp_path.glob(f"*{kind.id}*"))
