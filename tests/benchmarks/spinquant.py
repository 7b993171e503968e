"""The ladder of SpinQuant, rung by rung: perplexity, time, memory, kurtosis. Every rung runs in a fresh process.

    python tests/benchmarks/spinquant.py MODEL CALIBRATION_TEXT EVALUATION_TEXT [--rungs rtn hadamard …] [--seeds 5]

Perplexity over the first 16 windows of 2048 tokens; calibrated on 32 samples of 512 tokens, spread evenly. Of kurtosis
3 is normal.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
W4A4KV4: dict[str, Any] = {"num_samples": 32, "sequence_length": 512, "seed": 0}
PUBLISHED = {"objective": "cross_entropy", "range_gradient": False, "learn_clips": False, "learn_scales": False}
PUBLISHED |= {"r2_shared": True, "steps": 80}
WEIGHTS_ONLY = {"activation_bits": 16, "kv_bits": 16, "granularity": "group", "group_size": 64}
RUNGS: dict[str, tuple[str, dict[str, Any]]] = {
    "rtn": ("W4A4KV4, no rotation, round to nearest", {"rotation": "none", "weights": "nearest"}),
    "orthogonal": ("random orthogonal, round to nearest", {"rotation": "orthogonal", "weights": "nearest"}),
    "hadamard": ("random Hadamard, round to nearest", {"rotation": "hadamard", "weights": "nearest"}),
    "orthogonal-gptq": ("random orthogonal, GPTQ", {"rotation": "orthogonal"}),
    "hadamard-gptq": ("random Hadamard, GPTQ", {"rotation": "hadamard"}),
    "hadamard-clip": ("the same with ranges of 0.9", {"rotation": "hadamard", "activation_clip": 0.9, "kv_clip": 0.95}),
    "published": ("learned as published, GPTQ", PUBLISHED),
    "default": ("learned by default, GPTQ", {}),
    "default-g64": ("learned by default, GPTQ, groups of 64", {"granularity": "group", "group_size": 64}),
    "w4a8kv8": ("W4A8KV8, random Hadamard, GPTQ", {"rotation": "hadamard", "activation_bits": 8, "kv_bits": 8}),
    "w4a16": ("W4 group 64 A16, random Hadamard, GPTQ", {"rotation": "hadamard", **WEIGHTS_ONLY}),
    "w4a16-none": ("W4 group 64 A16, no rotation, GPTQ", {"rotation": "none", **WEIGHTS_ONLY}),
    "no-had": ("W4A8 without online transforms, GPTQ", {"rotation": "hadamard", "variant": "no_had", "kv_bits": 16}),
}
RUNGS["no-had"][1]["activation_bits"] = 8
SEEDED = ("orthogonal", "hadamard", "orthogonal-gptq", "hadamard-gptq")


def child(request: dict[str, Any]) -> None:
    """One rung in this process; prints its metrics as JSON on the last line."""

    from engine import devices
    from engine.measure.evaluate import evaluate
    from engine.methods.registry import method
    from engine.models.source import open_model
    from engine.run.local import LocalStage

    info = method("spinquant")
    algorithm = info.load()
    folder = Path(request["folder"])
    started = time.perf_counter()
    model = open_model(Path(request["model"]))
    last = [0.0]

    def tell(event: Any) -> None:
        if type(event).__name__ == "Metric" and time.monotonic() - last[0] > 20:
            last[0] = time.monotonic()
            print(f"  step {event.step} {event.name} {event.value:.4f}", file=sys.stderr, flush=True)

    stage = LocalStage(folder, device=devices.default(), signature=f"{request['settings']['seed']:032x}", emit=tell)
    stage.know(model)
    settings = info.settings.parse(request["settings"])
    stage.finish(algorithm.apply(model, settings, stage))
    seconds = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    measured = evaluate(
        open_model(folder / "artifact"),
        text=request["text"],
        window=2048,
        windows=request["windows"],
        reference=None,
        speed=False,
        device=stage.device,
        progress=lambda fraction, text: None,
        checkpoint=lambda: None,
    )
    kurtosis = [stage.details["kurtosis_before"], stage.details["kurtosis_after"]]
    found = {"perplexity": measured.metrics["perplexity"], "seconds": seconds, "memory": memory}
    print(json.dumps({**found, "kurtosis": kurtosis, "size": measured.metrics["size_bytes"]}))


def rung(name: str, arguments: argparse.Namespace, seed: int) -> dict[str, Any]:
    """The metrics of one rung, from a fresh process."""
    more = dict(pair.split("=", 1) for pair in arguments.set)
    settings = {**W4A4KV4, "text": arguments.calibration, **RUNGS[name][1], "seed": seed, **more}
    with tempfile.TemporaryDirectory() as folder:
        request = {"model": arguments.model, "text": arguments.text, "windows": arguments.windows}
        request |= {"folder": folder, "settings": settings}
        command = [sys.executable, __file__, "--child", json.dumps(request)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    """Print the table as it grows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("calibration")
    parser.add_argument("text")
    parser.add_argument("--rungs", nargs="*", default=list(RUNGS), choices=list(RUNGS))
    parser.add_argument("--seeds", type=int, default=1, help="of the random rotations")
    parser.add_argument("--windows", type=int, default=16)
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="further settings for every rung")
    arguments = parser.parse_args()
    print("| rung | seed | perplexity | seconds | peak memory | kurtosis of qkv / o / down inputs, before → after |")
    print("|---|---|---|---|---|---|", flush=True)
    for name in arguments.rungs:
        for seed in range(arguments.seeds if name in SEEDED else 1):
            found = rung(name, arguments, seed)
            before, after = found["kurtosis"]
            places = ("qkv_input", "o_input", "down_input")
            pairs = ", ".join(f"{before[p]:.1f} → {after[p]:.2f}" for p in places)
            pooled = ", ".join(f"{before[p + '_pooled']:.0f} → {after[p + '_pooled']:.1f}" for p in places)
            print(
                f"| {RUNGS[name][0]} | {seed} | {found['perplexity']:.2f} | {found['seconds']:.0f} "
                f"| {found['memory'] / 1e9:.2f} GB | {pairs}; pooled {pooled} |",
                flush=True,
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        sys.path.insert(0, str(ROOT))
        child(json.loads(sys.argv[2]))
    else:
        main()
