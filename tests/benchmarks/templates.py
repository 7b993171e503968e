"""Run every template on the sample model and print what each of its blocks left: perplexity, bytes, speed, time.

    python tests/benchmarks/templates.py [names …]

Each template runs as a user would run it, by the command line in a process and a home folder of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from engine.base.human import bytes_text  # noqa: E402
from engine.pipeline.document import Pipeline  # noqa: E402


def run(template: Path) -> tuple[dict[str, Any], float, float]:
    """The report of a run with speed measured, the seconds that it took, and those that the processor worked."""
    with tempfile.TemporaryDirectory() as home:
        pipeline = Pipeline.from_json(template.read_text(encoding="utf-8"))
        evaluation = pipeline.evaluation.model_copy(update={"when": "every block", "speed": True})
        file = Path(home) / template.name
        file.write_text(pipeline.model_copy(update={"evaluation": evaluation}).to_json(), encoding="utf-8")
        started, worked = time.monotonic(), _worked()
        done = subprocess.run(
            [sys.executable, "-m", "engine", "run", str(file), "--json"],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "COMPRESSION_STUDIO_HOME": home, "HF_HUB_OFFLINE": "1"},
            check=False,
        )
        seconds = time.monotonic() - started
        if done.returncode:
            raise SystemExit(f"{template.stem} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        report: dict[str, Any] = json.loads(done.stdout)
        return report, seconds, _worked() - worked


def _worked() -> float:
    """Processor seconds of all child processes that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def row(name: str, metrics: dict[str, float], collapse: str = "") -> str:
    """One line of the table."""
    cells = [
        f"{metrics['perplexity']:.2f}{collapse}" if "perplexity" in metrics else "",
        bytes_text(int(metrics["size_bytes"])) if "size_bytes" in metrics else "",
        f"{metrics['prefill_tokens_per_second']:.0f}" if "prefill_tokens_per_second" in metrics else "",
        f"{metrics['decode_tokens_per_second']:.0f}" if "decode_tokens_per_second" in metrics else "",
        f"{metrics['seconds']:.1f}" if "seconds" in metrics else "",
    ]
    return "| " + " | ".join([name, *cells]) + " |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="templates (default: all)")
    names = parser.parse_args().names
    templates = sorted((ROOT / "resources" / "pipelines").glob("*.json"))
    print(
        "| template, block | perplexity | bytes | prefill, tokens/s | decode, tokens/s | s |\n|---|---|---|---|---|---|"
    )
    for template in templates:
        if names and template.stem not in names:
            continue
        report, seconds, worked = run(template)
        print(f"| **{template.stem}** ({report['name']}) | | | | | {seconds:.0f}, processor {worked:.0f} |")
        for stage in report["stages"]:
            print(row(stage["title"], stage["metrics"]), flush=True)


if __name__ == "__main__":
    main()
