"""Export the bundled sample in many ways and make each export again.

    python tests/engine/reproduce/cards.py [--threads N]

prints a row for each. GGUF files are renamed and moved away first: the key in them says how they were made.
``--threads``: of the replay, where not those of the export: sums are made in another order, and what comes out is
judged by its divergence.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402

from engine.pipeline.document import Evaluation, Pipeline  # noqa: E402
from engine.record.home import Home  # noqa: E402
from engine.reproduce.replay import replay  # noqa: E402
from engine.run.control import Control  # noqa: E402
from engine.run.runner import start  # noqa: E402
from engine.service.jobs import export_artifact  # noqa: E402

CALIBRATED = {"num_samples": 16, "sequence_length": 128}
TRAINED = {"steps": 4, "batch_size": 2, "micro_batch_size": 2, "sequence_length": 64, "eval_samples": 2}
Step = tuple[str, dict[str, Any]]
CARDS: list[tuple[list[Step], str]] = [
    ([("round_to_nearest", {"format": "int4", "group_size": 32})], "compressed-tensors"),
    ([("round_to_nearest", {"format": "int8"})], "gguf"),
    ([("hqq", {"format": "int3"})], "container"),
    ([("nf4", {})], "bitsandbytes"),
    ([("gptq", {"format": "int4", "group_size": 32, **CALIBRATED})], "compressed-tensors"),
    ([("gptq", {"format": "int4", "group_size": 32, **CALIBRATED})], "gptq"),
    ([("gptq", {"format": "int3", "objective": "kl", **CALIBRATED})], "container"),
    ([("awq", {"format": "int4", "group_size": 32, **CALIBRATED})], "container"),
    ([("smoothquant", CALIBRATED)], "dense"),
    ([("spinquant", {"rotation": "hadamard", **CALIBRATED})], "container"),
    ([("gguf_quants", {"type": "Q4_K_M", "method": "nearest", "importance": "none"})], "gguf"),
    ([("gguf_quants", {"type": "Q3_K_M", **CALIBRATED})], "gguf"),
    ([("one_shot_pruning", {"score": "wanda", **CALIBRATED})], "dense"),
    ([("one_shot_pruning", {"score": "sparsegpt", **CALIBRATED}), ("round_to_nearest", {"format": "int8"})], "dense"),
    ([("depth_pruning", {"num_pruned_layers": 1})], "dense"),
    ([("svd", {"compression_ratio": 0.2, **CALIBRATED})], "container"),
    ([("lora", {"r": 4, "result": "adapter", **TRAINED})], "peft"),
    ([("lr_qat", {"format": "int4", **TRAINED})], "container"),
    ([("onebit", TRAINED)], "container"),
    ([("round_to_nearest", {"format": "int3"}), ("refine", TRAINED)], "container"),
]
"""Steps behind the model, and the format of the export."""


def row(steps: list[Step], kind: str, root: Path, threads: int | None) -> tuple[str, bool]:
    """A line of the table, and whether the export was confirmed."""
    home, folder = Home(root / "home"), root / "out"
    pipeline = Pipeline.linear([("model", {"model": "sample"}), *steps], evaluation=Evaluation(when="never"))
    outcome = start(pipeline, home=home, device="cpu")
    if outcome.status != "done":
        return f"{steps}: {outcome.error}", False
    artifact = Path(outcome.report["stages"][-1]["artifact"])
    export_artifact(artifact, kind, folder, home=home, progress=lambda *_: None, control=Control())
    before, began = torch.get_num_threads(), time.process_time()
    torch.set_num_threads(threads or before)
    try:
        result = replay(moved(folder) if kind == "gguf" else folder, "sample")
    finally:
        torch.set_num_threads(before)
    equal = f"{len(result.tensors) - len(result.differing)} of {len(result.tensors)}"
    near = "" if result.divergence is None else f"{result.divergence:.2g} of {result.loss:.2g}"
    names, seconds = " + ".join(name for name, _ in steps), f"{time.process_time() - began:.1f}"
    return f"| {' | '.join((names, kind, result.mode, equal, near, seconds))} |", result.is_confirmed


def moved(folder: Path) -> Path:
    """The GGUF file of an export by another name in a folder of its own: its key is all that says how it was made."""
    (file,) = folder.glob("*.gguf")
    place = folder.with_name("alone")
    place.mkdir()
    return file.rename(place / "renamed.gguf")


def main() -> int:
    """Print the table; 1 if an export was not confirmed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int)
    arguments = parser.parse_args()
    print("| steps | format | replay | equal tensors | KL of the two, of base and export | processor s |")
    print("|---|---|---|---|---|---|")
    confirmed = 0
    for steps, kind in CARDS:
        with tempfile.TemporaryDirectory() as scratch:
            line, is_confirmed = row(steps, kind, Path(scratch), arguments.threads)
        print(line, flush=True)
        confirmed += is_confirmed
    print(f"{confirmed} of {len(CARDS)} confirmed")
    return 0 if confirmed == len(CARDS) else 1


if __name__ == "__main__":
    sys.exit(main())
