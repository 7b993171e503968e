"""GPTQ against llm-compressor: the same model, the same calibration tokens, fresh processes, load and save included.

    python tests/benchmarks/peers/gptq.py MODEL CALIBRATION_TEXT --peer /path/to/venv/bin/python [--repetitions 1]

Both sides round all linear layers but the head to int4 in symmetric groups of 64, calibrated on the same 32 samples of
512 tokens, spread evenly over the text.

    python tests/benchmarks/peers/gptq.py MODEL CALIBRATION_TEXT --peer … --texts TEXT=WINDOWS [TEXT=WINDOWS ...]

The same calibration, ours at its defaults beside llm-compressor's at its own and at its best: perplexity in windows of
2048 tokens of texts that nobody calibrated on, all measured by this program.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from against_peer import main
from rows import append
from tables import measure_apart

OURS = """
import sys, time
from pathlib import Path
started = time.perf_counter()
from engine.methods.registry import method
from engine.models.source import open_model
from engine.run.local import LocalStage
from transformers.models.llama import modeling_llama
import torch
info = method("gptq")
algorithm = info.load()
imported = time.perf_counter()
model = open_model(Path(sys.argv[1]))
stage = LocalStage(Path(sys.argv[3]))
stage.describe_output(model)
settings = info.settings.parse({"group_size": 64, "num_samples": 32, "sequence_length": 512, "text": sys.argv[2]})
model = algorithm.apply(model, settings, stage)
stage.finish(model)
print(f"\\nIMPORT {imported - started} WORK {time.perf_counter() - imported}")
"""

THEIRS = """
import json, sys, time
started = time.perf_counter()
from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
from datasets import Dataset
from llmcompressor import oneshot
from llmcompressor.modifiers.quantization import GPTQModifier
from transformers import AutoModelForCausalLM, AutoTokenizer
imported = time.perf_counter()
model = AutoModelForCausalLM.from_pretrained(sys.argv[1])
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
ids = tokenizer(open(sys.argv[2], encoding="utf-8").read()).input_ids
count = len(ids) // 512
picked = [index * count // 32 for index in range(32)]
rows = [{"input_ids": ids[i * 512 : i * 512 + 512], "attention_mask": [1] * 512} for i in picked]
chosen = json.loads(sys.argv[4]) if len(sys.argv) > 4 else {}
weights = QuantizationArgs(num_bits=4, type="int", symmetric=True, strategy="group", group_size=64, **chosen)
scheme = QuantizationScheme(targets=["Linear"], weights=weights)
recipe = GPTQModifier(config_groups={"group_0": scheme}, ignore=["lm_head"])
oneshot(
    model=model, dataset=Dataset.from_list(rows), recipe=recipe, num_calibration_samples=32, max_seq_length=512,
)
model.save_pretrained(sys.argv[3], save_compressed=True)
tokenizer.save_pretrained(sys.argv[3])
print(f"\\nIMPORT {imported - started} WORK {time.perf_counter() - imported}")
"""


BEST = {"actorder": "static", "observer": "mse"}
"""Of llm-compressor's settings."""
WEIGHTS = {"format": "int4", "group_size": 64}


def perplexities() -> None:
    """Measure both sides and append the rows to rows.jsonl."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("calibration")
    parser.add_argument("--peer", type=Path, required=True)
    parser.add_argument("--texts", nargs="+", required=True)
    options = parser.parse_args()
    text = {"text": options.calibration, "num_samples": 32, "sequence_length": 512}
    report("as it is", str(options.model), [], options.texts)
    report("round to nearest, no data", str(options.model), [("round_to_nearest", WEIGHTS)], options.texts)
    searched = ("round_to_nearest", {**WEIGHTS, "clip": "imatrix_mse", **text})
    report("round to nearest, importance matrix", str(options.model), [searched], options.texts)
    report("GPTQ", str(options.model), [("gptq", {**WEIGHTS, **text})], options.texts)
    for title, chosen in (("its defaults", {}), (" ".join(f"{k}={v}" for k, v in BEST.items()), BEST)):
        with tempfile.TemporaryDirectory() as folder:
            words = [str(options.model), options.calibration, folder, json.dumps(chosen)]
            done = subprocess.run(
                [str(options.peer), "-c", THEIRS, *words], capture_output=True, text=True, check=False, cwd=folder
            )
            if done.returncode:
                raise SystemExit(done.stderr[-3000:])
            report(f"llm-compressor's GPTQ, {title}", folder, [], options.texts)


def report(title: str, model: str, steps: list[tuple[str, dict[str, Any]]], texts: list[str]) -> None:
    """Measure one row in a fresh process and append it."""
    counts = {path: int(windows) for path, _, windows in (text.rpartition("=") for text in texts)}
    with tempfile.TemporaryDirectory() as folder:
        request = {
            "model": model,
            "steps": steps,
            "seed": 0,
            "folder": folder,
            "window": 2048,
            "reference": False,
            "texts": {Path(path).stem: (path, windows) for path, windows in counts.items()},
        }
        measured = measure_apart(request)
    append("against_llm_compressor", title, [method for method, _ in steps], 0, measured)
    print(title, measured["texts"], flush=True)


if __name__ == "__main__":
    if "--texts" in sys.argv:
        perplexities()
    else:
        main(__doc__ or "", OURS, THEIRS, files=("text",), repetitions=1)
