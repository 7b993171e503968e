"""Searches for ggml's blocks against ggml's own: nanoseconds a weight on one core, and the weighted error.

    python tests/benchmarks/peers/ggml_blocks.py /path/to/libggml-base.so [--types Q4_0 Q4_K] [--rows 512]

The weights are drawn (rows of different sizes, a few large weights), the energies of the inputs too. The error is
Σ e (w − ŵ)² / Σ e w²: ggml's searches weigh large weights a little more than that. Seconds are processor time, the
least of three runs.
"""

from __future__ import annotations

import argparse
import ctypes
import functools
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import gguf
import torch

from engine.numerics.ggml.layouts import FORMATS, Format, dequantize
from engine.numerics.ggml.quantize import quantize

INPUTS, RUNS = 1536, 3


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("library", type=Path)
    parser.add_argument("--types", nargs="*", default=tuple(FORMATS))
    parser.add_argument("--rows", type=int, default=512)
    options = parser.parse_args()
    torch.set_num_threads(1)
    library = ctypes.CDLL(str(options.library))
    library.ggml_quantize_chunk.restype = ctypes.c_size_t
    library.ggml_quantize_chunk.argtypes = [
        ctypes.c_int,
        *[ctypes.c_void_p] * 2,
        *[ctypes.c_int64] * 3,
        ctypes.c_void_p,
    ]
    generator = torch.Generator().manual_seed(0)
    shape = (options.rows, INPUTS)
    weight = torch.randn(shape, generator=generator) * 0.05 * (0.5 + torch.rand(options.rows, 1, generator=generator))
    weight += (torch.rand(shape, generator=generator) < 0.001) * torch.randn(shape, generator=generator) * 0.3
    energy = torch.rand(INPUTS, generator=generator) ** 3 * 5 + 0.01
    print("| type | ggml: ns | error | ours: ns | error |\n|---|---|---|---|---|")
    for name in options.types:
        layout, kind = FORMATS[name], int(gguf.GGMLQuantizationType[name])

        def theirs(layout: Format = layout, kind: int = kind) -> torch.Tensor:
            made = torch.zeros(options.rows, INPUTS // layout.size * layout.nbytes, dtype=torch.uint8)
            given = (weight.data_ptr(), made.data_ptr(), 0, *shape, energy.data_ptr())
            library.ggml_quantize_chunk(kind, *given)
            return made

        cells = []
        for way in (theirs, functools.partial(quantize, weight, name, energy)):
            seconds, made = timed(way)
            lost = (dequantize(made, layout) - weight).square() * energy
            error = float(lost.sum() / (weight.square() * energy).sum())
            cells += [f"{seconds / weight.numel() * 1e9:.0f}", f"{error:.3g}"]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def timed(way: Callable[[], torch.Tensor]) -> tuple[float, torch.Tensor]:
    """Processor time of the fastest run, and the blocks."""
    least = float("inf")
    for _ in range(RUNS):
        started = time.process_time()
        made = way()
        least = min(least, time.process_time() - started)
    return least, made


if __name__ == "__main__":
    main()
