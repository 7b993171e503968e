"""The phases of a block and how long they take, roughly (`engine.run.rates` corrects it); what measuring takes."""

from __future__ import annotations

from collections.abc import Container

import torch

from engine.measure.costs import measuring_bytes
from engine.measure.machine import operations_per_second
from engine.pipeline.document import Evaluation, Pipeline
from engine.run.node import Node
from engine.run.pace import Phase

WEIGHTS_PER_SECOND = 1e7
"""For methods that can't tell."""
ASSUMED_WINDOWS = 64
"""Assumed number of windows where all of a text are used and nobody has counted them yet."""

GENERATED = {"off": 0, "check": 32_000, "long": 64_000}
"""Tokens that could be read in the time of the generation check: 832 or 1,408 are written one after another, and each
reads all weights. A guess until the machine has measured a check of its own."""
LOADED_PER_SECOND, STORED_PER_SECOND, HASHED_PER_SECOND = 4e8, 2e8, 1e9
"""Bytes, on a machine that has told nothing yet."""
OPENING = 0.3
"""Seconds to read headers and to build a network without weights."""


def phases(
    node: Node, evaluation: Evaluation, device: torch.device, *, cached: bool, measured: bool
) -> tuple[Phase, ...]:
    """Phases of a block. ``cached``: it is a source, or its result is stored. ``measured``: its metrics are."""
    after = measuring_seconds(node, evaluation, device) if measured else 0.0
    measure = Phase("measure", after, "measure")
    if node.info.is_source:
        return (measure,)
    size = float(node.incoming[0].nbytes) if node.incoming is not None else 0.0
    if cached:
        return (Phase("verify", size / HASHED_PER_SECOND, "check"), measure)
    return (
        Phase("load", OPENING + size / LOADED_PER_SECOND, "load"),
        Phase("work", work_seconds(node, device), f"work {node.info.id}"),
        Phase("store", size / STORED_PER_SECOND, f"store {node.info.id}"),
        measure,
    )


def work_seconds(node: Node, device: torch.device) -> float:
    """Seconds of what the block's method does."""
    estimate = node.estimate(device)
    if estimate is None or node.incoming is None:
        return 1.0
    return estimate.seconds or node.incoming[0].parameters / WEIGHTS_PER_SECOND


def is_measured(node: Node, pipeline: Pipeline, nodes: Container[str]) -> bool:
    """True if more than its size is measured of what the block leaves, in a run of these blocks."""
    when = pipeline.evaluation.when
    last = not any(target in nodes for target in pipeline.out_of(node.id))
    return when == "every_block" or (when == "ends" and (node.info.is_source or last))


def measuring_seconds(node: Node, evaluation: Evaluation, device: torch.device) -> float:
    """Seconds of measuring what the block left."""
    if node.expected is None or node.root is None or node.root.expected is None:
        return 1.0
    tokens = evaluation.window_size * (evaluation.num_windows or ASSUMED_WINDOWS)
    parameters = node.expected[0].parameters
    if evaluation.compare and node.root is not node:  # the original was read when it was measured, but for its head
        _, original = node.root.expected
        parameters += original.vocabulary * original.hidden_size
    tokens += GENERATED[evaluation.generation] * (1 if node.root is node else 2)  # the original's may be stored
    return 2 * parameters * tokens / operations_per_second(str(device))


def measuring_memory(node: Node, evaluation: Evaluation, device: torch.device) -> int:
    """Bytes of the device's memory, at the peak, of measuring what the block left; 0 where that is not known."""
    if node.expected is None or node.root is None or node.root.expected is None:
        return 0
    original = node.root.expected if evaluation.compare and node.root is not node else None
    windows = evaluation.num_windows or ASSUMED_WINDOWS
    return measuring_bytes(node.expected, original, evaluation.window_size, windows, device, evaluation.dtype)
