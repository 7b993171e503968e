"""What methods say that they will take of memory, beside what they took.

    python tests/benchmarks/estimates.py [MODEL] [--methods …] [--device cpu] [--samples 16 512] [--set steps=2 …]

Every method on the sample model (or MODEL) at its default settings, but with two steps of two passes where it trains
(the second pass of the second step finds gradients and moments there) and with so many samples where it calibrates. On
the simulated accelerator of the tests, whose peak is exact: bytes of tensors that are alive. With ``--device cpu`` each
in a process of its own that has worked on a tiny model before, so that libraries are there: how far the resident set
grows over what it was when the block began. Estimates that are off by more than 15 % are marked. "measuring" is of the
model against itself, in so many windows of so many tokens as ``--samples`` says.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent)]
SAMPLE = TESTS.parent / "resources" / "sample" / "model"
BOUND = 0.15
MEASURING = "measuring"
MORE: dict[str, dict[str, Any]] = {
    "lottery_ticket": {"rounds": 1, "eval_steps": 1},
    "logit_distillation": {"student": "layers"},
    "hidden_state_distillation": {"student": "layers"},
    "sheared_llama": {"steps": 4},  # the first of them trains masks
    "sequence_level_distillation": {"num_samples": 8, "sequence_length": 64},
}
"""Settings that are not defaults: fewer trainings one after the other, which take the same memory."""


def settings_of(method_id: str, samples: tuple[int, int], chosen: dict[str, Any]) -> dict[str, Any]:
    """The defaults, with little to do; only what the method has of it."""
    from engine.methods.registry import method

    if method_id == MEASURING:
        return {"num_samples": samples[0], "sequence_length": samples[1]}
    fields = method(method_id).settings.model_fields
    found: dict[str, Any] = {"steps": 2, "fit_steps": 2, "eval_steps": 0, "eval_samples": 2, "trials": 1}
    if "micro_batch_size" in fields:
        found |= {name: fields[name].default for name in ("micro_batch_size", "sequence_length") if name in fields}
        found["batch_size"] = 2 * found["micro_batch_size"]
    elif "num_samples" in fields:
        found["num_samples"], found["sequence_length"] = samples
    found |= MORE.get(method_id, {}) | chosen
    return {name: value for name, value in found.items() if name in fields}


def fits(model: Path, method_id: str) -> bool:
    """Whether the method can do something on the model: expert pruning needs experts."""
    from engine.methods.registry import method
    from engine.models.source import open_model

    if method_id == MEASURING:
        return True
    info = method(method_id)
    return all(x.severity != "error" for x in info.load().check(open_model(model).anatomy, info.settings.parse({})))


def row(model: Path, method_id: str, settings: dict[str, Any], device: str) -> dict[str, Any]:
    """Estimate and peak, in this process."""
    import torch
    from blocks import apply_block
    from simulated_accelerator import LEDGER

    from engine.data.tokens import tokenizing_bytes
    from engine.measure.memory import MemoryMeter
    from engine.methods.base import targets
    from engine.methods.costs.bytes import host_bytes
    from engine.methods.registry import method
    from engine.models.source import open_model

    place = torch.device(device)
    if method_id == MEASURING:
        promised = promised_of_measuring(model, settings, place)
    else:
        info, opened = method(method_id), open_model(model)
        headers = (opened.header, opened.anatomy)
        parsed = info.settings.parse(settings)
        promised = info.load().estimate(*headers, parsed, place).memory_bytes
        if device == "cpu":
            changed = targets(info.load(), headers[1], parsed)
            promised = max(promised, host_bytes(*headers, changed))
            promised += tokenizing_bytes(opened.anatomy.vocabulary) if parsed.texts() else 0

    def work(model: Path, settings: dict[str, Any], folder: Path) -> None:
        if method_id == MEASURING:
            measure_against_itself(model, settings, place)
        else:
            apply_block(model, method_id, settings, folder, device=device)

    with tempfile.TemporaryDirectory() as folder:
        if device == "cpu":
            work(tiny(Path(folder) / "tiny"), settings | few_tokens(settings), Path(folder) / "before")
        gc.collect()
        LEDGER.reset()
        started = time.process_time()
        with MemoryMeter() as meter:
            before = LEDGER.devices[0].alive if device != "cpu" else meter.now().process
            work(model, settings, Path(folder) / "made")
            peak = LEDGER.devices[0].peak if device != "cpu" else meter.now().process_peak
    seconds = time.process_time() - started
    return {"estimate": promised, "peak": peak - before, "seconds": seconds}


def few_tokens(settings: dict[str, Any]) -> dict[str, Any]:
    """What of these settings would take memory for tokens, for next to none."""
    few = {"num_samples": 1, "sequence_length": 32, "batch_size": 1, "micro_batch_size": 1}
    return {name: value for name, value in few.items() if name in settings}


def tiny(folder: Path) -> Path:
    """A model with the sample's tokenizer whose weights and activations take next to nothing."""
    import shutil

    from transformers import LlamaConfig, LlamaForCausalLM

    shape = {"hidden_size": 64, "intermediate_size": 128, "num_attention_heads": 2, "num_hidden_layers": 2}
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("*.safetensors", "config.json"))
    config = json.loads((SAMPLE / "config.json").read_text())
    words = {name: config[name] for name in ("vocab_size", "max_position_embeddings")}
    LlamaForCausalLM(LlamaConfig(**words, **shape, num_key_value_heads=1)).save_pretrained(folder)
    return folder


