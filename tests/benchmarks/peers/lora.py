"""LoRA in the training loop against bare peft on the same work, and what QLoRA keeps in memory.

    python tests/benchmarks/peers/lora.py MODEL TEXT [--steps 6] [--repetitions 2] [--rank 16]

MODEL is a dense Hugging Face folder. Both sides: samples of 512 tokens, two a step, adapters on all linear layers,
AdamW, float32 on the CPU, each in a process of its own, by turns. The median step counts, the first one left out; the
best of the repetitions. CPU seconds are what counts on a machine that others use too. Bare peft is `get_peft_model` and
a few lines of loop. Memory is the peak of the process.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
LENGTH, BATCH = 512, 2

COMMON = """
import json, resource, statistics, sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
model_path, text, steps, rank = sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
import torch
def now():
    return time.perf_counter(), time.process_time()
def told(times, parameters, loss):
    seconds, cpu = (statistics.median(b - a for a, b in zip(x[1:], x[2:])) for x in zip(*times))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds, "cpu": cpu, "parameters": parameters, "peak": peak, "loss": loss}))
"""

OURS = """
from engine.methods.low_rank.lora import learning
from engine.methods.low_rank.lora.adapters import Attached
from engine.methods.registry import method
from engine.models.source import open_model
from engine.run.local import LocalStage
from engine.training.batches import text_batches
from engine.training.loop import train
import tempfile
place = Path(tempfile.mkdtemp())
stage = LocalStage(place)
settings = method("lora").settings.parse({"text": text, "length": 512, "steps": steps + 1, "batch": 2, "micro_batch": 2,
    "rank": rank, "alpha": 2.0 * rank, "held_out": 0, "schedule": "constant", "warmup": 0})
model = open_model(Path(model_path))
batches = text_batches(model, settings, stage)
learning.open_frozen(model, stage, hold=True)
attached = Attached(model, learning.targets_of(model.anatomy, settings), settings, stage)
times = []
class Timed(learning.AdapterObjective):
    def before_step(self, step):
        times.append(now())
trained = train(Timed(model.module, batches, stage, settings, 1.0), batches, settings, stage)
times.append(now())
told(times[:-1], attached.parameters, trained.terms["loss"])
"""

THEIRS = """
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained(model_path)
ids = torch.tensor(tokenizer(Path(text).read_text(encoding="utf-8"))["input_ids"])
ids = ids[: len(ids) // 512 * 512].view(-1, 512)
model = AutoModelForCausalLM.from_pretrained(model_path, dtype=torch.float32)
config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM")
model = get_peft_model(model, config)
model.train()
learned = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.AdamW(learned, 2e-4, betas=(0.9, 0.999), weight_decay=0.0)
times = []
for step in range(steps + 1):
    times.append(now())
    batch = ids[2 * step : 2 * step + 2]
    loss = model(input_ids=batch, labels=batch).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(learned, 1.0)
    optimizer.step()
    optimizer.zero_grad()
told(times, sum(p.numel() for p in learned), float(loss))
"""

QLORA = """
from engine.methods.registry import method
from engine.models.source import open_model
from engine.run.local import LocalStage
import tempfile
place = Path(tempfile.mkdtemp())
stage = LocalStage(place)
info = method("qlora")
settings = info.settings.parse({"text": text, "length": 128, "steps": 1, "batch": 1, "micro_batch": 1, "rank": rank,
    "held_out": 0, "optimizer": "adamw"})
model = open_model(Path(model_path))
stage.finish(info.load().apply(model, settings, stage))
print(json.dumps({"resident": stage.details["resident"], "parameters": stage.details["trainable parameters"]}))
"""


def run(code: str, model: Path, text: str, steps: int, rank: int) -> dict[str, Any]:
    """What one side tells."""
    command = [sys.executable, "-c", COMMON + code, str(ROOT), str(model), text, str(steps), str(rank)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("text")
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--repetitions", type=int, default=2)
    parser.add_argument("--rank", type=int, default=16)
    options = parser.parse_args()
    sides = {"this loop": OURS, "bare peft": THEIRS}
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in sides}
    for _ in range(options.repetitions):
        for name, code in sides.items():
            found[name].append(run(code, options.model, options.text, options.steps, options.rank))
    columns = ("", "tokens per second", "seconds a step", "CPU seconds", "trainable parameters", "peak memory")
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|")
    speeds = {}
    for name, runs in found.items():
        best = min(runs, key=lambda metrics: metrics["seconds"])
        speeds[name] = LENGTH * BATCH / best["seconds"]
        parts = f"{best['seconds']:.2f} | {best['cpu']:.2f} | {best['parameters']:,} | {best['peak'] / 1e9:.2f} GB"
        print(f"| {name} | {speeds[name]:.0f} | {parts} |")
    cpu = [min(metrics["cpu"] for metrics in found[name]) for name in ("bare peft", "this loop")]
    print(f"\nratio {speeds['this loop'] / speeds['bare peft']:.3f}, by CPU seconds {cpu[0] / cpu[1]:.3f}\n")
    told = run(QLORA, options.model, options.text, 1, options.rank)
    resident = told["resident"]
    print("| QLoRA, NF4 with double quantization | |\n|---|---|")
    print(f"| bits a weight of the layers in 4 bits | {resident['bits_per_packed_weight']:.3f} |")
    print(f"| adapters, bits a weight of those | {resident['adapter_bits_per_packed_weight']:.3f} |")
    print(f"| base in memory, embeddings in float32 | {resident['base_bytes'] / 1e6:.1f} MB |")
    print(f"| adapters in memory | {resident['adapter_bytes'] / 1e6:.1f} MB |")
    print(f"| bytes a parameter, everything | {resident['bytes_per_parameter']:.3f} |")


if __name__ == "__main__":
    main()
