"""What a check promises of a run, beside what the run shows: memory of the whole process, and seconds.

    python tests/benchmarks/estimates_of_runs.py [MODEL] [--blocks gptq_int4 …] [--json ROWS.jsonl]

Each block is a command line of its own in a fresh process, as a person gives it; both figures are those of its stage in
``--json``. The calibrations are those of real work: 32 samples of 512 tokens. Trainings make few steps, which take the
memory of many. "Processor" is what all cores worked on the block together, divided by the cores it may use, where the
machine is busy with other work; estimates of seconds are for a machine that is not.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BOUND = 0.15
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
CALIBRATED = "num_samples=32 sequence_length=512"
TRAINED = "steps=4 batch_size=2 micro_batch_size=2 sequence_length=256 eval_steps=0"
BLOCKS: dict[str, str] = {
    "round_to_nearest": "round_to_nearest format=int4 group_size=64",
    "nf4": "nf4",
    "gptq_int4": f"gptq format=int4 group_size=64 {CALIBRATED}",
    "gptq_int3": f"gptq format=int3 group_size=64 {CALIBRATED}",
    "awq": f"awq format=int4 group_size=64 {CALIBRATED}",
    "gguf_q4_k_m": f"gguf_quants type=Q4_K_M {CALIBRATED}",
    "svd": f"svd {CALIBRATED}",
    "wanda": f"one_shot_pruning score=wanda {CALIBRATED}",
    "sparsegpt": f"one_shot_pruning score=sparsegpt {CALIBRATED}",
    "width": f"width_pruning {CALIBRATED}",
    "depth": f"depth_pruning num_pruned_layers=1 {CALIBRATED}",
    "lora": f"lora {TRAINED}",
    "logit_distillation": f"logit_distillation student=layers {TRAINED}",
    "lr_qat": f"lr_qat {TRAINED}",
    "spinquant": "spinquant num_samples=32 steps=2 batch_size=1 micro_batch_size=1 sequence_length=256",
}


def home() -> Path:
    """The home of this benchmark: of the timings that its processes share."""
    return Path(os.environ.get("COMPRESSION_STUDIO_HOME", tempfile.gettempdir() + "/estimates-of-runs"))


def measured(model: Path, line: str, place: Path, more: list[str]) -> dict[str, Any]:
    """The last stage of a run in a fresh process, with the processor seconds of the whole command."""
    command = [sys.executable, "-m", "engine", "compress", str(model), line, "--json", "--quiet", *more]
    before = os.times()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment(place))
    after = os.times()
    if (measured_here := place / "cache" / "timings.json").is_file():
        (home() / "cache").mkdir(parents=True, exist_ok=True)
        shutil.copy(measured_here, home() / "cache")
    if not done.stdout.strip():
        return {"error": done.stderr.strip().splitlines()[-1:]}
    told = json.loads(done.stdout)
    if told["status"] != "done":
        return {"error": told.get("error") or done.stderr.strip().splitlines()[-1:]}
    stage: dict[str, Any] = told["stages"][-1]
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return {**stage, "command_processor_seconds": spent, "export": told.get("export")}


def environment(place: Path) -> dict[str, str]:
    """A fresh home for every block, so that nothing is there already, but for what is known of this machine's speed."""
    known = home() / "cache" / "timings.json"
    (place / "cache").mkdir()
    if known.is_file():
        shutil.copy(known, place / "cache")
    return {**os.environ, "COMPRESSION_STUDIO_HOME": str(place)}


def row(name: str, stage: dict[str, Any]) -> str:
    """A line of the table."""
    if "error" in stage:
        return f"| {name} | failed: {stage['error']} |"
    promised, shown = stage.get("estimated_peak_memory_bytes", 0), stage["peak_memory_bytes"]
    ratio = promised / max(1, shown)
    seconds = stage.get("estimated_quiet_seconds") or 0.0
    worked = stage.get("processor_seconds", 0.0)
    mark = "" if abs(ratio - 1) <= BOUND else " off"
    engine = stage["engine_memory_bytes"]
    sizes = f"{promised / 1e6:.0f} MB | {shown / 1e6:.0f} MB | {ratio:.2f}{mark}"
    sizes += f" | {engine / 1e6:.0f} MB"
    return f"| {name} | {sizes} | {seconds:.1f} | {stage['seconds']:.1f} | {worked / CORES:.1f} |"


def main() -> None:
    """Print a table; with ``--json`` append the stages to a file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", type=Path, default=ROOT / "resources" / "sample" / "model")
    parser.add_argument("--blocks", nargs="+", default=list(BLOCKS), choices=list(BLOCKS))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--more", default="", help="further options of the command, as one string")
    options = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, seed {options.seed}\n", flush=True)
    print(
        "| block | memory promised | shown | ratio | of it the engine | s promised | s | processor s / cores |",
        flush=True,
    )
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for name in options.blocks:
        with tempfile.TemporaryDirectory() as place:
            more = ["--seed", str(options.seed), *options.more.split()]
            stage = measured(options.model, BLOCKS[name], Path(place), more)
        print(row(name, stage), flush=True)
        if options.json:
            with options.json.open("a") as file:
                file.write(json.dumps({"name": name, "model": options.model.name, **stage}) + "\n")


if __name__ == "__main__":
    main()
