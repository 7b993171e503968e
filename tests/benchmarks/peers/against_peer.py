"""Runs us and a peer on the same work, each in fresh processes of its own environment, and prints the ratios."""

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

ROOT = Path(__file__).resolve().parents[3]


def measure(python: str, code: str, words: list[str]) -> dict[str, float]:
    """Seconds and peak resident set (bytes) of one run in a fresh process, and the size of what it wrote.

    ``code`` gets ``words``, the first of them the model, and then the folder that it has to write to. It prints the
    seconds of its work as "WORK 1.23".
    """
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    with tempfile.TemporaryDirectory() as out:
        spent = _processor_seconds()
        started = time.perf_counter()
        process = subprocess.Popen(
            [python, "-c", code, *words, out],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=ROOT if python == sys.executable else out,
        )
        peak = [0]
        watcher = threading.Thread(target=_watch, args=(process.pid, peak))
        watcher.start()
        output, errors = process.communicate()
        seconds = time.perf_counter() - started
        watcher.join()
        if process.returncode:
            raise SystemExit(errors[-2000:])
        told = output.split()
        size = sum(file.stat().st_size for file in Path(out).rglob("*.safetensors"))
        work = float(told[told.index("WORK") + 1])
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


def main(description: str, ours: str, theirs: str, files: tuple[str, ...] = (), repetitions: int = 5) -> None:
    """The command line. ``files``: names of further arguments, which both programs get after the model."""
    parser = argparse.ArgumentParser(description=description.partition("\n")[0])
    for name in ("model", *files):
        parser.add_argument(name, type=Path)
    parser.add_argument("--peer", required=True, help="python of an environment with llmcompressor")
    parser.add_argument("--repetitions", type=int, default=repetitions)
    options = parser.parse_args()
    more = [str(getattr(options, name).resolve()) for name in files]
    with tempfile.TemporaryDirectory() as work:
        words = [str(dense(options.model.resolve(), Path(work))), *more]
        runs: tuple[list[dict[str, float]], list[dict[str, float]]] = ([], [])
        for _ in range(options.repetitions):
            runs[0].append(measure(sys.executable, ours, words))
            runs[1].append(measure(options.peer, theirs, words))
        print(report(*runs, options.peer))
