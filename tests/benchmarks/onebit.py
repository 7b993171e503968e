"""OneBit beside the original and rounding to nearest: bits a weight on disk, perplexity before and after training.

    python tests/benchmarks/onebit.py [--rows original start …]
    python tests/benchmarks/onebit.py --model MODEL --train TEXT --text TEXT [--steps 12]
    python tests/benchmarks/onebit.py --model MODEL --train TEXT --text TEXT --other NAME=TEXT --whole [--steps 300]

Without a model: the bundled sample, on its own texts. With one: a short training layer by layer on 16 samples of 256
tokens, the loss of every layer at its start and its end, the bytes that were promised and those that came, and the
logits of the process that compressed beside those of transformers in a fresh one, which loads the exported container.
``--whole``: the whole model at once, 2 x 512 tokens a step, beside 2-bit integers rounded to nearest with an importance
matrix of the same text; perplexity on both texts, a row as soon as it is there. Every row runs in a fresh process.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from one_method import ROOT, apply_apart

SAMPLE = ROOT / "resources" / "sample" / "model"
TRAINED = {
    "text": "sample",
    "sequence_length": 256,
    "batch_size": 8,
    "micro_batch_size": 8,
    "eval_samples": 0,
    "steps": 300,
}
LAYERS = {**TRAINED, "mode": "layers", "samples": 256, "steps": 100, "batch_size": 16, "micro_batch_size": 16}
ROWS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "original": ("original", "", {}),
    "nearest": ("2 bit, round to nearest", "round_to_nearest", {"format": "int2", "clip": "mse"}),
    "nearest-channel": (
        "the same, one scale per channel",
        "round_to_nearest",
        {"format": "int2", "clip": "mse", "granularity": "channel"},
    ),
    "start": ("OneBit, at the start", "onebit", {**TRAINED, "steps": 1, "learning_rate": 1e-9}),
    "whole": ("OneBit", "onebit", TRAINED),
    "layers": ("OneBit, layer by layer", "onebit", LAYERS),
    "dense-start": (
        "OneBit without LayerNorm, at the start",
        "onebit",
        {**TRAINED, "layer_norm": False, "steps": 1, "learning_rate": 1e-9},
    ),
    "dense": ("OneBit without LayerNorm", "onebit", {**TRAINED, "layer_norm": False}),
    "dense-layers": ("OneBit without LayerNorm, layer by layer", "onebit", {**LAYERS, "layer_norm": False}),
}


def sample(names: list[str]) -> None:
    """Print the table of the bundled model as it grows."""
    print("| | bits a weight: layers | whole file | MB | perplexity | s |\n|---|---|---|---|---|---|", flush=True)
    for name in names:
        title, method, settings = ROWS[name]
        found = apply_apart(SAMPLE, [(method, settings)] if method else [], "sample", 512, 0)
        layers = found.get("told", {}).get("layer_bits_per_weight")
        cells = [
            title,
            "" if layers is None else f"{layers:.3f}",
            f"{found['bits_per_weight']:.2f}",
            f"{found['size_bytes'] / 1e6:.2f}",
            f"{found['perplexity']:.5g}" + " (collapsed)" * found["collapsed"],
            f"{found['seconds']:.0f}" if method else "",
        ]
        print("| " + " | ".join(cells) + " |", flush=True)


def compress(model: str, settings: str, folder: str) -> None:
    """Child: leave the artifact and the logits of this process in ``folder``, print what it told as JSON."""
    import torch

    from engine.contracts.events import Metric
    from engine.export.registry import export_format
    from engine.measure.memory import MemoryMeter
    from engine.methods.registry import method
    from engine.models.source import open_model
    from engine.run.local import LocalStage

    losses: list[tuple[int, float]] = []

    def keep(event: object) -> None:
        if isinstance(event, Metric) and event.name == "loss/train":
            losses.append((event.step, event.value))

    info = method("onebit")
    opened = open_model(Path(model))
    stage = LocalStage(Path(folder), inputs={"teacher": open_model(Path(model))}, emit=keep)
    stage.know(opened)
    wanted, algorithm = info.settings.parse(json.loads(settings)), info.load()
    promised = algorithm.estimate(opened.header, opened.anatomy, wanted, stage.device).disk_bytes
    with MemoryMeter() as meter:
        made = algorithm.apply(opened, wanted, stage)
        peak = meter.now().process_peak
    torch.save(logits(made.load(dtype=torch.float32).module, made.anatomy.vocabulary), Path(folder) / "logits.pt")
    stage.finish(made)
    container = export_format("container")
    artifact = open_model(Path(folder) / "artifact")
    container.write(artifact, Path(folder) / "container", container.options(), lambda fraction, text: None)
    print(json.dumps({"losses": losses, "promised": promised, "told": stage.details, "peak": peak}))


def reload(folder: str) -> None:
    """Child: the largest difference between the logits of what transformers loads and those that were kept."""
    import torch
    from transformers import AutoModelForCausalLM

    import engine.transformers  # noqa: F401 - teaches transformers to read the container

    model = AutoModelForCausalLM.from_pretrained(Path(folder) / "container", dtype=torch.float32)
    kept = torch.load(Path(folder) / "logits.pt", weights_only=True)
    print(float((logits(model, kept.shape[-1]) - kept).abs().max()))


def logits(network: Any, vocabulary: int) -> Any:
    """What it says to fixed tokens, float32."""
    import torch

    with torch.no_grad():
        return network(input_ids=torch.arange(128)[None] * 37 % vocabulary).logits


def apart(*words: str) -> str:
    """The last line that this script prints in a fresh process."""
    done = subprocess.run([sys.executable, __file__, *words], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()[-1]


def layer_by_layer(model: Path, train: str, text: str, steps: int, windows: int) -> None:
    """Train and pack a model layer by layer, and print what came of it."""
    settings = {**LAYERS, "text": train, "steps": steps, "samples": 16, "batch_size": 4, "micro_batch_size": 4}
    with tempfile.TemporaryDirectory() as folder:
        told = json.loads(apart("--compress", str(model), json.dumps(settings), folder))
        furthest = float(apart("--reload", folder))
        artifact = Path(folder) / "artifact"
        found = apply_apart(artifact, [], text, 2048, windows)
    losses = [[v for step, v in told["losses"] if (step - 1) // steps == layer] for layer in range(10_000)]
    losses = [each for each in losses if each]
    fell = sum(each[-1] < each[0] for each in losses)
    print(f"- losses fell in {fell} of {len(losses)} layers of {steps} steps; start → end of every fifth layer:")
    print("  " + ", ".join(f"{each[0]:.3f} → {each[-1]:.3f}" for each in losses[::5]))
    print(f"- {told['told']['layer_bits_per_weight']:.4f} bits a weight in the layers")
    print(f"- promised {told['promised']} bytes, there are {int(found['size_bytes'])}")
    print(f"- logits after loading in a fresh process: largest difference {furthest}")
    print(f"- perplexity {found['perplexity']:.5g}{' (collapsed)' * found['collapsed']}, {windows} windows")
    print(f"- largest memory {told['peak'] / 1e9:.2f} GB")


def whole(model: Path, train: str, text: str, other: str, steps: int, windows: int) -> None:
    """Print a table of 2 bits and of one that is learned, on a model and two texts that took no part."""
    trained = {**TRAINED, "text": train, "sequence_length": 512, "batch_size": 2, "micro_batch_size": 2}
    rounded = {"format": "int2", "group_size": 64, "clip": "imatrix_mse", "text": train}
    rows: list[tuple[str, str, dict[str, Any]]] = [
        ("as it is", "", {}),
        ("2 bits, round to nearest, importance matrix", "round_to_nearest", rounded),
        ("OneBit, at the start", "onebit", {**trained, "steps": 1, "learning_rate": 1e-9}),
        (f"OneBit, {steps} steps", "onebit", {**trained, "steps": steps}),
    ]
    name, _, path = other.partition("=")
    print(f"| | bits a weight: layers | MB | {Path(text).stem} | {name} | s | peak memory |")
    print("|---|---|---|---|---|---|---|", flush=True)
    told: list[str] = []
    for title, method, settings in rows:
        found = apply_apart(
            model, [(method, settings)] if method else [], text, 2048, windows, [f"{path}={windows}"] if path else []
        )
        layers = found.get("told", {}).get("layer_bits_per_weight")
        perplexities = [f"{each['perplexity']:.5g}" for each in (found, *found["others"])]
        cells = [
            title,
            "" if layers is None else f"{layers:.3f}",
            f"{found['size_bytes'] / 1e6:.1f}",
            *(*perplexities, "")[:2],
            f"{found['seconds']:.0f}" if method else "",
            f"{found['peak_bytes'] / 1e9:.2f} GB" if method else "",
        ]
        print("| " + " | ".join(cells) + " |", flush=True)
        curve = found["curves"].get("loss/train", [])
        if len(curve) > 1:
            told.append(f"- {title}: loss " + ", ".join(f"{v:.3f} at {step}" for step, v in curve[:: len(curve) // 10]))
    print("\n" + "\n".join(told))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="*", choices=ROWS, default=list(ROWS))
    parser.add_argument("--model", type=Path)
    parser.add_argument("--train", help="text to train on")
    parser.add_argument("--text", help="text to measure on")
    parser.add_argument("--other", default="", help="another text to measure on, as name=file")
    parser.add_argument("--whole", action="store_true", help="train the whole model at once")
    parser.add_argument("--steps", type=int, help="of every layer (12), or of the whole model (300)")
    parser.add_argument("--windows", type=int, default=4)
    asked = parser.parse_args()
    if asked.model is None:
        sample(asked.rows)
    elif asked.train and asked.text and asked.whole:
        whole(asked.model, asked.train, asked.text, asked.other, asked.steps or 300, asked.windows)
    elif asked.train and asked.text:
        layer_by_layer(asked.model, asked.train, asked.text, asked.steps or 12, asked.windows)
    else:
        parser.error("a model needs --train and --text")


if __name__ == "__main__":
    if sys.argv[1:2] in (["--compress"], ["--reload"]):
        {"--compress": compress, "--reload": reload}[sys.argv[1]](*sys.argv[2:])
    else:
        main()
