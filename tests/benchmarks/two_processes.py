"""Every method in two processes that `accelerate launch` starts on the CPU: works, or is refused with the reason.

    python tests/benchmarks/two_processes.py [--methods …] [--seconds 120]

A tiny Llama, with the settings of the tests' matrix and an even batch, by DDP and with weights split as FSDP2 does it.
Beside each method that works is how far the logits of its result are from those of one process, in standard deviations
of these. A method that takes longer is given up, and so are those behind it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]
WAYS = ("ddp", "fsdp2")
LAUNCH = [sys.executable, "-m", "accelerate.commands.accelerate_cli", "launch", "--main_process_port", "0"]


def settings_of(method_id: str) -> dict[str, Any]:
    """Those of the matrix, with work for two."""
    from engine.methods.registry import method
    from tests.engine.methods.test_matrix import SETTINGS

    fields = method(method_id).settings.model_fields
    even = {"batch_size": 2, "micro_batch_size": 1, "eval_samples": 2}
    even |= {"clip": "absmax", "num_samples": 4, "mixed_precision": "float32", "compute_dtype": "float32"}
    return {**SETTINGS[method_id], **{name: value for name, value in even.items() if name in fields}}


def child(source: Path, folder: Path, way: str, methods: list[str]) -> None:
    """One of the processes: the first writes what came of each method as soon as it knows it."""
    import torch

    from engine.base.errors import StudioError
    from engine.models import ranks
    from engine.testing.stage import compress

    if way == "fsdp2":
        import split_weights  # noqa: F401 - the loop splits weights from now on
    torch.set_num_threads(1)
    ranks.join(torch.device("cpu"))
    for method_id in methods:
        file = folder / way / f"{method_id}.txt"
        said = ""
        try:
            compress(source, method_id, settings_of(method_id), folder / way / method_id)
        except StudioError as error:
            said = str(error)
        except Exception as error:
            said = f"failed: {type(error).__name__}: {str(error).splitlines()[0]}"
        if ranks.is_main():
            file.write_text(said, encoding="utf-8")


def launched(source: Path, folder: Path, way: str, methods: list[str], seconds: float) -> None:
    """Run all in two processes; leaves a file for each method that came to an end."""
    config = str(TESTS.parent / "resources" / "accelerate" / f"{way}.yaml")
    (folder / way).mkdir()
    words = [*LAUNCH, "--config_file", config, "--num_processes", "2", __file__, "--child"]
    words += [str(source), str(folder), way, *methods]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS.parent}"}
    running = subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True)
    known = 0
    while True:
        try:
            _, said = running.communicate(timeout=seconds)
            if running.returncode:
                print(said[-2000:], file=sys.stderr)
            return
        except subprocess.TimeoutExpired:
            there = len(list((folder / way).glob("*.txt")))
            if there == known:
                os.killpg(running.pid, 9)
                return
            known = there


def cell(folder: Path, way: str, method_id: str) -> str:
    """What came of it."""
    from engine.testing.stage import logits

    file = folder / way / f"{method_id}.txt"
    if not file.exists():
        return "no answer"
    if said := file.read_text(encoding="utf-8"):
        return said
    expected, found = (logits(folder / name / method_id / "artifact") for name in ("one", way))
    return f"{float((found - expected).abs().max() / expected.std()):.0e}"


def main() -> None:
    """Print a table."""
    from engine.testing.models import tiny_model
    from engine.testing.stage import compress
    from tests.engine.methods.test_matrix import CASES

    known = [method_id for method_id, kind in CASES if kind == "llama"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", nargs="+", default=known, choices=known)
    parser.add_argument("--seconds", type=float, default=120.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        source = tiny_model("llama", folder / "model")
        for method_id in options.methods:
            compress(source, method_id, settings_of(method_id), folder / "one" / method_id)
        for way in WAYS:
            launched(source, folder, way, options.methods, options.seconds)
        print("| method | " + " | ".join(WAYS) + " |\n|---|---|---|")
        for method_id in options.methods:
            print(f"| {method_id} | " + " | ".join(cell(folder, way, method_id) for way in WAYS) + " |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], sys.argv[5:])
    else:
        main()
