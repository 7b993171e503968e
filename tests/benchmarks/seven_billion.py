"""A model that is larger than the memory: peak memory of methods on Llamas of 1-, 7-, 13- or 70-billion shape, and of
measuring them.

    python tests/benchmarks/seven_billion.py [--layers 1 2 4] [--methods round_to_nearest gptq] [--folder PLACE]
    python tests/benchmarks/seven_billion.py --card 6 --layers 1 --shape 7 13 --methods gptq awq svd --samples 16 2048

Random weights are written as bfloat16 shards, one layer at a time, into a temporary folder (below PLACE): a layer takes
405 MB (of the larger shapes 634 MB, 1.9 GB), embedding and head 524 MB (655 MB, 1 GB). Whole models have 32 (40, 80)
layers; that of 70 billion has as many heads of keys and values here as of queries, so that its layers are larger.
Calibrations are on 4 samples of 128 tokens, measuring on 4 windows of 2048, or both on what ``--samples`` says: the
hidden states of a layer are 16 kB (20) a token. Every row is a fresh process; its peak is that of the resident set as
the system counts it.

``--card``: on the simulated accelerator of the tests, which has so many gibibytes and refuses more: the peak is that of
its memory, seconds mean nothing. "lr_qat" and "full_qat" make two steps of a few tokens. "measuring" is of the model as
it is, in bfloat16, then of it in int4 against it. ``--set``: other settings of the methods that have them, such as
``ignore=["q","k","v","o","gate","up"]``: the peak comes from the largest linear, and the others take most of the time.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from blocks import ROOT, apply_block

SHAPES = {1: (2048, 8192, 32), 7: (4096, 11008, 32), 13: (5120, 13824, 40), 70: (8192, 28672, 64)}
"""Billions of parameters of the whole model -> hidden size, inner size, heads."""
VOCABULARY = 32000
SAMPLE = ROOT / "resources" / "sample" / "model"
_TRAINING: dict[str, Any] = {
    "format": "int4",
    "clip": "absmax",
    "steps": 2,
    "eval_samples": 1,
    "batch_size": 2,
    "micro_batch_size": 1,
    "sequence_length": 8,
}
"""So few tokens that memory is that of weights."""
SETTINGS: dict[str, dict[str, Any]] = {
    "round_to_nearest": {"format": "int4", "group_size": 64},
    "gptq": {"format": "int4", "group_size": 64, "num_samples": 4, "sequence_length": 128},
    "awq": {"format": "int4", "group_size": 64, "num_samples": 4, "sequence_length": 128},
    "one_shot_pruning": {"num_samples": 4, "sequence_length": 128},
    "svd": {"rank_allocation": "uniform", "num_samples": 4, "sequence_length": 128},
    "lr_qat": {**_TRAINING, "trainable": "low_rank"},
    "full_qat": {**_TRAINING, "trainable": "weights"},
    "measuring": {"format": "int4", "group_size": 64, "clip": "absmax"},
}
WINDOWS = (4, 2048)
"""How many windows are measured, and their tokens."""


def write_model(folder: Path, layers: int, billions: int) -> int:
    """Write it; gives its bytes."""
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    hidden, inner, heads = SHAPES[billions]
    generator = torch.Generator().manual_seed(0)
    places: dict[str, str] = {}
    total = 0

    def shard(file: str, shapes: dict[str, tuple[int, ...]]) -> None:
        nonlocal total
        tensors = {}
        for name, shape in shapes.items():
            random = torch.empty(shape, dtype=torch.bfloat16).normal_(0, 0.02, generator=generator)
            tensors[name] = torch.ones(shape, dtype=torch.bfloat16) if len(shape) == 1 else random
            total += 2 * tensors[name].numel()
            places[name] = file
        save_file(tensors, folder / file, metadata={"format": "pt"})

    attention = dict.fromkeys(("q_proj", "k_proj", "v_proj", "o_proj"), (hidden, hidden))
    shard("model-embedding.safetensors", {"model.embed_tokens.weight": (VOCABULARY, hidden)})
    for index in range(layers):
        name = f"model.layers.{index}."
        shapes: dict[str, tuple[int, ...]] = {f"{name}self_attn.{key}.weight": each for key, each in attention.items()}
        shapes |= {f"{name}mlp.{key}.weight": (inner, hidden) for key in ("gate_proj", "up_proj")}
        shapes |= {f"{name}mlp.down_proj.weight": (hidden, inner)}
        shapes |= {f"{name}{key}.weight": (hidden,) for key in ("input_layernorm", "post_attention_layernorm")}
        shard(f"model-layer-{index:02d}.safetensors", shapes)
    shard("model-head.safetensors", {"model.norm.weight": (hidden,), "lm_head.weight": (VOCABULARY, hidden)})
    index_ = {"metadata": {"total_size": total}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index_))
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": hidden,
        "intermediate_size": inner,
        "num_attention_heads": heads,
        "num_key_value_heads": heads,
        "num_hidden_layers": layers,
        "vocab_size": VOCABULARY,
        "max_position_embeddings": 4096,
        "rms_norm_eps": 1e-5,
        "tie_word_embeddings": False,
        "dtype": "bfloat16",
    }
    (folder / "config.json").write_text(json.dumps(config))
    for file in SAMPLE.glob("tokenizer*"):
        shutil.copy(file, folder)
    return total


def child(model: Path, method: str, place: Path, card: float, changes: dict[str, Any], samples: Sequence[int]) -> None:
    """Apply a method, or measure, and print seconds and peak memory. ``samples``: how many to calibrate on and their
    tokens, or windows and theirs."""
    if card:
        sys.path[:0] = [str(ROOT / "tests")]
        from simulated_accelerator import LEDGER, Device, adapt, install

        install()
        adapt()
        LEDGER.devices[:] = [Device(limit=int(card * 2**30))]
    import engine.models.source  # noqa: F401 - what importing alone takes

    imported = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    started = time.perf_counter()
    device = "sim:0" if card else "cpu"
    if method == "measuring":
        size = measure(model, place, device, samples or WINDOWS)
    else:
        from engine.methods.registry import method as known

        fields = known(method.replace("full_qat", "lr_qat")).settings.model_fields
        settings = SETTINGS[method] | {name: value for name, value in changes.items() if name in fields}
        if samples and "num_samples" in settings:
            settings["num_samples"], settings["sequence_length"] = samples
        made, _ = apply_block(model, method.replace("full_qat", "lr_qat"), settings, place, device=device)
        size = sum(file.stat().st_size for file in made.glob("*.safetensors"))
    peak = LEDGER.devices[0].peak if card else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": time.perf_counter() - started, "peak": peak, "imported": imported, "size": size}))


def measure(model: Path, place: Path, device: str, windows: Sequence[int]) -> int:
    """Measure the model, and against it what rounding to nearest leaves; bytes of that."""
    from engine.measure.evaluate import evaluate
    from engine.models.source import open_model

    made, _ = apply_block(
        model, "round_to_nearest", SETTINGS["measuring"], place, device="cpu"
    )  # on the CPU: not what is looked at
    for path, other in ((model, None), (made, model)):
        found = evaluate(
            open_model(path),
            text="sample",
            window=windows[1],
            windows=windows[0],
            reference=None if other is None else open_model(other),
            speed=False,
            device=device,
            states=place / "states.safetensors",
            progress=lambda fraction, text: None,
            checkpoint=lambda: None,
        )
        print(found.metrics, found.protocol["dtype"], file=sys.stderr)
    return sum(file.stat().st_size for file in made.glob("*.safetensors"))


def main() -> None:
    """Print the table as it grows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--methods", nargs="*", default=["round_to_nearest", "gptq"], choices=list(SETTINGS))
    parser.add_argument(
        "--shape", type=int, nargs="*", default=[7], choices=list(SHAPES), help="billions of parameters"
    )
    parser.add_argument("--samples", type=int, nargs=2, default=[], metavar=("NUMBER", "TOKENS"))
    parser.add_argument("--card", type=float, default=0.0, help="gibibytes of a simulated accelerator")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=JSON", help="settings of methods that have them")
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made")
    options = parser.parse_args()
    changes = json.dumps({name: json.loads(value) for name, value in (word.split("=", 1) for word in options.set)})
    print("| shape | layers | model | method | peak memory | of it imports | seconds | a layer | result |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for billions, layers in itertools.product(options.shape, options.layers):
        with tempfile.TemporaryDirectory(dir=options.folder) as place:
            nbytes = write_model(Path(place) / "model", layers, billions)
            for method in options.methods:
                words = [str(Path(place) / "model"), method, str(Path(place) / method), str(options.card), changes]
                words += map(str, options.samples)
                done = subprocess.run([sys.executable, __file__, "--child", *words], stdout=subprocess.PIPE, text=True)
                if done.returncode:
                    print(f"| {billions} billion | {layers} | {nbytes / 1e9:.2f} GB | {method} | failed |", flush=True)
                    continue
                found = json.loads(done.stdout.splitlines()[-1])
                shutil.rmtree(Path(place) / method)
                print(
                    f"| {billions} billion | {layers} | {nbytes / 1e9:.2f} GB | {method} "
                    f"| {found['peak'] / 1e9:.2f} GB "
                    f"| {found['imported'] / 1e9:.2f} GB | {found['seconds']:.0f} | {found['seconds'] / layers:.0f} "
                    f"| {found['size'] / 1e9:.2f} GB |",
                    flush=True,
                )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(
            Path(sys.argv[2]),
            sys.argv[3],
            Path(sys.argv[4]),
            float(sys.argv[5]),
            json.loads(sys.argv[6]),
            [int(word) for word in sys.argv[7:]],
        )
    else:
        main()
