"""Measurements that run no method: the cost of attention alone. Loads torch."""

from __future__ import annotations

from collections.abc import Callable

import torch

from engine.methods.low_rank.linformer.cost import Way, measured

REPEATS = 4
"""Times that an attention is computed after the first; the shortest counts."""


def attention(
    *,
    seed: int,
    checkpoint: Callable[[], None],
    kind: str,
    lengths: list[int],
    slots: int = 0,
    segment: int = 0,
) -> dict[str, float]:
    """Milliseconds and megabytes of one head's attention at each length ("milliseconds/4096"), and the exponent of the
    length by which each grows from the first to the last ("milliseconds/exponent"): 1 is linear, 2 quadratic. Measured
    anew for each ``seed``, which draws nothing."""
    way = Way(kind, slots, segment)  # type: ignore[arg-type] # a word of the catalog
    values: dict[str, float] = {}
    for length in lengths:
        checkpoint()
        seconds, size = measured(way.ready(length, torch.device("cpu")), REPEATS)
        values |= {f"milliseconds/{length}": 1e3 * seconds, f"megabytes/{length}": size / 1e6}
    for name in ("milliseconds", "megabytes"):
        first, last = values[f"{name}/{lengths[0]}"], values[f"{name}/{lengths[-1]}"]
        growth = torch.tensor([last / first, lengths[-1] / lengths[0]], dtype=torch.float64).log()
        values[f"{name}/exponent"] = float(growth[0] / growth[1])
    return values


PROBES: dict[str, Callable[..., dict[str, float]]] = {"attention": attention}
"""Probes by name: keyword arguments are a seed, a safe point and the options of the arm."""