def promised_of_measuring(model: Path, settings: dict[str, Any], device: torch.device) -> int:
    """What the plan says of it."""
    from engine.measure.costs import measuring_bytes
    from engine.models.source import open_model

    opened = open_model(model)
    headers = (opened.structure, opened.anatomy)
    return measuring_bytes(headers, headers, settings["sequence_length"], settings["num_samples"], device)


def measure_against_itself(model: Path, settings: dict[str, Any], device: torch.device) -> None:
    """As a run measures what a block left."""
    from engine.measure.evaluate import evaluate
    from engine.models.source import open_model

    evaluate(
        open_model(model),
        text="sample",
        window=settings["sequence_length"],
        windows=settings["num_samples"],
        reference=open_model(model),
        speed=False,
        device=device,
        progress=lambda fraction, text: None,
        checkpoint=lambda: None,
    )


def show(method_id: str, found: dict[str, Any]) -> None:
    """A line of the table."""
    ratio = found["estimate"] / max(1, found["peak"])
    mark = "" if abs(ratio - 1) <= BOUND else "off"
    sizes = f"{found['estimate'] / 1e6:.1f} MB | {found['peak'] / 1e6:.1f} MB"
    print(f"| {method_id} | {sizes} | {ratio:.2f} | {mark} | {found['seconds']:.0f} |", flush=True)


def fresh(method_id: str, words: list[str]) -> dict[str, Any] | str:
    """The row of a process that does nothing else, or its last words."""
    done = subprocess.run([sys.executable, __file__, *words, "--one", method_id], capture_output=True, text=True)
    if done.returncode:
        return done.stderr.strip().splitlines()[-1]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print a table."""
    from engine.methods.registry import methods

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", type=Path, default=SAMPLE)
    known = [*(info.id for info in methods().values() if not info.is_source), MEASURING]
    parser.add_argument("--methods", nargs="+", default=known, choices=known)
    parser.add_argument("--device", default="sim:0", choices=["sim:0", "cpu"])
    parser.add_argument("--samples", type=int, nargs=2, default=(16, 512), metavar=("NUMBER", "TOKENS"))
    parser.add_argument(
        "--set", nargs="*", default=[], metavar="NAME=JSON", help="settings of all methods that have it"
    )
    parser.add_argument("--one", choices=known, help=argparse.SUPPRESS)
    options = parser.parse_args()
    chosen = {name: json.loads(value) for name, value in (word.split("=", 1) for word in options.set)}
    if options.device != "cpu":
        from simulated_accelerator import adapt, install

        install()
        adapt()

    def here(method_id: str) -> dict[str, Any]:
        return row(options.model, method_id, settings_of(method_id, options.samples, chosen), options.device)

    if options.one:
        print(json.dumps(here(options.one)))
        return
    print("| method | estimate | peak | estimate / peak | | processor s |\n|---|---|---|---|---|---|", flush=True)
    for method_id in options.methods:
        if not fits(options.model, method_id):
            continue
        try:
            found = here(method_id) if options.device != "cpu" else fresh(method_id, sys.argv[1:])
        except Exception as error:
            traceback.print_exc()
            found = f"{type(error).__name__}: {error}"
        if isinstance(found, str):
            print(f"| {method_id} | failed: {found} |", flush=True)
        else:
            show(method_id, found)


if __name__ == "__main__":
    main()
