"""Every method on the simulated accelerator: what it leaves, measured, taken up and exported, is what the CPU leaves.

A process of its own for each kind of model computes all rows (see `simulated_accelerator.matrix`)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from filelock import FileLock

from tests.engine.devices.test_simulated_accelerator import child, pytestmark
from tests.engine.methods.test_matrix import CASES

__all__ = ["pytestmark"]
KINDS = ("llama", "gpt2", "bert")
IN_BFLOAT16 = dict.fromkeys(("hidden_state_distillation", "logit_distillation", "lr_qat", "onebit", "linformer"), 0.3)
"""Their teachers are held in bfloat16 on an accelerator and in float32 on the CPU."""
BOUND = 1e-4
"""Standard deviations by which a logit may differ: the simulated device computes what the CPU computes; sums over a
batch that is learned from may be made in another order."""
Rows = Callable[[str], dict[str, dict[str, Any]]]
every_row = pytest.mark.parametrize(("method_id", "kind"), [case for case in CASES if case[1] in KINDS])


@pytest.fixture(scope="session")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """``rows("llama")["gptq"]``: computed once, whoever of the workers comes first."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def get(kind: str) -> dict[str, dict[str, Any]]:
        folder = shared / "simulated accelerator"
        folder.mkdir(exist_ok=True)
        with FileLock(folder / f"{kind}.lock"):
            file = folder / f"{kind}.json"
            if not file.exists():
                done = child("-m", "simulated_accelerator.matrix", kind, str(folder))
                assert done.returncode == 0, done.stdout + done.stderr
            return {row["method"]: row for row in json.loads(file.read_text("utf-8"))}

    return get


@every_row
def test_the_device_gives_what_the_cpu_gives(method_id: str, kind: str, rows: Rows) -> None:
    row = rows(kind)[method_id]
    assert not row["error"], row["error"]
    assert row["difference"] <= IN_BFLOAT16.get(method_id, BOUND)
    assert row["resumed"], "a run that was killed and taken up leaves the same bytes"
    assert row["exported"]
    assert row["launches"] > 0, "nothing was computed on the device"
    assert row["first_device"] == 0, "something was put on the device that was not chosen"


@every_row
def test_the_device_measures_what_the_cpu_measures(method_id: str, kind: str, rows: Rows) -> None:
    row = rows(kind)[method_id]
    assert row["metrics"]
    for name, (there, here) in row["metrics"].items():
        assert there == pytest.approx(here, rel=1e-4, abs=1e-5), name
