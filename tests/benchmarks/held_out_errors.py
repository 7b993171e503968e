"""How much of what GPTQ gains on its calibration text is left on others: layer errors by damping and order.

    python tests/benchmarks/held_out_errors.py MODEL CALIBRATION_TEXT --texts TEXT [TEXT ...] [--layers 3 14 25]

Some linear layers are rounded to int4 in groups of 64 on the Gram matrices of 32 x 512 tokens of the calibration text.
Each number is the mean of ‖(W − Ŵ)X‖² / ‖WX‖² over them, in thousandths, X of the calibration text or of 8 x 1024
tokens of another one. All layers read what the original model gives.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch

from engine.data.texts import load_text
from engine.models.model import Model
from engine.models.source import load_tokenizer, open_model
from engine.numerics.column_walk import relative_error
from engine.numerics.quantization.gptq import gptq
from engine.numerics.quantization.quantize import dequantize, quantize
from engine.numerics.quantization.scheme import Clip, Scheme

LEAVES = ("self_attn.q_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.down_proj")
SCHEME = Scheme("int4", group_size=64)
Grams = dict[str, torch.Tensor]
Rounding = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""(weight, Gram matrix of the calibration) -> dense equal of what it becomes."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("calibration")
    parser.add_argument("--texts", nargs="+", required=True)
    parser.add_argument("--layers", nargs="*", type=int, default=[3, 14, 25])
    parser.add_argument("--damping", nargs="*", type=float, default=[0.01, 0.1, 1.0])
    options = parser.parse_args()
    model = open_model(options.model).load(dtype=torch.float32)
    names = [f"model.layers.{layer}.{leaf}" for layer in options.layers for leaf in LEAVES]
    places = {"calibrated on": grams(model, options.calibration, names, 32, 512)}
    places |= {Path(text).stem: grams(model, text, names, 8, 1024) for text in options.texts}
    print(f"| | {' | '.join(places)} |\n|---|{'---|' * len(places)}")
    ways: dict[str, Rounding] = {
        "round to nearest, largest weight": lambda weight, _: dequantize(quantize(weight, SCHEME), SCHEME),
        "round to nearest, importance matrix": lambda weight, gram: dequantize(
            quantize(weight, SCHEME, energy=gram.diagonal()), SCHEME
        ),
    }
    for order, kind, damping in itertools.product((False, True), ("absmax", "mse"), options.damping):
        title = f"GPTQ act_order={str(order).lower()} clip={kind}, damping {damping:g}"
        clip = Clip(kind, steps=20)  # type: ignore[arg-type]
        ways[title] = functools.partial(solved, clip=clip, damping=damping, act_order=order)
    for title, make in ways.items():
        total = dict.fromkeys(places, 0.0)
        for name in names:
            weight = model.get(name).weight.detach().float()
            made = make(weight, places["calibrated on"][name])
            for place, found in places.items():
                total[place] += 1000 * relative_error(weight, made, found[name]) / len(names)
        print(f"| {title} | {' | '.join(f'{error:.2f}' for error in total.values())} |", flush=True)


def solved(weight: torch.Tensor, gram: torch.Tensor, *, clip: Clip, damping: float, act_order: bool) -> torch.Tensor:
    """What GPTQ makes of a weight."""
    found = gptq(weight, gram.clone(), SCHEME, clip, damping=damping, act_order=act_order)
    return dequantize(found.quantized, SCHEME)


@torch.no_grad()
def grams(model: Model, text: str, names: list[str], count: int, length: int) -> Grams:
    """The Gram matrix of what each linear reads, over ``count`` pieces spread over the text."""
    ids = load_tokenizer(model)(load_text(text).text)["input_ids"]
    pieces = len(ids) // length
    found: Grams = {}

    def hook(_: object, inputs: tuple[torch.Tensor], name: str) -> None:
        rows = inputs[0].reshape(-1, inputs[0].shape[-1]).float()
        found[name] = found.get(name, 0) + rows.T @ rows

    hooks = [model.get(name).register_forward_pre_hook(functools.partial(hook, name=name)) for name in names]
    for index in range(count):
        start = index * pieces // count * length
        model.module.base_model(input_ids=torch.tensor([ids[start : start + length]]))
    for each in hooks:
        each.remove()
    return found


if __name__ == "__main__":
    main()
