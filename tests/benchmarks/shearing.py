"""Shearing to half the parameters against other ways to a model of that size, all with the same training tokens.

    python tests/benchmarks/shearing.py [--prune 100] [--heal 100]

On the sample model: the shape is proposed, learned by shearing, chosen by width pruning, or trained from scratch; depth
pruning takes out as many layers as half the parameters ask for. All are trained on with what is left of the tokens.

    python tests/benchmarks/shearing.py --model MODEL --parameters 100 --texts wiki=FILE drama=FILE fiction=FILE

On any model: shearing to so many million parameters with dynamic batches, then continued training with them; the loss
of each domain before and after; the result as a folder that stock transformers opens, and as a GGUF that llama.cpp
reads.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from pathlib import Path
from typing import Any

from blocks import ROOT, apply_block, measure

SAMPLE = ROOT / "resources" / "sample" / "model"


def alike(shape: dict[str, int]) -> dict[str, int]:
    """The shape as settings name it."""
    return {name: shape[name] for name in ("layers", "hidden", "heads", "kv_heads", "inner")}


def to_half(arguments: argparse.Namespace, place: Path) -> None:
    """Print the table of the sample model."""
    from engine.checkpoints.checkpoint import read_header
    from engine.models.source import open_model

    training = {
        "sequence_length": 128,
        "batch_size": 8,
        "micro_batch_size": 8,
        "eval_samples": 16,
        "learning_rate": arguments.rate,
    }
    prune = {**training, "steps": arguments.prune, "prefer": arguments.prefer, "mask_schedule": "together"}
    heal = {**training, "steps": arguments.heal}
    whole = {**training, "steps": arguments.prune + arguments.heal}

    def row(title: str, made: Path, seconds: float = 0.0, before: float | None = None) -> None:
        metrics = measure(made, "sample", 512, 0)
        start = "" if before is None else f"{before:.1f}"
        size = read_header(made).parameters
        print(f"| {title} | {size:,} | {start} | {metrics['perplexity']:.2f} | {seconds:.0f} |", flush=True)

    print("| way | parameters | perplexity before healing | after | seconds of training |\n|---|---|---|---|---|")
    row("the sample model", SAMPLE)
    sheared, told = apply_block(SAMPLE, "sheared_llama", prune, place / "sheared")
    after, healed = apply_block(sheared, "fine_tuning", heal, place / "sheared on")
    before = measure(sheared, "sample", 512, 0)["perplexity"]
    row("sheared_llama, weights with masks", after, told["seconds"] + healed["seconds"], before)
    first = {**whole, "prefer": arguments.prefer, "mask_schedule": "masks_first"}
    after, told = apply_block(SAMPLE, "sheared_llama", first, place / "masks first")
    row("sheared_llama, masks first", after, told["seconds"], math.exp(told["held-out loss of the cut"]))
    shape = alike(told["shape"])
    layer = sum(p.numel() for p in open_model(SAMPLE).module.get_submodule("model.layers.0").parameters())
    gone = -(-(read_header(SAMPLE).parameters // 2) // layer)
    for title, method, settings in (
        ("width pruning", "width_pruning", {"target": "numbers", **shape}),
        ("depth pruning", "depth_pruning", {"num_pruned_layers": gone}),
    ):
        made, first = apply_block(SAMPLE, method, settings, place / method)
        after, healed = apply_block(made, "fine_tuning", whole, place / f"{method} on")
        before = measure(made, "sample", 512, 0)["perplexity"]
        row(title, after, first["seconds"] + healed["seconds"], before)
    after, told = apply_block(
        SAMPLE, "train_from_scratch", {**whole, **shape, "learning_rate": 2e-3}, place / "scratch"
    )
    row("the same shape from scratch", after, told["seconds"])


def with_seeds(arguments: argparse.Namespace, place: Path) -> None:
    """Print masks first beside width pruning: equal tokens, new ones for each block, several seeds."""
    steps = arguments.prune + arguments.heal
    training = {
        "sequence_length": 128,
        "batch_size": 4,
        "micro_batch_size": 4,
        "eval_samples": 16,
        "learning_rate": arguments.rate,
    }
    print("| way | seed | held-out loss of the cut | perplexity after all steps |\n|---|---|---|---|")
    for seed in range(arguments.seeds):
        folder = place / str(seed)
        first = {**training, "steps": steps, "prefer": arguments.prefer, "mask_schedule": "masks_first"}
        made, told = apply_block(SAMPLE, "sheared_llama", first, folder / "sheared", seed=seed)
        found = measure(made, "sample", 512, 12)["perplexity"]
        print(f"| masks first | {seed} | {told['held-out loss of the cut']:.3f} | {found:.2f} |", flush=True)
        width = {"target": "numbers", **alike(told["shape"])}
        cut, _ = apply_block(SAMPLE, "width_pruning", width, folder / "width", seed=seed)
        after, _ = apply_block(cut, "fine_tuning", {**training, "steps": steps}, folder / "healed", seed=seed)
        before, found = (measure(each, "sample", 512, 12)["perplexity"] for each in (cut, after))
        print(f"| width pruning | {seed} | {math.log(before):.3f} | {found:.2f} |", flush=True)


def with_domains(arguments: argparse.Namespace, place: Path) -> None:
    """Print the losses of the domains, and whether others read the result."""
    training: dict[str, Any] = {
        "domains": tuple(arguments.texts),
        "sequence_length": arguments.length,
        "batch_size": arguments.batch,
        "micro_batch_size": arguments.batch,
        "eval_samples": 4,
        "learning_rate": arguments.rate,
        "eval_steps": max(1, arguments.prune // 3),
    }
    target = {"budget": arguments.parameters, "unit": "parameters", "prefer": arguments.prefer}
    pruning = {**training, **target, "steps": arguments.prune, "reference": "source"}
    sheared, told = apply_block(arguments.model, "sheared_llama", pruning, place / "sheared")
    going_on = {**training, "steps": arguments.heal, "reference": "scaled"}
    after, healed = apply_block(sheared, "fine_tuning", going_on, place / "on", {"source": arguments.model})
    print(f"shape: {json.dumps(told['shape'])}; {told['seconds']:.0f} s + {healed['seconds']:.0f} s\n")
    print("| domain | source | after shearing | after continued training | share at the end |\n|---|---|---|---|---|")
    for name, source in told["reference losses"].items():
        losses = [source, healed["held-out losses before"][name], healed["held-out losses after"][name]]
        cells = " | ".join(f"{loss:.3f}" for loss in losses)
        print(f"| {name} | {cells} | {100 * healed['domain shares'][name]:.0f} % |")
    for wanted in ("dense", "gguf"):
        print(f"{wanted}: {exported(after, wanted, arguments.out or place / 'out')}", flush=True)


def exported(model: Path, format_id: str, folder: Path) -> str:
    """Export, and load it again in a fresh process with the program that the format is for."""
    from engine.export.verification.check import export

    verified = export(model, format_id, folder / format_id, {}, lambda fraction, text: None, lambda: None)
    return f"{'opened' if verified.ok else 'FAILED'} by {verified.loaded_by}: {verified.sentence}"


def main() -> None:
    """Print the table that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="another model than the sample")
    parser.add_argument("--seeds", type=int, default=0, help="of masks first and width pruning, on the sample model")
    parser.add_argument("--texts", nargs="+", help="domains of it, as name=file")
    parser.add_argument("--parameters", type=float, default=100.0, help="millions that are left of it")
    parser.add_argument("--length", type=int, default=128)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--prune", type=int, default=100, help="steps of shearing")
    parser.add_argument("--heal", type=int, default=100, help="steps after it")
    parser.add_argument("--prefer", default="balanced", choices=["narrow", "balanced", "shallow"])
    parser.add_argument("--rate", type=float, default=5e-4, help="learning rate of the weights")
    parser.add_argument("--out", type=Path, help="where the exports are to stay")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        way = with_domains if arguments.model else with_seeds if arguments.seeds else to_half
        way(arguments, Path(folder))


if __name__ == "__main__":
    main()
