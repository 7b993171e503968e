"""Estimates beside what runs of the sample model showed, measured by `tests/benchmarks/estimates_of_runs.py`."""

from __future__ import annotations

from typing import Any

import pytest

from engine.measure.engine_memory import EngineMemory
from engine.pipeline.document import Evaluation, Pipeline
from engine.record.home import Home
from engine.run.estimate import check

CALIBRATED = {"num_samples": 32, "sequence_length": 512}
IN_BFLOAT16 = {**CALIBRATED, "compute_dtype": "bfloat16"}
"""As the machine computes that measured them."""
INT4 = {"format": "int4", "group_size": 64}
ROWS: list[tuple[str, dict[str, Any], int, int]] = [
    ("round_to_nearest", INT4, 413, 394),
    ("nf4", {}, 410, 392),
    ("gptq", INT4 | IN_BFLOAT16, 625, 415),
    ("gguf_quants", {"type": "Q4_K_M"} | IN_BFLOAT16, 645, 418),
    ("svd", IN_BFLOAT16, 549, 392),
    ("awq", INT4 | IN_BFLOAT16, 553, 395),
    ("one_shot_pruning", {"score": "wanda"} | IN_BFLOAT16, 544, 392),
    ("width_pruning", IN_BFLOAT16, 499, 392),
]
"""Method, settings, megabytes of the process at the peak, and of the engine when the block began."""


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[0]}" for row in ROWS])
def test_memory_is_promised_within_fifteen_percent_of_what_was_shown(
    row: tuple[str, dict[str, Any], int, int], home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the whole process; and of what the block adds, where that is more than what threads and kernels take, most."""
    method, settings, shown, engine = row
    monkeypatch.setattr(EngineMemory, "measured", lambda self: engine * 10**6)
    steps = [("model", {"model": "sample"}), (method, settings)]
    checked = check(Pipeline.linear(steps, evaluation=Evaluation(when="never")), home=home, device="cpu", quick=True)
    promised = checked.estimates[f"{method}_1"][1] / 1e6
    assert promised == pytest.approx(shown, rel=0.15)
    if shown - engine > 50:
        assert promised - engine == pytest.approx(shown - engine, rel=0.35)


@pytest.mark.parametrize("size", ["int4", "int8"])
def test_a_block_that_keeps_formats_promises_the_bytes_of_the_block_before_it(size: str, home: Home) -> None:
    """The headers of the source alone would give other bytes."""
    steps: list[tuple[str, dict[str, Any]]] = [
        ("model", {"model": "sample"}),
        ("round_to_nearest", {"format": size}),
        ("refine", {}),
        ("refine", {}),
    ]
    pipeline = Pipeline.linear(steps, evaluation=Evaluation(when="never"))
    estimates = check(pipeline, home=home, device="cpu", quick=True).estimates
    source, rounded, *refined = (estimates[block.id][0] for block in pipeline.blocks)
    assert rounded < source
    assert refined == [rounded, rounded]
