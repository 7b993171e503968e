"""How fast the machine is, and what estimates of seconds make of it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.measure import machine
from engine.methods.costs import rates
from engine.methods.quantization.common import rounding
from engine.methods.quantization.gguf_quants import method as gguf_quants
from engine.methods.registry import method
from engine.models.source import open_model

OWN_RATES = True


def forget() -> None:
    for cached in (machine._product, rounding.seconds_per_weight, rates.seconds_per_value):
        cached.cache_clear()
    gguf_quants._seconds_per_weight.cache_clear()


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What a test made up does not stay."""
    yield
    forget()


def test_a_few_processes_measure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each once. The fastest counts, whatever the others were held up by."""
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path))
    scheme = rounding.Scheme("int4")

    def estimates() -> tuple[float, float]:
        forget()
        return machine.operations_per_second("cpu"), rounding.seconds_per_weight(scheme, rounding.Clip(), "cpu")

    def measure(seconds: float) -> None:
        def measured(work: Any) -> float:
            made.append(seconds)
            return seconds

        monkeypatch.setattr(machine, "_measured", measured)

    def another_process() -> None:
        monkeypatch.setattr(machine, "_here", set())

    made: list[float] = []
    first = estimates()
    assert all(0 < value < math.inf for value in first)
    assert "float32 product" in (tmp_path / "cache/timings.json").read_text()
    measure(1e6)
    assert estimates() == first and not made
    another_process()
    stored = json.loads((tmp_path / "cache/timings.json").read_text())
    assert estimates() == first and estimates() == first and len(made) == len(stored)
    measure(1e-9)
    another_process()
    faster = estimates()
    assert faster[0] > first[0] and faster[1] < first[1]
    for _ in range(4):
        another_process()
        assert estimates() == faster
    assert len(made) == len(stored) * (machine.PROCESSES - 1)
    (tmp_path / "cache/timings.json").write_text("[" * 100_000)
    measure(1.0)
    assert estimates() not in (first, faster), "what is damaged is measured again"


@pytest.mark.parametrize(
    "method_id", ["gptq", "gguf_quants", "awq", "one_shot_pruning", "depth_pruning", "svd", "fine_tuning", "onebit"]
)
def test_seconds_are_those_of_the_dtype_that_is_computed_in(
    method_id: str, tiny: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between a quarter and all of what they are in float32 where bfloat16 is four times as fast: what is solved stays
    in float32."""

    def seconds(name: str, *_: Any) -> float:
        return 1.0 if name.startswith("float32") else 0.25

    monkeypatch.setattr(machine, "seconds", seconds)
    forget()
    model, info = open_model(tiny("llama")), method(method_id)
    fields = info.settings.model_fields
    name = "compute_dtype" if "compute_dtype" in fields else "mixed_precision"
    found = {}
    for dtype in ("float32", "bfloat16"):
        settings = info.settings.parse({name: dtype})
        found[dtype] = info.load().estimate(model.header, model.anatomy, settings, torch.device("cpu")).seconds
    assert found["float32"] and found["bfloat16"]
    assert 0.249 * found["float32"] <= found["bfloat16"] < found["float32"]


@pytest.mark.parametrize("entry", ['{"seconds": NaN, "processes": 9}', '{"seconds": Infinity}', '{"seconds": -1.0}'])
def test_a_time_that_is_none_is_measured_again(entry: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path))
    machine.seconds("work", "cpu", lambda: torch.zeros(1))
    file = tmp_path / "cache/timings.json"
    (key,) = json.loads(file.read_text("utf-8"))
    file.write_text(f'{{"{key}": {entry}}}', "utf-8")
    assert 0 < machine.seconds("work", "cpu", lambda: torch.zeros(1)) < math.inf
