"""GPTQ against llm-compressor: the same model, the same calibration tokens, fresh processes, load and save included.

    python tests/benchmarks/gptq.py MODEL CALIBRATION_TEXT --peer /path/to/venv/bin/python [--repetitions 1]

Both sides round all linear layers but the head to int4 in symmetric groups of 64, calibrated on the same 32 samples of
512 tokens, spread evenly over the text.

    python tests/benchmarks/gptq.py MODEL CALIBRATION_TEXT --formats int4 int3 int2 --text TEXT [--windows 16]

The same calibration against rounding to nearest: perplexity in windows of 2048 tokens, seconds, peak memory.

    python tests/benchmarks/gptq.py MODEL CALIBRATION_TEXT --peer … --texts TEXT=WINDOWS [TEXT=WINDOWS ...]

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

from against_peer import main
from one_method import Step, apply_apart

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
stage.know(model)
settings = info.settings.parse({"group_size": 64, "samples": 32, "length": 512, "text": sys.argv[2]})
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


def formats() -> None:
    """Print the table of the formats as it grows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("calibration")
    parser.add_argument("--formats", nargs="*", required=True)
    parser.add_argument("--text", required=True)
    parser.add_argument("--windows", type=int, default=16)
    options = parser.parse_args()
    print("| weights, groups of 64 | method | perplexity | seconds | peak memory | tensor files |")
    print("|---|---|---|---|---|---|", flush=True)
    for name in options.formats:
        for symmetric in (True, False):
            for method in ("round_to_nearest", "gptq"):
                settings = {"format": name, "symmetric": symmetric, "group_size": 64, "clip": "mse"}
                if method == "gptq":
                    settings |= {"num_samples": 32, "sequence_length": 512, "text": options.calibration}
                found = apply_apart(options.model, [(method, settings)], options.text, 2048, options.windows)
                perplexity, size = found["perplexity"], found["size_bytes"] / 1e6
                told = "collapsed" if found["collapsed"] else f"{perplexity:.3f}"
                print(
                    f"| {name} {'symmetric' if symmetric else 'asymmetric'} | {method} | {told} "
                    f"| {found['seconds']:.0f} | {found['peak_bytes'] / 1e9:.2f} GB | {size:.0f} MB |",
                    flush=True,
                )


BEST = {"actorder": "static", "observer": "mse"}
"""Of llm-compressor's settings."""


def perplexities() -> None:
    """Print the table of ours and theirs as it grows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("calibration")
    parser.add_argument("--peer", type=Path, required=True)
    parser.add_argument("--texts", nargs="+", required=True)
    options = parser.parse_args()
    titles = " | ".join(f"{Path(name).stem}, {count} windows" for name, _, count in split(options.texts))
    print(f"| int4, groups of 64 | {titles} |\n|---|{'---|' * len(options.texts)}", flush=True)
    weights = {"format": "int4", "group_size": 64}
    text = {"text": options.calibration, "num_samples": 32, "sequence_length": 512}
    report("as it is", options.model, [], options.texts)
    report("round to nearest, no data", options.model, [("round_to_nearest", weights)], options.texts)
    searched: Step = ("round_to_nearest", {**weights, "clip": "imatrix_mse", **text})
    report("round to nearest, importance matrix", options.model, [searched], options.texts)
    report("GPTQ", options.model, [("gptq", {**weights, **text})], options.texts)
    for title, chosen in (("its defaults", {}), (" ".join(f"{k}={v}" for k, v in BEST.items()), BEST)):
        with tempfile.TemporaryDirectory() as made:
            words = [str(options.model), options.calibration, made, json.dumps(chosen)]
            done = subprocess.run(
                [str(options.peer), "-c", THEIRS, *words], capture_output=True, text=True, check=False, cwd=made
            )
            if done.returncode:
                raise SystemExit(done.stderr[-3000:])
            report(f"llm-compressor's GPTQ, {title}", Path(made), [], options.texts)


def split(texts: list[str]) -> list[tuple[str, str, str]]:
    """File and windows of each."""
    return [each.rpartition("=") for each in texts]


def report(title: str, model: Path, steps: list[Step], texts: list[str]) -> None:
    """Print a row."""
    (first, _, windows), *_ = split(texts)
    found: dict[str, Any] = apply_apart(model, steps, first, 2048, int(windows), texts[1:])
    told = " | ".join(f"{each['perplexity']:.2f}" for each in (found, *found["others"]))
    print(f"| {title} | {told} |", flush=True)


if __name__ == "__main__":
    if "--texts" in sys.argv:
        perplexities()
    elif "--formats" in sys.argv:
        formats()
    else:
        main(__doc__ or "", OURS, THEIRS, files=("text",), repetitions=1)
