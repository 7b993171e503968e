"""Faults that an audit must flag, put into a model before it is quantized, and quantizers whose results are clean.

    python tests/engine/audit/faults.py [--model FOLDER]

injects every fault, quantizes, audits, and prints a table with what was missed and what was flagged wrongly.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

ROOT = Path(__file__).resolve().parents[3]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

ROLES = (
    "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
    "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj",
)  # fmt: skip
EMBEDDING = "model.embed_tokens.weight"
QUANTIZERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("round_to_nearest", {"format": "int4", "group_size": 32}),
    ("round_to_nearest", {"format": "int8", "granularity": "channel"}),
    ("gguf_quants", {"type": "Q4_0", "method": "nearest", "importance": "none"}),
)
"""In turns, one for each fault."""
TEXT: dict[str, Any] = {"text": "sample", "num_samples": 8, "sequence_length": 128}
CLEAN: tuple[tuple[str, dict[str, Any]], ...] = (
    *(("round_to_nearest", {"format": name, "group_size": 32}) for name in ("int8", "int4", "int3", "int2")),
    ("round_to_nearest", {"format": "int4", "symmetric": False, "group_size": 32, "clip": "mse"}),
    ("round_to_nearest", {"format": "float8_e4m3", "granularity": "channel"}),
    ("round_to_nearest", {"format": "nvfp4"}),
    ("round_to_nearest", {"format": "mxfp4"}),
    ("nf4", {}),
    ("hqq", {"group_size": 32}),
    *(("gptq", {"format": name, "group_size": 32, **TEXT}) for name in ("int4", "int3", "int2")),
    ("gptq", {"format": "int3", "group_size": 32, "objective": "kl", **TEXT}),
    *(("gguf_quants", {"type": name, **TEXT}) for name in ("Q8_0", "Q4_K_M", "Q3_K_M", "Q2_K", "IQ4_XS", "IQ2_XS")),
)
Weights = dict[str, torch.Tensor]


@dataclass
class Copy:
    """A model's folder that may be changed."""

    folder: Path
    weights: Weights
    config: dict[str, Any]

    @property
    def layers(self) -> int:
        """Number of layers."""
        return int(self.config["num_hidden_layers"])

    def name(self, role: str, layer: int = 1) -> str:
        """Name of a weight."""
        return f"model.layers.{layer}.{role}.weight"


Fault = Callable[[Copy], None]


def _another_layers(role: str) -> Fault:
    def change(copy: Copy) -> None:
        copy.weights[copy.name(role)] = copy.weights[copy.name(role, copy.layers - 1)].clone()

    return change


def _noisy(role: str) -> Fault:
    def change(copy: Copy) -> None:
        weight = copy.weights[copy.name(role)]
        noise = torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
        weight += (noise * 0.5 * weight.float().square().mean().sqrt()).to(weight.dtype)

    return change


def _swapped_heads(role: str, key: str) -> Fault:
    def change(copy: Copy) -> None:
        weight = copy.weights[copy.name(role)]
        size = len(weight) // int(copy.config[key])
        weight[: 2 * size] = torch.cat([weight[size : 2 * size], weight[:size]])

    return change


def _embedding(change_rows: Callable[[torch.Tensor], None]) -> Fault:
    def change(copy: Copy) -> None:
        change_rows(copy.weights[EMBEDDING])

    return change


def _weight(role: str, new: Callable[[torch.Tensor], torch.Tensor]) -> Fault:
    def change(copy: Copy) -> None:
        name = copy.name(role)
        copy.weights[name] = new(copy.weights[name].clone()).contiguous()

    return change


def _norm(name: str, new: Callable[[torch.Tensor], torch.Tensor]) -> Fault:
    def change(copy: Copy) -> None:
        copy.weights[name] = new(copy.weights[name].clone())

    return change


def _config(key: str, value: Callable[[Any], Any]) -> Fault:
    def change(copy: Copy) -> None:
        copy.config[key] = value(copy.config.get(key))

    return change


def _rope(copy: Copy) -> None:
    parameters = copy.config.get("rope_parameters")
    place = parameters if isinstance(parameters, dict) else copy.config
    place["rope_theta"] = 10 * float(place.get("rope_theta", 10000.0))


def _fine_tune(copy: Copy) -> None:
    generator = torch.Generator().manual_seed(2)
    for weight in copy.weights.values():
        noise = torch.randn(weight.shape, generator=generator)
        weight += (0.03 * noise * weight.float().square().mean().sqrt()).to(weight.dtype)


def _tokenizer(change_data: Callable[[dict[str, Any]], None]) -> Fault:
    def change(copy: Copy) -> None:
        file = copy.folder / "tokenizer.json"
        data = json.loads(file.read_text("utf-8"))
        change_data(data)
        file.write_text(json.dumps(data), "utf-8")

    return change


def _swap_tokens(data: dict[str, Any]) -> None:
    vocab = data["model"]["vocab"]
    if isinstance(vocab, dict):
        one, other = [token for token in vocab if token.isalpha()][:2]
        vocab[one], vocab[other] = vocab[other], vocab[one]
    else:
        vocab[300], vocab[301] = vocab[301], vocab[300]


