"""Measurements that run no method: the cost of attention, an adapter beside its layer and merged. Loads torch."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence

import torch
from torch.nn import functional as F

from engine.methods.low_rank.linformer.cost import Way, measured
from engine.modules.adapted import AdaptedLinear
from engine.modules.plain import PlainLinear

ROUNDS, LONG_ROUNDS = 25, 10
"""Times that each way is measured; where one call takes up to a second."""
LEAST_SECONDS = 0.02
"""Of each measurement: clocks of processors tick slowly."""


def attention(
    *,
    seed: int,
    checkpoint: Callable[[], None],
    kind: str,
    lengths: list[int],
    slots: int = 0,
) -> dict[str, float]:
    """Milliseconds of a processor and megabytes of one head's attention at each length ("milliseconds/4096"), and the
    exponent by which each grows with the length ("milliseconds/exponent"): 1 is linear, 2 quadratic. Measured anew for
    each ``seed``, which draws nothing."""
    way = Way(kind, slots)  # type: ignore[arg-type] # a word of the catalog
    ways = {str(length): way.ready(length, torch.device("cpu")) for length in lengths}
    values = {f"megabytes/{length}": measured(attended, 0)[1] / 1e6 for length, attended in ways.items()}
    values |= _in_turn(ways, checkpoint, LONG_ROUNDS)
    for name in ("milliseconds", "megabytes"):
        values[f"{name}/exponent"] = exponent(lengths, [values[f"{name}/{length}"] for length in lengths])
    return values


def exponent(lengths: Sequence[float], values: Sequence[float]) -> float:
    """The e of value ~ length^e: the slope of the least-squares line through the logarithms."""
    return statistics.linear_regression([math.log(x) for x in lengths], [math.log(y) for y in values]).slope


@torch.no_grad()
def adapters(*, seed: int, checkpoint: Callable[[], None], width: int, rank: int, tokens: int) -> dict[str, float]:
    """Largest difference between a layer with an adapter beside it and the merged layer, relative to the largest output
    ("difference"), and milliseconds of the layer alone, merged, and with the adapter ("milliseconds/plain" …). The
    weight is (width, width) and the update a tenth of its norm."""
    generator = torch.Generator().manual_seed(seed)
    weight, inputs, first, second = (
        torch.randn(*shape, generator=generator)
        for shape in ((width, width), (tokens, width), (rank, width), (width, rank))
    )
    scale = float(0.1 * weight.norm() / (second @ first).norm())
    beside = AdaptedLinear(PlainLinear(weight), first, second, scale)
    merged = beside.dense_weight().contiguous()
    expected, actual = beside(inputs), F.linear(inputs, merged)
    values = {"difference": float((actual - expected).abs().max() / expected.abs().max())}
    ways = {
        "plain": lambda: F.linear(inputs, weight),
        "merged": lambda: F.linear(inputs, merged),
        "beside": lambda: beside(inputs),
    }
    return values | _in_turn(ways, checkpoint, ROUNDS)


@torch.no_grad()
def causal(*, seed: int, checkpoint: Callable[[], None], length: int, slots: int, segment: int) -> dict[str, float]:
    """Milliseconds of a processor for one head's causal attention over so many tokens: by torch's own kernel
    ("milliseconds/exact"), and with ``slots`` for each segment of ``segment`` tokens ("milliseconds/segments")."""
    device = torch.device("cpu")
    ways = {
        "exact": Way("causal").ready(length, device),
        "segments": Way("segments", slots, segment).ready(length, device),
    }
    return _in_turn(ways, checkpoint, ROUNDS)


def _in_turn(
    ways: Mapping[str, Callable[[], torch.Tensor]], checkpoint: Callable[[], None], rounds: int
) -> dict[str, float]:
    """Milliseconds of each way, the shortest of ``rounds``: one after the other in each round, so that other work on
    the machine meets all of them."""
    shortest = dict.fromkeys(ways, math.inf)
    for _ in range(rounds):
        checkpoint()
        for name, way in ways.items():
            shortest[name] = min(shortest[name], _processor_seconds(way))
    return {f"milliseconds/{name}": 1e3 * seconds for name, seconds in shortest.items()}


@torch.no_grad()
def _processor_seconds(call: Callable[[], torch.Tensor]) -> float:
    """Seconds of a call that processors spent, so that other programs' work does not count; the mean of as many calls
    as take `LEAST_SECONDS`."""
    started, count, passed = time.process_time(), 0, 0.0
    while passed < LEAST_SECONDS:
        call()
        count += 1
        passed = time.process_time() - started
    return passed / count


PROBES: dict[str, Callable[..., dict[str, float]]] = {"attention": attention, "causal": causal, "adapters": adapters}
"""Probes by name: keyword arguments are a seed, a safe point and the options of the arm."""
