"""Measuring layer by layer beside measuring the whole network: metrics, peak memory, processor time.

    python tests/benchmarks/measuring.py MODEL TEXT [--other MODEL] [--window 512] [--windows 2] [--devices cpu sim:0]

Every row is a fresh process. "sim" is the simulated accelerator of the tests: its peak is that of the device, its time
means nothing; on the CPU the peak is the resident set of the process. ``--other``: a compressed model, measured against
MODEL.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]


def row(options: argparse.Namespace, device: str, whole: bool) -> dict[str, Any]:
    """Measure in this process."""
    import torch

    if device.startswith("sim"):
        from simulated_accelerator import LEDGER, adapt, install

        install()
        adapt()
    from engine import devices
    from engine.measure import reading
    from engine.measure.evaluate import evaluate
    from engine.models.source import open_model

    if whole:
        reading._by_layer = lambda *_: None  # what is done with networks that can't be run so
    model = open_model(options.other or options.model)
    started = time.process_time()
    found = evaluate(
        model,
        text=options.text,
        window=options.window,
        windows=options.windows,
        reference=open_model(options.model) if options.other else None,
        speed=False,
        device=torch.device(device),
        dtype="float32",
        progress=lambda fraction, text: None,
        checkpoint=lambda: None,
    )
    seconds = time.process_time() - started
    peak = LEDGER.devices[0].peak if device.startswith("sim") else devices.peak_resident()
    return {"metrics": found.metrics, "peak": peak, "seconds": seconds}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("text")
    parser.add_argument("--other")
    parser.add_argument("--window", type=int, default=512)
    parser.add_argument("--windows", type=int, default=2)
    parser.add_argument("--devices", nargs="+", default=["cpu", "sim:0"])
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(row(options, options.one[0], options.one[1] == "whole")))
        return
    print("| device | network | perplexity | KL divergence | peak memory | processor time |\n|---|---|---|---|---|---|")
    for device in options.devices:
        for how in ("whole", "by layer"):
            command = [sys.executable, __file__, *sys.argv[1:], "--one", device, how]
            answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            found = json.loads(answer.splitlines()[-1])
            metrics = found["metrics"]
            divergence = f"{metrics['kl_divergence']:.8f}" if "kl_divergence" in metrics else ""
            print(
                f"| {device} | {how} | {metrics['perplexity']:.8f} | {divergence} | {found['peak'] / 1e6:.0f} MB "
                f"| {found['seconds']:.1f} s |",
                flush=True,
            )


if __name__ == "__main__":
    main()