def _permuted(dimension: int) -> Callable[[torch.Tensor], torch.Tensor]:
    return lambda w: w.index_select(dimension, torch.randperm(w.shape[dimension], generator=torch.Generator()))


def _rows(first: int, count: int, factor: float) -> Callable[[torch.Tensor], torch.Tensor]:
    def new(weight: torch.Tensor) -> torch.Tensor:
        weight[first : first + count] *= factor
        return weight

    return new


def _another_row(weight: torch.Tensor) -> None:
    weight[17] = weight[40].clone()


def _swapped_rows(weight: torch.Tensor) -> None:
    weight[[12, 30]] = weight[[30, 12]]


def _zero_row(weight: torch.Tensor) -> None:
    weight[25] = 0


def _of_another_model(weight: torch.Tensor) -> torch.Tensor:
    random = torch.randn(weight.shape, generator=torch.Generator().manual_seed(3))
    return (random * weight.float().std()).to(weight.dtype)


FAULTS: dict[str, Fault] = {
    **{f"{role} of another layer": _another_layers(role) for role in ROLES},
    **{f"noise in {role}": _noisy(role) for role in ROLES},
    **{f"{role} of another model": _weight(role, _of_another_model) for role in ROLES},
    "swapped heads of q": _swapped_heads("self_attn.q_proj", "num_attention_heads"),
    "swapped heads of k": _swapped_heads("self_attn.k_proj", "num_key_value_heads"),
    "swapped heads of v": _swapped_heads("self_attn.v_proj", "num_key_value_heads"),
    "a changed embedding row": _embedding(_another_row),
    "swapped embedding rows": _embedding(_swapped_rows),
    "an embedding row of zeros": _embedding(_zero_row),
    "another rope": _rope,
    "another epsilon": _config("rms_norm_eps", lambda value: 100 * value),
    "another activation": _config("hidden_act", lambda value: "gelu"),
    "a scaled norm": _norm("model.layers.1.input_layernorm.weight", lambda w: 1.05 * w),
    "a norm of ones": _norm("model.layers.1.post_attention_layernorm.weight", torch.ones_like),
    "another final norm": _norm("model.norm.weight", lambda w: w.flip(0)),
    "turned signs": _weight("mlp.down_proj", lambda w: -w),
    "a scaled matrix": _weight("mlp.up_proj", lambda w: 1.5 * w),
    "permuted rows": _weight("mlp.gate_proj", _permuted(0)),
    "permuted columns": _weight("mlp.down_proj", _permuted(1)),
    "rows of zeros": _weight("self_attn.o_proj", _rows(4, 4, 0.0)),
    "a row with turned signs": _weight("mlp.up_proj", _rows(9, 1, -1.0)),
    "another fine-tune": _fine_tune,
    "swapped tokens": _tokenizer(_swap_tokens),
}


def faulty(base: Path, folder: Path, fault: Fault) -> Path:
    """A copy of a model's folder with a fault."""
    shutil.copytree(base, folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    copy = Copy(folder, load_file(folder / "model.safetensors"), config)
    fault(copy)
    save_file(copy.weights, folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps(copy.config), "utf-8")
    return folder


def quantized(model: Path, method: str, settings: dict[str, Any], folder: Path) -> Path:
    """The folder of a quantized model."""
    import engine

    result = engine.compress(model, [(method, settings)], evaluation=None, folder=folder, progress=False)
    return Path(result.artifact)


def rows(base: Path) -> Iterator[tuple[str, bool, str]]:
    """What was injected ("" for a clean one), whether the verdict is right, and what the audit says first."""
    from engine.audit.audit import audit

    for number, (name, fault) in enumerate(FAULTS.items()):
        with tempfile.TemporaryDirectory() as scratch:
            method, settings = QUANTIZERS[number % len(QUANTIZERS)]
            model = faulty(base, Path(scratch) / "model", fault)
            result = audit(base, quantized(model, method, settings, Path(scratch) / "run"))
            yield name, not result.is_clean, "; ".join(map(str, result.findings[:2]))
    for method, settings in CLEAN:
        with tempfile.TemporaryDirectory() as scratch:
            result = audit(base, quantized(base, method, settings, Path(scratch) / "run"))
            label = f"clean: {method} {settings.get('format', settings.get('type', ''))}"
            kinds = {tensor.kind for tensor in result.tensors if tensor.format}
            yield label, result.is_clean, "; ".join(map(str, result.findings[:2])) or ", ".join(sorted(kinds))


def main() -> int:
    """Print the table; 1 if a verdict is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=ROOT / "resources" / "sample" / "model")
    wrong = 0
    for name, is_right, what in rows(parser.parse_args().model):
        wrong += not is_right
        sys.stdout.write(f"{'right' if is_right else 'WRONG'}  {name}: {what}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(FAULTS)} faults, {len(CLEAN)} clean, {wrong} wrong\n")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
