"""Round to nearest against llm-compressor: the same model, the same work, fresh processes, load and save included.

    python tests/benchmarks/round_to_nearest.py MODEL --peer /path/to/venv/bin/python [--repetitions 5]

MODEL is a dense Hugging Face folder, or a GGUF file, which is first written out as one. Both sides read it, round all
linear layers but the head to int4 in symmetric groups of 64, and write the packed result. Repetitions alternate; the
smallest time and the smallest peak of each side count. The peer runs in an environment of its own that has
llmcompressor; a few lines are run there, nothing of this project.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]

OURS = """
import sys, time
from pathlib import Path
started = time.perf_counter()
from engine.methods.registry import method
from engine.models.source import open_model
from engine.run.control import Control
from engine.run.stage import RunStage
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.models.llama import modeling_llama  # imported lazily otherwise, and the peer's import brings it
import torch
info = method("round_to_nearest")
algorithm = info.load()
imported = time.perf_counter()
model = open_model(Path(sys.argv[1]))
stage = RunStage(
    run="benchmark", block="block", signature="0" * 32, target=Path(sys.argv[2]) / "artifact",
    scratch=Path(sys.argv[2]) / "scratch", device=torch.device("cpu"), inputs={}, control=Control(),
    emit=lambda event: None, progress=lambda fraction, text: None,
)
stage.know(model)
settings = info.settings.parse({"format": "int4", "symmetric": True, "group_size": 64})
model = algorithm.apply(model, settings, stage)
stage.finish(model)
print(f"\\nIMPORT {imported - started} WORK {time.perf_counter() - imported}")
"""

THEIRS = """
import sys, time
started = time.perf_counter()
from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
from llmcompressor import oneshot
from llmcompressor.modifiers.quantization import QuantizationModifier
from transformers import AutoModelForCausalLM, AutoTokenizer
imported = time.perf_counter()
model = AutoModelForCausalLM.from_pretrained(sys.argv[1])
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
weights = QuantizationArgs(num_bits=4, type="int", symmetric=True, strategy="group", group_size=64)
scheme = QuantizationScheme(targets=["Linear"], weights=weights)
recipe = QuantizationModifier(config_groups={"group_0": scheme}, ignore=["lm_head"])
oneshot(model=model, recipe=recipe, pipeline="datafree")
model.save_pretrained(sys.argv[2], save_compressed=True)
tokenizer.save_pretrained(sys.argv[2])
print(f"\\nIMPORT {imported - started} WORK {time.perf_counter() - imported}")
"""


def measure(python: str, code: str, model: Path) -> dict[str, float]:
    """Seconds and peak resident set (bytes) of one run in a fresh process, and the size of what it wrote."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    with tempfile.TemporaryDirectory() as out:
        spent = _processor_seconds()
        started = time.perf_counter()
        process = subprocess.Popen(
            [python, "-c", code, str(model), out],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=ROOT if code is OURS else out,
        )
        peak = [0]
        watcher = threading.Thread(target=_watch, args=(process.pid, peak))
        watcher.start()
        output, errors = process.communicate()
        seconds = time.perf_counter() - started
        watcher.join()
        if process.returncode:
            raise SystemExit(errors[-2000:])
        words = output.split()
        size = sum(file.stat().st_size for file in Path(out).rglob("*.safetensors"))
        work = float(words[words.index("WORK") + 1])
        return {"seconds": seconds, "work": work, "peak": peak[0], "size": size, "cpu": _processor_seconds() - spent}


def _processor_seconds() -> float:
    """Of all children that ended: what other programs do hardly changes it."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _watch(pid: int, peak: list[int]) -> None:
    try:
        process = psutil.Process(pid)
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            peak[0] = max(peak[0], process.memory_info().rss)
            time.sleep(0.005)
    except psutil.NoSuchProcess:
        return


def dense(model: Path, folder: Path) -> Path:
    """``model`` itself, or the dense folder that a GGUF file is written out as."""
    if model.is_dir():
        return model
    from engine.export.registry import export_format
    from engine.models.source import open_model

    entry = export_format("dense")
    entry.write(open_model(model), folder / "dense", entry.options(), lambda fraction, text: None)
    return folder / "dense"


def report(ours: list[dict[str, float]], theirs: list[dict[str, float]], peer: str) -> str:
    """The table."""
    lines = [
        f"Machine: {_processor()}, {psutil.cpu_count(logical=False)} cores ({psutil.cpu_count()} threads), "
        f"{psutil.virtual_memory().total / 1e9:.0f} GB, {platform.system()}, Python {platform.python_version()}",
        f"Ours: {_versions(sys.executable, 'torch', 'transformers')}. "
        f"Peer: {_versions(peer, 'llmcompressor', 'compressed-tensors', 'torch', 'transformers')}. "
        f"Smallest of {len(ours)} alternating runs.",
        "",
        "| | ours | llm-compressor | ratio |",
        "|---|---|---|---|",
    ]
    rows = {
        "whole process, s": ("seconds", 1.0),
        "load, quantize and save, s": ("work", 1.0),
        "processor time, s": ("cpu", 1.0),
        "peak memory, MB": ("peak", 1e6),
        "tensor files, MB": ("size", 1e6),
    }
    for title, (key, unit) in rows.items():
        one, other = (min(run[key] for run in runs) / unit for runs in (ours, theirs))
        lines.append(f"| {title} | {one:.2f} | {other:.2f} | {one / other:.2f} |")
    return "\n".join(lines)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _versions(python: str, *packages: str) -> str:
    code = "import sys, json, importlib.metadata as m; print(json.dumps([m.version(p) for p in sys.argv[1:]]))"
    found: list[Any] = json.loads(subprocess.check_output([python, "-c", code, *packages], text=True))
    return ", ".join(f"{package} {version}" for package, version in zip(packages, found, strict=True))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--peer", required=True, help="python of an environment with llmcompressor")
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        model = dense(options.model.resolve(), Path(work))
        ours, theirs = [], []
        for _ in range(options.repetitions):
            ours.append(measure(sys.executable, OURS, model))
            theirs.append(measure(options.peer, THEIRS, model))
        print(report(ours, theirs, options.peer))


if __name__ == "__main__":
    main()
