"""What an accelerator would have to do for one layer, by method: kernels, waits of the host, copies, peak memory.

    python tests/benchmarks/devices.py [--hidden 4096 --inner 11008] [--methods round_to_nearest nf4 gptq svd]

A Llama with one decoder layer of that shape (by default that of 7 billion, random bfloat16 weights) and a small
vocabulary is compressed on the simulated accelerator of the tests: it counts, its seconds mean nothing. Every row is a
fresh process.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]
CALIBRATION: dict[str, Any] = {"num_samples": 4, "sequence_length": 128}
SETTINGS: dict[str, dict[str, Any]] = {
    "round_to_nearest": {"format": "int4", "group_size": 64},
    "nf4": {},
    "gptq": {"format": "int4", "group_size": 64, **CALIBRATION},
    "awq": {"format": "int4", "group_size": 64, **CALIBRATION},
    "one_shot_pruning": {"score": "wanda", **CALIBRATION},
    "svd": {"rank_allocation": "uniform", **CALIBRATION},
}


def write_model(folder: Path, hidden: int, inner: int) -> None:
    """A Llama with one layer."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from engine.testing.models import VOCABULARY, byte_tokenizer

    heads = max(1, hidden // 128)
    shape = {"hidden_size": hidden, "intermediate_size": inner, "num_attention_heads": heads, "num_hidden_layers": 1}
    torch.manual_seed(0)
    LlamaForCausalLM(LlamaConfig(vocab_size=VOCABULARY, **shape)).to(torch.bfloat16).save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)


def count(source: Path, method_id: str, folder: Path) -> dict[str, float]:
    """Compress in this process."""
    from simulated_accelerator import LEDGER, adapt, install

    from engine.testing.stage import compress

    install()
    adapt()
    LEDGER.reset()
    compress(source, method_id, SETTINGS[method_id], folder, device="sim:0")
    totals = LEDGER.totals
    storing = sum(
        n for line, n in LEDGER.lines("sync").items() if line.startswith(("models/source", "models/checksum"))
    )
    return {
        "kernels": totals["launch"],
        "waits": totals["sync"],
        "of them storing": storing,
        "MB to the device": round(totals["to device, bytes"] / 1e6),
        "peak MB": round(LEDGER.devices[0].peak / 1e6),
    }


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hidden", type=int, default=4096)
    parser.add_argument("--inner", type=int, default=11008)
    parser.add_argument("--methods", nargs="+", default=list(SETTINGS), choices=list(SETTINGS))
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        source, method_id = arguments.one
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(count(Path(source), method_id, Path(folder))))
        return
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "model"
        write_model(source, arguments.hidden, arguments.inner)
        for method_id in arguments.methods:
            command = [sys.executable, __file__, "--one", str(source), method_id]
            answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            row = json.loads(answer.splitlines()[-1])
            print(method_id, *(f"{name} {value:,}" for name, value in row.items()), sep=" | ", flush=True)


if __name__ == "__main__":
    main()
