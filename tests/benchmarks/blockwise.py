"""Four bits by blocks of 64: NF4, FP4 and integers, and what bitsandbytes itself makes of the same weights.

    python tests/benchmarks/blockwise.py MODEL TEXT [--windows 4]

All linear layers but the head are rounded. Perplexity in windows of 2048 tokens, float32. bitsandbytes quantizes and
unpacks the same weights in the same run; "equal" is the share of layers whose unpacked weights are the same to the bit.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from one_method import apply_apart

BLOCK = 64
ROWS: list[tuple[str, str, dict[str, Any]]] = [
    ("NF4", "nf4", {"double_quant": False}),
    ("NF4, double quantization", "nf4", {}),
    ("FP4 (E2M1)", "nf4", {"format": "fp4_e2m1", "double_quant": False}),
    ("FP4 (bitsandbytes)", "nf4", {"format": "fp4", "double_quant": False}),
    (
        "int4 symmetric",
        "round_to_nearest",
        {"format": "int4", "group_size": BLOCK, "scale_dtype": "float32"},
    ),
]


def peer(model: Path, form: Any, text: str, windows: int) -> tuple[float, float]:
    """Perplexity of bitsandbytes' weights, and the share of layers in which ours are equal."""
    import torch
    from bitsandbytes import functional

    from engine.measure.evaluate import evaluate
    from engine.models.source import open_model
    from engine.numerics.quantization.blockwise import dequantize_blocks, quantize_blocks

    opened = open_model(model).load(dtype=torch.float32)
    equal = 0
    for linear in opened.anatomy.linears:
        weight = opened.get(linear.name).weight
        packed, state = functional.quantize_4bit(weight.data, blocksize=BLOCK, quant_type=form)
        theirs = functional.dequantize_4bit(packed, state)
        ours = dequantize_blocks(quantize_blocks(weight.data, form, BLOCK, False), form, BLOCK, weight.shape)
        equal += torch.equal(ours, theirs)
        weight.data = theirs
    measured = evaluate(
        opened,
        text=text,
        window=2048,
        windows=windows,
        reference=None,
        speed=False,
        progress=lambda fraction, words: None,
        checkpoint=lambda: None,
    )
    return measured.metrics["perplexity"], equal / len(opened.anatomy.linears)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("text")
    parser.add_argument("--windows", type=int, default=4)
    options = parser.parse_args()
    print("| | perplexity | bits a weight, whole model | seconds |\n|---|---|---|---|")
    for title, method, settings in ROWS:
        found = apply_apart(options.model, [(method, settings)], options.text, 2048, options.windows)
        bits = found.get("bits_per_weight", 0.0)
        print(f"| {title} | {found['perplexity']:.2f} | {bits:.2f} | {found['seconds']:.1f} |", flush=True)
    for form in ("nf4", "fp4"):
        perplexity, equal = peer(options.model, form, options.text, options.windows)
        print(f"| bitsandbytes {form} ({100 * equal:.0f} % of the layers equal) | {perplexity:.2f} | | |", flush=True)


if __name__ == "__main__":
    main()
