"""What methods say that they will take of a device's memory, beside what they took.

    python tests/benchmarks/estimates.py [MODEL] [--methods …] [--steps 2]

Every method on the sample model (or MODEL) at its default settings, with so many steps where it trains, each in a fresh
process on the simulated accelerator of the tests, whose peak is exact: bytes of tensors that are alive. Estimates that
are off by more than 15 % are marked.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]
SAMPLE = TESTS.parent / "resources" / "sample" / "model"
BOUND = 0.15
MORE: dict[str, dict[str, Any]] = {
    "lottery_ticket": {"rounds": 1, "eval_steps": 1},
    "logit_distillation": {"student": "layers"},
    "hidden_state_distillation": {"student": "layers"},
    "sequence_level_distillation": {"num_samples": 8, "sequence_length": 64},
}
"""Settings that are not defaults: fewer trainings one after the other, which take the same memory."""


def settings_of(method_id: str, steps: int) -> dict[str, Any]:
    """The defaults, with few steps."""
    from engine.methods.registry import method

    fields = method(method_id).settings.model_fields
    few = {"steps": steps, "fit_steps": steps, "eval_steps": 0, "trials": 1}
    found = {**few, **MORE.get(method_id, {})}
    return {name: value for name, value in found.items() if name in fields}


def row(model: Path, method_id: str, steps: int) -> dict[str, Any]:
    """Estimate and peak in this process."""
    import torch
    from blocks import apply_block
    from simulated_accelerator import LEDGER, adapt, install

    install()
    adapt()
    from engine.methods.registry import method
    from engine.models.source import open_model

    info, opened = method(method_id), open_model(model)
    settings = settings_of(method_id, steps)
    device = torch.device("sim:0")
    estimate = info.load().estimate(opened.header, opened.anatomy, info.settings.parse(settings), device)
    LEDGER.reset()
    with tempfile.TemporaryDirectory() as folder:
        apply_block(model, method_id, settings, Path(folder), device=str(device))
    return {"estimate": estimate.memory_bytes, "peak": LEDGER.devices[0].peak}


def main() -> None:
    """Print a table."""
    from engine.methods.registry import methods

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", type=Path, default=SAMPLE)
    known = [info.id for info in methods().values() if not info.is_source]
    parser.add_argument("--methods", nargs="+", default=known, choices=known)
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(row(options.model, options.one, options.steps)))
        return
    print("| method | estimate | peak | estimate / peak | |\n|---|---|---|---|---|")
    for method_id in options.methods:
        command = [sys.executable, __file__, str(options.model), "--steps", str(options.steps), "--one", method_id]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            print(f"| {method_id} | failed: {done.stderr.splitlines()[-1]} |", flush=True)
            continue
        found = json.loads(done.stdout.splitlines()[-1])
        ratio = found["estimate"] / found["peak"]
        mark = "" if abs(ratio - 1) <= BOUND else "off"
        print(
            f"| {method_id} | {found['estimate'] / 1e6:.1f} MB | {found['peak'] / 1e6:.1f} MB | {ratio:.2f} | {mark} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
